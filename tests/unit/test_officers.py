"""Every decision of every service against every way to make one up: judged by whether its handler is ever called."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from faststream.rabbit import RabbitRouter, TestRabbitBroker

from shared.contracts import CATALOGUE, Command, Message, casework, circulars, hosting, notifications
from shared.contracts.fields import Person
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.recovery import Recovery
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.publisher import Publisher
from shared.messaging.speakers import Speakers
from shared.messaging.topology import HEARS, inbox
from shared.running.service import consumer, listen
from shared.running.settings import Settings
from shared.signing.credentials import Authority, Credential
from shared.signing.officers import KEPT, Officers, prove
from shared.signing.signatories import DECIDES, OFFICER, Unproven, decided_by, refused_as
from shared.time.clock import Clock
from tests.signing import AUTHORITY, KEYS, credential
from tests.system.canaries import planted

JO = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
EVA = Person(id="officer-18", name="Eva Stone", role="Attendance Officer")
DECISIONS = [
    pytest.param(service, kind, id=kind.key()) for service, kinds in HEARS.items() for kind in kinds if kind in DECIDES
]
NOW = Clock.wall()


def decision(kind: type[Message], who: Person = JO) -> Message:
    return planted(kind).model_copy(update={DECIDES[kind]: who})


def body_of(message: Message) -> bytes:
    return message.model_dump_json().encode()


def by(key: Credential, message: Message, at: Any = NOW) -> str:
    return key.sign(message.key(), body_of(message), at)


def nothing(service: str, message: Message) -> str:
    return ""


def expired(service: str, message: Message) -> str:
    old = AUTHORITY.issue(JO, (service,), NOW - timedelta(days=10), days=9)
    return by(old, message)


def revoked(service: str, message: Message) -> str:
    return by(GONE, message)


def replayed(service: str, message: Message) -> str:
    another = decision(type(message))
    return by(credential(JO), another.model_copy(update={"id": refused_as(another.id)}))


def of_another_type(service: str, message: Message) -> str:
    return credential(JO).sign("notices.record_support.v1", body_of(message), NOW)


def of_another_person(service: str, message: Message) -> str:
    return by(credential(EVA), message)


def in_another_role(service: str, message: Message) -> str:
    return by(credential(JO.model_copy(update={"role": "Clerk"})), message)


def under_another_name(service: str, message: Message) -> str:
    return by(credential(JO.model_copy(update={"name": "Eva Stone"})), message)


def of_an_unknown_authority(service: str, message: Message) -> str:
    return by(Authority.new().issue(JO, (service,), NOW, days=9), message)


def for_another_service(service: str, message: Message) -> str:
    [other, *_] = [each for each in HEARS if each != service]
    return by(AUTHORITY.issue(JO, (other,), NOW, days=9), message)


def long_ago(service: str, message: Message) -> str:
    return by(credential(JO), message, NOW - timedelta(seconds=KEPT + 120))


def credential_alone(service: str, message: Message) -> str:
    return credential(JO).token


def signed_by_whoever_has_no_key(service: str, message: Message) -> str:
    return by(replace(credential(JO), key=credential(EVA).key), message)


GONE = AUTHORITY.issue(JO, tuple(HEARS), NOW, days=9)
ATTACKS: Mapping[Callable[[str, Message], str], str] = {
    nothing: "not_signed",
    expired: "credential_expired",
    revoked: "credential_revoked",
    replayed: "signature_wrong",
    of_another_type: "signature_wrong",
    of_another_person: "signed_by_another",
    in_another_role: "signed_by_another",
    under_another_name: "signed_by_another",
    of_an_unknown_authority: "signature_wrong",
    for_another_service: "credential_elsewhere",
    long_ago: "signed_long_ago",
    credential_alone: "signature_wrong",
    signed_by_whoever_has_no_key: "signature_wrong",
}


class Heard:
    """A service of recording handlers alone: what had an effect, and what was refused for which reason."""

    def __init__(self, service: str, kind: type[Message], file: Path | None, **speaking: Any) -> None:
        self.service, self.kind = service, kind
        self.done: list[Any] = []
        self.refused: list[tuple[Any, str]] = []
        officers = Officers(service, file, Speakers(service, service, **speaking))
        self.broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [prove(officers, self._refuse)])
        router = RabbitRouter()

        async def on_message(heard: Any) -> None:
            self.done.append(heard)

        on_message.__annotations__["heard"] = kind
        listen(router, service, kind)(on_message)
        self.broker.include_router(router)

    async def _refuse(self, message: Any, why: Unproven) -> None:
        self.refused.append((message, why.code))

    def hears(self, *told: tuple[bytes, Mapping[str, str]], **more: Any) -> None:
        async def tell() -> None:
            async with TestRabbitBroker(self.broker):
                for body, headers in told:
                    at = inbox(self.service, self.kind)
                    await self.broker.publish(body, *at, content_type="application/json", headers=headers, **more)

        asyncio.run(tell())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "officers.json"
    file.write_text(AUTHORITY.trusted().without([GONE.claims.jti]).text())
    return file


@pytest.mark.parametrize(("service", "kind"), DECISIONS)
def test_only_the_decision_of_who_signed_it_has_an_effect(service: str, kind: type[Message], keys: Path) -> None:
    heard = Heard(service, kind, keys)
    message = decision(kind)
    others = decision(kind, EVA)
    attacks = [(body_of(message), {OFFICER: said} if (said := attack(service, message)) else {}) for attack in ATTACKS]
    altered = body_of(message).replace(b"officer-17", b"officer-18")
    told_anew = body_of(message.model_copy(update={"subject": "C-OTHER"}))
    good = {OFFICER: by(credential(JO), message)}
    heard.hears(*attacks, (altered, good), (told_anew, good), (body_of(others), good))
    assert heard.done == []
    assert [code for _, code in heard.refused] == [*ATTACKS.values(), *["signature_wrong"] * 3]
    assert {each.id for each, _ in heard.refused[: len(ATTACKS)]} == {refused_as(message.id)}, "the good may still come"
    heard.hears((body_of(message), good))
    assert heard.done == [message]


@pytest.mark.parametrize("service", HEARS)
def test_what_decides_nothing_needs_no_signature(service: str, keys: Path) -> None:
    for kind in (each for each in HEARS[service] if issubclass(each, Command)):
        message = planted(kind)
        if decided_by(message) is None:
            heard = Heard(service, kind, keys)
            heard.hears((body_of(message), {}))
            assert (len(heard.done), heard.refused) == (1, [])


def test_every_command_that_names_an_officer_is_weighed() -> None:
    """What puts something before an officer, or makes something safer, decides nothing; all else does."""
    prepares = (
        casework.RecordSupport, casework.FlagSafety, casework.DisputeService, casework.RaiseQuestion,
        casework.RecordRepresentation, notifications.RecordReturnedLetter, notifications.SetLanguage,
        circulars.MarkMiSheetDone, circulars.StopCampaign,
    )  # fmt: skip
    named = {kind for kind in CATALOGUE.values() if issubclass(kind, Command) and "officer" in kind.model_fields}
    assert named - {*DECIDES} == {*prepares}


[AUTHORISE] = [each.values for each in DECISIONS if each.id == "notices.authorise_notice.v1"]


def test_without_keys_nobody_decides() -> None:
    service, kind = AUTHORISE
    heard, message = Heard(service, kind, None), decision(kind)
    heard.hears((body_of(message), {OFFICER: by(credential(JO), message)}))
    assert (heard.done, [code for _, code in heard.refused]) == ([], ["signature_wrong"])


@pytest.mark.parametrize("content", [None, "", '{"keys": 1}'])
def test_keys_that_cannot_be_read_make_a_decision_wait(tmp_path: Path, content: str | None) -> None:
    service, kind = AUTHORISE
    file, message = tmp_path / "officers.json", decision(kind)
    if content is not None:
        file.write_text(content)
    heard = Heard(service, kind, file)
    with pytest.raises(NotYetKnown, match="keys cannot be read"):
        heard.hears((body_of(message), {OFFICER: by(credential(JO), message)}))
    assert (heard.done, heard.refused) == ([], [])


def test_a_revocation_counts_from_the_next_decision_on(keys: Path) -> None:
    service, kind = AUTHORISE
    heard, message = Heard(service, kind, keys), decision(kind)
    good = {OFFICER: by(credential(JO), message)}
    heard.hears((body_of(message), good))
    keys.write_text(AUTHORITY.trusted().without([credential(JO).claims.jti]).text())
    heard.hears((body_of(message), good))
    assert (len(heard.done), [code for _, code in heard.refused]) == (1, ["credential_revoked"])


@pytest.mark.parametrize(
    ("speaking", "user", "is_done"),
    [
        ({"anybody": "root"}, "root", True),
        ({"anybody": "root"}, "casework", False),
        ({"anybody": "root"}, None, False),
        ({"anybody": "root", "old_ways": True}, None, True),
        ({"anybody": "root", "old_ways": True}, "casework", False),
        ({"old_ways": True}, None, False),
        ({}, "root", False),
    ],
)
def test_the_owner_of_a_private_local_stack_decides_unsigned_and_nobody_else(
    speaking: dict[str, Any], user: str | None, is_done: bool
) -> None:
    service, kind = AUTHORISE
    heard = Heard(service, kind, KEYS, **speaking)
    heard.hears((body_of(decision(kind)), {}), user_id=user)
    assert (len(heard.done), len(heard.refused)) == ((1, 0) if is_done else (0, 1))


def test_what_its_owner_has_signed_is_held_to_it() -> None:
    service, kind = AUTHORISE
    heard, message = Heard(service, kind, KEYS, anybody="root"), decision(kind)
    heard.hears((body_of(message), {OFFICER: by(credential(EVA), message)}), user_id="root")
    assert [code for _, code in heard.refused] == ["signed_by_another"]


class Raw:
    """A delivery, as far as the bulk path looks at it."""

    def __init__(self, body: bytes, **headers: str) -> None:
        self.body, self.headers = body, headers
        self.exchange, self.routing_key = hosting.RequestBooking.speaker(), hosting.RequestBooking.key()
        self.type = None
        self.user_id = "casework"


def test_on_the_bulk_path_a_request_is_let_through_by_whoever_signed_that_alone() -> None:
    speakers = Speakers("bookings", "bookings")
    officers, recovery = (
        Officers("bookings", KEYS, speakers),
        Recovery(Publisher("amqp://bookings@nowhere/"), (), speakers),
    )
    take = BulkConsumer("bookings", Bulk(hosting.RequestBooking, print), recovery, officers)._read  # type: ignore[arg-type]
    approved = decision(hosting.RequestBooking)
    asked = approved.model_copy(update={"approved_by": None})
    assert take(Raw(body_of(asked))) == asked  # type: ignore[arg-type]
    assert take(Raw(body_of(approved), officer=by(credential(JO), approved))) == approved  # type: ignore[arg-type]
    for attack, code in ATTACKS.items():
        if attack is not revoked:
            said = attack("bookings", approved)
            refused = take(Raw(body_of(approved), **({OFFICER: said} if said else {})))  # type: ignore[arg-type]
            assert isinstance(refused, Permanent)
            assert str(refused).startswith(code)
    with pytest.raises(ValueError, match="say by whom"):
        BulkConsumer("bookings", Bulk(hosting.RequestBooking, print), recovery)  # type: ignore[arg-type]
