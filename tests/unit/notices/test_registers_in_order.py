"""What must be in order in the registers of an offence: no session without a mark, no amendment without its why."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from services.notices.attendance.marks import is_missing, statements, winners
from services.notices.attendance.policy import shipped
from shared.contracts.mis import MarksAmended
from tests.casework import with_holiday
from tests.making import PUPIL, URN, register

MONDAY = date(2024, 9, 9)


def amended(code: str, revision: int, **why: str) -> MarksAmended:
    mark = {"upn": PUPIL, "date": MONDAY, "session": "AM", "code": code, "revision": revision, **why}
    facts = {"id": uuid4(), "time": datetime(2024, 9, 10, tzinfo=UTC), "urn": URN, "marks": [mark]}
    return MarksAmended.model_validate(facts)


def sides(*messages):  # type: ignore[no-untyped-def]
    return [side for message in messages for side in statements(message, shipped())]


@pytest.mark.parametrize(
    ("why", "unexplained"),
    [({}, True), ({"reason": "seen on a beach"}, True), ({"by": "Office"}, True), ({"reason": "x", "by": "y"}, False)],
)
def test_an_amendment_to_an_absence_says_why_and_by_whom_or_is_unexplained(why: dict[str, str], unexplained: bool):
    standing = winners(sides(register(MONDAY, {PUPIL: "/"}), amended("O", 2, **why)))
    assert standing[PUPIL].unexplained is unexplained


def test_a_register_itself_needs_no_explanation_and_a_later_one_clears_an_amendments() -> None:
    assert not winners(sides(register(MONDAY, {PUPIL: "O"})))[PUPIL].unexplained
    later = register(MONDAY, {PUPIL: "O"}, revision=3)
    assert not winners(sides(amended("O", 2), later))[PUPIL].unexplained


def test_a_session_is_missing_while_the_last_word_on_it_is_no_mark() -> None:
    blank, filled = register(MONDAY, {PUPIL: "-"}), register(MONDAY, {PUPIL: "/"}, revision=2)
    assert is_missing(PUPIL, sides(blank))
    assert not is_missing(PUPIL, sides(filled, blank))
    assert is_missing(PUPIL, sides(filled, register(MONDAY, {PUPIL: "-"}, revision=3)))
    assert not is_missing(PUPIL, sides(register(MONDAY, {"P207000016049": "-"})))


@pytest.mark.parametrize(
    ("day", "blocks"),
    [(date(2024, 9, 8), False), (MONDAY, True), (date(2024, 9, 13), True), (date(2024, 9, 14), False)],
)
def test_a_session_without_a_mark_within_the_offence_blocks_a_notice(day: date, blocks: bool) -> None:
    life = with_holiday()
    assert life.request() == ()
    life.missing = frozenset({f"{URN}:{day.isoformat()}:PM"})
    assert ("mark_missing" in life.authorise()) is blocks


def test_an_unexplained_amendment_blocks_a_notice_until_it_is_explained() -> None:
    life = with_holiday()
    assert life.request() == ()
    place = next(iter(life.marks))
    life.marks[place] = replace(life.marks[place], unexplained=True)
    assert life.authorise() == ("amendment_unexplained",)
    life.marks[place] = replace(life.marks[place], unexplained=False)
    assert life.authorise() == ()
