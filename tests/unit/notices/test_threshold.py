"""The worked vectors of the national threshold, on both sides of each boundary."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from services.notices.attendance import threshold
from services.notices.attendance.calendar import Calendar, SchoolWeeks
from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.marks import Mark, merge, monday_of
from services.notices.attendance.policy import shipped
from services.notices.attendance.threshold import Assessment
from tests.making import at, on_rolls

POLICY = shipped()
URN = "123456"
NOON = datetime(2025, 9, 1, 12, tzinfo=UTC)
WEEKS_2025 = [date(2025, 6, 16), date(2025, 6, 23), date(2025, 6, 30), date(2025, 7, 7), date(2025, 7, 14),
              date(2025, 7, 21), date(2025, 9, 1), date(2025, 9, 8), date(2025, 9, 15), date(2025, 9, 22)]  # fmt: skip


def mark(day: date, session: str = "AM", code: str | None = "O", urn: str = URN, revision: int = 1) -> Mark:
    return Mark(urn, day, session, code, revision, at(day), "e")


def assess(marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks]) -> Assessment:
    """Of a child whom all of these schools have on their rolls."""
    return threshold.assess(marks, weeks, POLICY, on_rolls(*weeks))


def held(*mondays: date, urn: str = URN) -> dict[str, SchoolWeeks]:
    return {urn: SchoolWeeks(urn, seen=frozenset(mondays))}


def days(monday: date, count: int) -> list[Mark]:
    return [mark(monday + timedelta(days=n // 2), "AM" if n % 2 == 0 else "PM") for n in range(count)]


def norfolk_2025(last: date = date(2025, 9, 26)) -> dict[str, SchoolWeeks]:
    summer = Calendar(date(2025, 4, 22), date(2025, 7, 22), frozenset(), frozenset(), NOON, "a")
    autumn = Calendar(date(2025, 9, 3), last, frozenset(), frozenset(), NOON, "b")
    return {URN: SchoolWeeks(URN, (summer, autumn))}


def test_ten_school_weeks_ending_22_september_2025_skip_the_summer() -> None:
    weeks, skipped = norfolk_2025()[URN].window(date(2025, 9, 22), 10)
    assert list(weeks) == WEEKS_2025
    assert list(skipped) == [date(2025, 7, 28) + timedelta(weeks=n) for n in range(5)]


def test_two_sessions_in_july_and_eight_in_september_meet_it() -> None:
    marks = days(date(2025, 7, 14), 2) + days(date(2025, 9, 15), 4) + days(date(2025, 9, 22), 4)
    found = assess(marks, norfolk_2025())
    assert (found.met, found.count) == (True, 10)
    assert list(found.school_weeks) == WEEKS_2025


def test_the_same_ten_spread_over_eleven_school_weeks_do_not() -> None:
    marks = days(date(2025, 6, 9), 1) + days(date(2025, 7, 14), 1) + days(date(2025, 9, 15), 4)
    marks += days(date(2025, 9, 22), 4)
    assert not assess(marks, norfolk_2025()).met


def test_nine_sessions_do_not_meet_it_and_ten_do() -> None:
    monday = date(2024, 9, 16)
    assert not assess(days(monday, 9), held(monday)).met
    assert assess(days(monday, 10), held(monday)).met


@pytest.mark.parametrize(("code", "counted"), [("G", True), ("N", True), ("O", True), ("U", True), (None, False)])
def test_codes_that_count(code: str | None, counted: bool) -> None:
    monday = date(2024, 9, 16)
    marks = [*days(monday, 9), mark(monday + timedelta(days=4), "PM", code)]
    assert assess(marks, held(monday)).met is counted


def test_absences_before_19_august_2024_do_not_count() -> None:
    old = date(2024, 8, 12)
    found = assess(days(old, 10), held(old))
    assert (found.met, found.count, len(found.not_counted)) == (False, 0, 10)


def test_a_half_day_recorded_by_two_schools_counts_once() -> None:
    monday = date(2024, 9, 16)
    weeks = held(monday) | held(monday, urn="654321")
    doubled = [*days(monday, 9), mark(monday, "AM", urn="654321")]
    assert assess(doubled, weeks).count == 9


def test_sessions_move_school_with_the_pupil() -> None:
    first, second = date(2024, 9, 16), date(2024, 9, 23)
    weeks = held(first, second) | held(second, urn="654321")
    marks = [*days(first, 5), *(mark(second + timedelta(days=n), urn="654321") for n in range(5))]
    weeks["654321"] = SchoolWeeks("654321", seen=frozenset({first, second}))
    assert assess(marks, weeks).met


def test_a_closed_week_does_not_use_up_one_of_the_ten() -> None:
    mondays = [date(2024, 9, 2) + timedelta(weeks=n) for n in range(11)]
    marks = days(mondays[0], 5) + days(mondays[10], 5)
    assert not assess(marks, held(*mondays)).met
    found = assess(marks, held(*(mondays[:5] + mondays[6:])))
    assert found.met
    assert found.skipped_weeks == (mondays[5],)


def test_a_week_with_one_session_is_a_school_week() -> None:
    wednesday = date(2024, 9, 18)
    closed = frozenset(monday_of(wednesday) + timedelta(days=n) for n in (0, 1, 3, 4))
    calendar = Calendar(date(2024, 9, 16), date(2024, 9, 20), closed, frozenset({(wednesday, "AM")}), NOON, "a")
    assert SchoolWeeks(URN, (calendar,)).is_school_week(date(2024, 9, 16))
    nothing = Calendar(
        date(2024, 9, 16), date(2024, 9, 20), closed, frozenset({(wednesday, "AM"), (wednesday, "PM")}), NOON, "a"
    )
    assert not SchoolWeeks(URN, (nothing,)).is_school_week(date(2024, 9, 16))


def test_a_later_calendar_replaces_an_earlier_one_where_it_spans() -> None:
    monday = date(2024, 9, 16)
    first = Calendar(date(2024, 9, 2), date(2024, 12, 20), frozenset(), frozenset(), NOON, "a")
    closed = frozenset(monday + timedelta(days=n) for n in range(5))
    second = Calendar(monday, monday + timedelta(days=6), closed, frozenset(), NOON + timedelta(days=1), "b")
    for order in ((first, second), (second, first)):
        assert not SchoolWeeks(URN, order).is_school_week(monday)
        assert SchoolWeeks(URN, order).is_school_week(monday + timedelta(weeks=1))


def test_the_latest_window_that_meets_it_is_the_evidence() -> None:
    monday = date(2024, 9, 16)
    found = assess(days(monday, 10) + days(monday + timedelta(weeks=1), 2), held(monday, monday + timedelta(weeks=1)))
    assert found.count == 12


def test_a_correction_lowers_the_count_and_an_older_mark_never_raises_it_again() -> None:
    monday = date(2024, 9, 16)
    kept = merge({}, days(monday, 10))
    corrected = merge(kept, [mark(monday, "AM", None, revision=2)])
    again = merge(corrected, [mark(monday, "AM", "O", revision=1)])
    assert assess(again.values(), held(monday)).count == 9


def test_the_evidence_names_no_pupil_and_its_hash_follows_every_fact() -> None:
    monday = date(2024, 9, 16)

    def hashed(found: Assessment) -> str:
        return evidence_hash(evidence(found))

    found = assess(days(monday, 10), held(monday))
    changed = assess([*days(monday, 9), mark(monday + timedelta(days=4), "PM", "G")], held(monday))
    assert hashed(found) != hashed(changed)
    assert hashed(found) == hashed(assess(reversed(days(monday, 10)), held(monday)))
    assert "upn" not in str(evidence(found))
