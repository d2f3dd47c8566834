"""Whatever one field of a school's message says: it costs that field or, where it says of whom or when, the message."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts import CATALOGUE
from shared.contracts.mis import PupilUpdated
from shared.contracts.untidy import MisEvent

ADDRESS = {"lines": ["2 Low Road", "Norwich"], "postcode": "NR2 2DH"}
PARENT = {
    "parent_id": "p1",
    "name": "Jo Lee",
    "address": ADDRESS,
    "email": "jo@lee.example",
    "phone": "01603 1",
    "language": "pl",
}
ENVELOPE = {"id": "7d4f5b0e-93a4-4f0d-8a57-1c1f4b2b8e10", "time": "2026-11-30T10:00:00Z", "urn": "123457"}
SESSION = {"date": "2026-11-23", "session": "AM"}
RIGHT: dict[str, dict[str, Any]] = {
    "mis.school_updated.v1": {"name": "Hill", "attendance_email": "a@hill.example", "district": "North"},
    "mis.pupil_updated.v1": {
        "upn": "T801200000006", "given_name": "Test", "family_name": "Case", "date_of_birth": "2016-05-01",
        "address": ADDRESS, "on_roll_from": "2024-09-01", "left_on": "2026-11-20",
        "parents": [PARENT, {**PARENT, "parent_id": "p2"}],
    },
    "mis.calendar_published.v1": {
        "first": "2026-09-01", "last": "2026-12-18", "closed": ["2026-10-26", "2026-10-27"],
        "half_days": [SESSION, {**SESSION, "session": "PM"}],
    },
    "mis.register_taken.v1": {
        **SESSION, "group": "1A", "revision": 1,
        "marks": [{"upn": "T801200000006", "code": "O"}, {"upn": "G801200000007", "code": "/"}],
    },
    "mis.marks_amended.v1": {
        "marks": [
            {"upn": upn, **SESSION, "code": "O", "revision": 2, "reason": "ill", "by": "office"}
            for upn in ("T801200000006", "G801200000007")
        ],
    },
    "mis.absence_threshold_reached.v1": {
        "upn": "T801200000006", "sessions": [{**SESSION, "code": "O"}, {**SESSION, "session": "PM", "code": "O"}],
    },
}  # fmt: skip
SAYS_OF_WHAT = {"id", "time", "urn", "upn", "date", "session", "revision", "first", "last"}
JUNK = st.sampled_from(
    ["", " ", None, "N \ud83d", 5, -1, True, [], {}, ["x"], {"x": 1}, "n/a", "x" * 3000, "2026-13-45", "a; b"]
)
GONE = object()

Place = tuple[str | int, ...]


def places(said: Any, at: Place = ()) -> Iterator[Place]:
    """Every place of a message at which something stands."""
    if at:
        yield at
    parts = said.items() if isinstance(said, Mapping) else enumerate(said) if isinstance(said, list) else ()
    for name, part in parts:
        yield from places(part, (*at, name))


def spoilt(said: dict[str, Any], place: Place, junk: Any) -> dict[str, Any]:
    other: dict[str, Any] = json.loads(json.dumps(said))
    inside: Any = other
    for part in place[:-1]:
        inside = inside[part]
    if junk is GONE:
        del inside[place[-1]]
    else:
        inside[place[-1]] = junk
    return other


@pytest.mark.parametrize("kind", RIGHT)
@given(data=st.data())
def test_one_untidy_field_costs_that_field_and_is_named(kind: str, data: st.DataObject) -> None:
    contract = CATALOGUE[kind]
    assert issubclass(contract, MisEvent)
    whole = {
        "id": "7d4f5b0e-93a4-4f0d-8a57-1c1f4b2b8e10",
        "time": "2026-11-30T10:00:00Z",
        "urn": "123457",
        **RIGHT[kind],
    }
    right = contract.parse(json.dumps(whole))
    place = data.draw(st.sampled_from(sorted(places(whole), key=str)))
    mutilated = spoilt(whole, place, data.draw(JUNK | st.just(GONE)))
    try:
        read = contract.parse(json.dumps(mutilated))
    except ValidationError:
        assert place[0] in SAYS_OF_WHAT or place == ("marks",)
        return
    assert contract.tolerantly(mutilated, contract.model_validate) == read, "both doors read alike"
    others = [name for name in contract.model_fields if name not in (place[0], "correlation_id")]
    assert [getattr(read, name) for name in others] == [getattr(right, name) for name in others]
    if len(place) > 1 and isinstance(place[1], int):
        beside = [each for n, each in enumerate(getattr(right, str(place[0]))) if n != place[1]]
        assert [each for each in beside if each not in getattr(read, str(place[0]))] == []
    strictly = _is_right(contract, mutilated)
    assert strictly is not bool(read.untidy)
    assert all(each.field.split(".")[0] == place[0] for each in read.untidy)


def _is_right(contract: type[MisEvent], said: dict[str, Any]) -> bool:
    try:
        contract.model_validate_json(json.dumps(said))
    except ValidationError:
        return False
    return True


SEEN = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=10)
UNSEEN = st.text(st.sampled_from("\x00\x07\x1b\u200b\u200e\u202e\u00ad\ufeff"), max_size=3)


@given(UNSEEN, SEEN, UNSEEN, SEEN, UNSEEN, st.sampled_from([" ", "\u00a0", "\n", "\t"]))
def test_signs_that_nobody_sees_come_into_no_name_and_no_address(
    before: str, one: str, inside: str, other: str, behind: str, gap: str
) -> None:
    said = f"{before}{one}{inside}{gap}{other}{behind}"
    whole = {
        **ENVELOPE, **RIGHT["mis.pupil_updated.v1"], "given_name": said,
        "parents": [{**PARENT, "name": said, "address": {**ADDRESS, "lines": [said]}}],
    }  # fmt: skip
    read = CATALOGUE["mis.pupil_updated.v1"].parse(json.dumps(whole))
    assert isinstance(read, PupilUpdated)
    [parent] = read.parents
    assert parent.address is not None
    assert read.untidy == ()
    assert (read.given_name, parent.name, *parent.address.lines) == (f"{one} {other}",) * 3


@pytest.mark.parametrize("kind", RIGHT)
def test_a_urn_is_six_ascii_digits_and_spaces_around_it_are_forgiven(kind: str) -> None:
    whole = {**ENVELOPE, **RIGHT[kind]}
    assert CATALOGUE[kind].parse(json.dumps({**whole, "urn": "\u00a0123457 "})).model_dump()["urn"] == "123457"
    for wrong in ("١٢٣٤٥٧", "１２３４５７", "12345", "1234567", "12 3457"):
        with pytest.raises(ValidationError):
            CATALOGUE[kind].parse(json.dumps({**whole, "urn": wrong}))
