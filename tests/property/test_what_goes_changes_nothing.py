"""Marks that have been kept for their time go, and no window that can still meet the threshold counts otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.marks import Mark, monday_of
from services.notices.attendance.policy import Policies, shipped
from services.notices.attendance.threshold import Assessment, assess
from services.notices.store.retention import first_day_kept, first_week, since
from tests.making import on_rolls
from tests.sizes import tried

START = date(2023, 9, 4)  # a Monday
TODAY = date(2025, 3, 20)
WEEKS = 80
URNS = ("123456", "654321")
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

_KEPT = shipped().versions[0].retention.model_copy(update={"marks_years": 1})
POLICIES = Policies(
    (shipped().versions[0].model_copy(update={"effective_from": START, "retention": _KEPT}),)
)  # one year, so that examples stay small

around_the_line = st.tuples(st.integers(7 * 14, 7 * 34), st.sampled_from(("AM", "PM")), st.sampled_from(URNS))
weeks_closed = st.fixed_dictionaries({urn: st.sets(st.integers(0, WEEKS - 1), max_size=50) for urn in URNS})


@given(st.sets(around_the_line, min_size=10, max_size=40), weeks_closed)
@tried(80, gate=250)
def test_without_what_has_gone_every_window_that_can_still_count_says_the_same(
    absent: set[tuple[int, str, str]], closed: dict[str, set[int]]
) -> None:
    every = [Mark(urn, START + timedelta(days=day), half, "O", 1, NOON, "e") for day, half, urn in absent]
    weeks = {
        urn: SchoolWeeks(urn, seen=frozenset(START + timedelta(weeks=week) for week in set(range(WEEKS)) - shut))
        for urn, shut in closed.items()
    }
    line = first_day_kept(TODAY, weeks.values(), POLICIES)
    stay = list(since(line, {mark.slot: mark for mark in every}).values())
    first = first_week(TODAY, POLICIES)
    for monday in {monday_of(mark.day) for mark in every if mark.day >= first}:
        until = monday + timedelta(days=6)
        both = ([mark for mark in marks if mark.day <= until] for marks in (every, stay))
        before, after = (assess(marks, weeks, POLICIES, on_rolls(*weeks)) for marks in both)
        if before.met and before.school_weeks[-1] >= first:
            assert _counted(before) == _counted(after)
        if after.met:
            assert before.met, "nothing is reached because something has gone"


def _counted(assessment: Assessment) -> Assessment:
    return replace(assessment, not_counted=())
