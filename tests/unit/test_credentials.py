"""What a signature proves: this act, these bytes, this person, a credential that was good, a known authority."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.contracts.fields import Person
from shared.signing.credentials import Authority, Credential, Signed, Trusted, proven
from shared.signing.signatories import Unproven

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
JO = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
AUTHORITY = Authority.new()
JOS = AUTHORITY.issue(JO, ("notices", "surveys"), NOW, days=90)
GOOD = JOS.sign("notices.withdraw_notice.v1", b"{}", NOW)
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30)
WORDS = WORDS.map(str.strip).filter(bool)


def code(said: str, act: str = "notices.withdraw_notice.v1", body: bytes = b"{}", **more: Any) -> str:
    """Why something is not proven; empty where it is."""
    try:
        proven(said, act, body, more.get("trusted", AUTHORITY.trusted()), more.get("now", NOW))
    except Unproven as why:
        return why.code
    return ""


@given(WORDS, WORDS, WORDS, st.binary(), WORDS)
def test_who_signed_is_proven_and_nobody_else(id_: str, name: str, role: str, body: bytes, act: str) -> None:
    who = Person(id=id_, name=name, role=role)
    credential = Credential.read(Authority.read(AUTHORITY.text()).issue(who, ("notices",), NOW, days=1).text())
    assert credential.person == who
    signed = proven(credential.sign(act, body, NOW), act, body, Trusted.read(AUTHORITY.trusted().text()), NOW)
    assert isinstance(signed, Signed)
    assert signed.is_of(who)
    for other in ("id", "name", "role"):
        assert not signed.is_of(who.model_copy(update={other: getattr(who, other) + "x"}))


@given(st.binary(), WORDS)
def test_a_signature_says_nothing_of_anything_else(body: bytes, act: str) -> None:
    assume((body, act) != (b"{}", "notices.withdraw_notice.v1"))
    assert code(GOOD, act, body) == "signature_wrong"


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="ascii"))
def test_no_character_of_it_can_be_another(place: int, other: str) -> None:
    assume(other != GOOD[place])
    assume(place not in (len(GOOD) - 1, GOOD.index("~") - 1))  # the last of a signature, which has bits to spare
    assert code(GOOD[:place] + other + GOOD[place + 1 :]) == "signature_wrong"


@given(st.text(max_size=300))
def test_nonsense_is_refused_and_never_an_error(said: str) -> None:
    assert code(said) == ("signature_wrong" if said else "not_signed")


@given(st.timedeltas(timedelta(days=-2), timedelta(days=200)))
def test_a_credential_is_good_for_its_days_and_by_when_it_was_used(since: timedelta) -> None:
    at = NOW + since
    said = JOS.sign("a", b"", at)
    is_good = timedelta(seconds=-60) <= since < timedelta(days=90, seconds=1)
    assert code(said, "a", b"", now=at) == ("" if is_good else "credential_expired")
    assert code(said, "a", b"", now=at + timedelta(days=365)) == ("" if is_good else "credential_expired")


@pytest.mark.parametrize(
    "inner", ["[" * 4000, '{"a":' * 900, "1" * 5000, '"\ud800"', '{"kid": ["a"]}', '{"kid": "\\ud800"}']
)
def test_what_no_library_reads_is_refused_like_any_other_nonsense(inner: str) -> None:
    part = urlsafe_b64encode(inner.encode(errors="surrogatepass")).decode().rstrip("=")
    for said in (
        f"{part}.YQ.YQ",
        f"{part}.YQ.YQ~{part}.YQ.YQ",
        f"{JOS.token}~{part}.YQ.YQ",
    ):
        assert code(said) == "signature_wrong"
    assert code("\ud800.\ud800.\ud800") == "signature_wrong"


def test_a_signature_of_a_time_to_come_is_none() -> None:
    assert code(JOS.sign("a", b"", NOW + timedelta(minutes=2)), "a", b"") == "signature_wrong"
    assert code(JOS.sign("a", b"", NOW + timedelta(seconds=50)), "a", b"") == ""


def test_what_was_revoked_proves_nothing_that_it_ever_signed() -> None:
    assert code(GOOD, trusted=AUTHORITY.trusted().without([JOS.claims.jti])) == "credential_revoked"
    assert code(GOOD, trusted=AUTHORITY.trusted().without(["another"])) == ""


def test_another_authority_proves_nothing_here_even_under_the_same_name() -> None:
    other = Authority.new()
    theirs = other.issue(JO, ("notices",), NOW, days=90).sign("a", b"", NOW)
    assert code(theirs, "a", b"") == "signature_wrong"
    named_like_ours = Trusted({other.id: AUTHORITY.key.public_key()})
    assert code(theirs, "a", b"", trusted=named_like_ours) == "signature_wrong"
    assert code(theirs, "a", b"", trusted=Trusted()) == "signature_wrong"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("none", None), ("HS256", AUTHORITY.key.public_key().public_bytes_raw())],
    ids=["unsigned", "the public key as a secret"],
)
def test_no_other_algorithm_is_taken(algorithm: str, key: Any) -> None:
    claims = jwt.decode(JOS.token, options={"verify_signature": False})
    forged = jwt.encode({**claims, "sub": "somebody"}, key, algorithm, {"kid": AUTHORITY.id})
    assert code(f"{forged}~{GOOD.partition('~')[2]}") == "signature_wrong"


def test_a_holder_can_make_no_credential_with_their_own_key() -> None:
    claims = jwt.decode(JOS.token, options={"verify_signature": False})
    forged = jwt.encode({**claims, "role": "Attendance Team Manager"}, JOS.key, "EdDSA", {"kid": AUTHORITY.id})
    assert code(f"{forged}~{GOOD.partition('~')[2]}") == "signature_wrong"


@given(st.dictionaries(st.sampled_from(["act", "sha256", "iat"]), st.none() | st.integers() | st.text() | st.floats()))
def test_a_statement_of_another_shape_is_refused(claims: dict[str, Any]) -> None:
    assert code(f"{JOS.token}~{jwt.encode(claims, JOS.key, 'EdDSA')}") == "signature_wrong"


def test_what_travels_names_nobody() -> None:
    payloads = [jwt.decode(each, options={"verify_signature": False}) for each in GOOD.split("~")]
    assert "Harwood" not in f"{GOOD}{payloads}"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"keys": [{}], "revoked": []}', '{"keys": [{"kid": "a", "kty": "oct"}]}']
)
def test_what_is_no_file_of_keys_is_said_to_be_none(text: str) -> None:
    for read in (Trusted.read, Credential.read, Authority.read):
        with pytest.raises(ValueError, match="this is no"):
            read(text)
