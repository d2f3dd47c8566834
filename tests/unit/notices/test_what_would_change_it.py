"""What would take a case over the threshold, or back under it, in words."""

from datetime import date

from services.notices.story.whatif import what_would_change_it
from tests.casework import Life, with_holiday


def lines(life: Life) -> str:
    return "\n".join(what_would_change_it(life.file, life.facts, life.today))


def test_a_pupil_near_the_threshold_needs_so_many_more_and_the_oldest_leave_on_a_monday() -> None:
    life = Life(today=date(2024, 9, 23))
    life.absent(date(2024, 9, 10), 7)
    said = lines(life)
    assert "3 more sessions in the same school weeks would meet the threshold (7 count now)." in said
    assert "7 sessions of the week of Monday 9 September 2024 stop counting on Monday 18 November 2024." in said


def test_weeks_without_a_session_do_not_bring_the_day_nearer_on_which_sessions_leave() -> None:
    life = Life(today=date(2024, 9, 23))
    life.absent(date(2024, 9, 10), 1)
    without = lines(life)
    closed = (*(date(2024, 10, day) for day in (28, 29, 30, 31)), date(2024, 11, 1))
    calendar = life.weeks.calendars[0]
    half_term = type(calendar)(
        calendar.first, calendar.last, frozenset(closed), calendar.half_days, calendar.time, calendar.event_id
    )
    life.weeks = type(life.weeks)(life.weeks.urn, (half_term,))
    assert "stops counting on Monday 18 November 2024" in without
    assert "stops counting on Monday 25 November 2024" in lines(life)


def test_where_the_threshold_is_met_it_says_how_many_corrections_undo_it() -> None:
    life = with_holiday()
    assert "If 1 counted session was changed to an authorised code, the count would fall to 9" in lines(life)
    life.absent(date(2024, 9, 16), 3)
    assert "If 4 counted sessions were changed" in lines(life)


def test_an_open_reason_says_what_its_answer_does() -> None:
    life = Life()
    life.absent(date(2024, 9, 9), 9)
    life.absent(date(2024, 9, 16), 1, code="N")
    wanted = (
        "If the N on Monday 16 September 2024 (AM) becomes an authorised code, the count falls to 9, "
        "and the threshold would not be met."
    )
    assert wanted in lines(life)


def test_sessions_on_which_a_notice_stands_are_not_counted_again() -> None:
    life = with_holiday(today=date(2024, 9, 24))
    life.issue()
    said = lines(life)
    assert "These absences cannot be used for another notice." in said
    assert "10 more sessions" in said
