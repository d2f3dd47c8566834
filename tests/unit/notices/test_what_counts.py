"""A session counts only if it was one, and supports one notice to a parent: whichever school said so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notices.attendance.calendar import Calendar, SchoolWeeks
from services.notices.attendance.child import Child, Stay, stays
from services.notices.attendance.marks import Mark
from services.notices.attendance.school_age import begins_on, ends_on
from services.notices.casefile.words import listed
from services.notices.deciding.clockwork import tick
from services.notices.deciding.issuing import blockers
from services.notices.story.page import page_of
from services.notices.story.story import tell
from shared.contracts.casework import IssueNoticeToImprove, ReturnRequest, WithdrawNotice
from tests.casework import Life, term, with_holiday
from tests.making import URN, at, on_rolls
from tests.sizes import tried
from tests.unit.notices.test_case_life import IMPROVE

OTHER = "654321"
NOON = datetime(2024, 9, 1, 12, tzinfo=UTC)
WEEK = [date(2024, 9, 9) + timedelta(days=n) for n in range(5)]


def codes(life: Life, who: str = "p-1") -> set[str]:
    return {reason.code for reason in blockers(life.file, who, life.facts, life.moment())}


def day_by_day(born: date) -> tuple[date, date]:
    """Compulsory school age as the Act says it, by looking at one day after the other."""
    five = next(d for d in _days(born) if (d.month, d.day) >= (born.month, born.day) and d.year == born.year + 5)
    begins = next(d for d in _days(five) if (d.month, d.day) in {(12, 31), (3, 31), (8, 31)})
    sixteen = next(d for d in _days(born) if (d.month, d.day) >= (born.month, born.day) and d.year == born.year + 16)
    end_of_year = next(d for d in _days(sixteen) if (d.month, d.day) == (8, 31))
    june = [date(end_of_year.year, 6, day) for day in range(1, 31)]
    return begins, [day for day in june if f"{day:%A}" == "Friday"][-1]


def _days(first: date):  # type: ignore[no-untyped-def]
    return (first + timedelta(days=n) for n in range(7000))


@given(st.dates(date(2003, 1, 1), date(2030, 12, 31)))
@example(date(2008, 2, 29))
@example(date(2009, 8, 31))
@example(date(2009, 9, 1))
@tried(100, gate=300)
def test_compulsory_school_age_is_what_the_act_says(born: date) -> None:
    assert (begins_on(born), ends_on(born)) == day_by_day(born)


@pytest.mark.parametrize(
    ("born", "last"),
    [
        (date(2009, 8, 31), date(2025, 6, 27)),
        (date(2009, 9, 1), date(2026, 6, 26)),
        (date(2010, 8, 31), date(2026, 6, 26)),
        (date(2011, 3, 1), date(2027, 6, 25)),
    ],
)
def test_school_leaving_dates(born: date, last: date) -> None:
    assert ends_on(born) == last


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2019, 12, 31), date(2024, 12, 31)),
        (date(2020, 1, 1), date(2025, 3, 31)),
        (date(2020, 3, 31), date(2025, 3, 31)),
        (date(2020, 4, 1), date(2025, 8, 31)),
        (date(2022, 10, 1), date(2027, 12, 31)),
    ],
)
def test_school_age_begins_on_the_prescribed_day_itself(born: date, first: date) -> None:
    assert begins_on(born) == first


def test_the_last_friday_in_june_still_counts_and_the_monday_after_does_not() -> None:
    life = Life(today=date(2025, 7, 2), child=Child(URN, date(2009, 3, 4)))
    life.absent(date(2025, 6, 27), 4)
    assert [str(mark.day) for mark in life.facts.counting()] == ["2025-06-27", "2025-06-27"]


def test_a_pupil_who_came_back_was_on_the_roll_both_times_and_a_correction_is_no_second_time() -> None:
    autumn, spring = Stay(date(2024, 9, 3), date(2024, 11, 20)), Stay(date(2025, 1, 6), None)
    assert stays([replace(autumn, last=None), autumn, spring]) == (autumn, spring)
    assert stays([Stay(date(2024, 9, 30), None), replace(autumn, last=None)]) == (replace(autumn, last=None),)
    child = Child(URN, None, {URN: (autumn, spring)})
    assert child.off_roll(URN, date(2024, 11, 20)) is None
    assert child.off_roll(URN, date(2025, 1, 6)) is None
    assert child.off_roll(URN, date(2024, 9, 2)) == (
        "before the pupil was on this school's roll, from Tuesday 3 September 2024"
    )
    assert child.off_roll(URN, date(2024, 12, 2)) == "after the pupil left this school on Wednesday 20 November 2024"
    assert child.off_roll(OTHER, date(2024, 12, 2)) is None, "of which nothing was said"


@pytest.mark.parametrize("marked", [date(2024, 10, 28), date(2024, 11, 1), date(2024, 11, 2), date(2024, 11, 3)])
def test_a_closed_week_stays_closed_though_the_calendar_ends_on_its_friday_and_somebody_was_marked(
    marked: date,
) -> None:
    half_term = frozenset(date(2024, 10, 28) + timedelta(days=n) for n in range(5))
    calendar = Calendar(date(2024, 9, 2), date(2024, 11, 1), half_term, frozenset(), NOON, "a")
    weeks = SchoolWeeks(URN, (calendar,), frozenset({date(2024, 10, 28), date(2024, 11, 4)}))
    assert not weeks.is_school_week(date(2024, 10, 28))
    assert weeks.is_school_week(date(2024, 11, 4)), "of a week that no calendar knows, the registers decide"
    assert weeks.why_no_session(marked, "AM") is not None
    assert weeks.why_no_session(date(2024, 11, 4), "AM") is None


def test_a_half_day_that_two_schools_marked_supports_one_notice() -> None:
    life = with_holiday(today=date(2024, 9, 24))
    life.issue()
    life.elsewhere = {OTHER: replace(life.weeks, urn=OTHER)}
    for n in range(10):
        mark = Mark(OTHER, WEEK[n // 2], ("AM", "PM")[n % 2], "O", 1, at(WEEK[n // 2]), "f")
        life.marks[mark.slot] = mark
    assert codes(life) >= {"threshold_not_met"}
    for n in range(10):
        life._mark(WEEK[n // 2], ("AM", "PM")[n % 2], None, 2)
    assert "threshold_not_met" in codes(life), "the other school's word of the same half-day is no further absence"


@pytest.mark.parametrize("roll", [URN, OTHER])
def test_two_schools_words_of_one_half_day_are_shown_and_stop_nothing(roll: str) -> None:
    life = with_holiday(child=replace(on_rolls(URN, OTHER), urn=roll, born=date(2015, 3, 4)))
    mark = Mark(OTHER, WEEK[0], "AM", "O", 1, at(WEEK[0]), "f")
    life.marks[mark.slot] = mark
    life.elsewhere = {OTHER: replace(life.weeks, urn=OTHER)}
    assert life.request() == ()
    assert codes(life) == set()
    [left_out] = tell(life.file, life.facts, life.moment())["evidence"]["not_counted"]
    assert (left_out["conflict"], left_out["urn"] == roll) == (True, False)
    assert left_out["because"] == f"the same half-day counts once: at school {roll}, whose roll the pupil is on"


def test_marks_of_a_school_that_never_had_the_pupil_are_a_conflict_that_counts_and_stops_nothing() -> None:
    life = Life(child=on_rolls(URN), elsewhere={OTHER: term(date(2024, 9, 2), date(2028, 7, 28), urn=OTHER)})
    life.absent(WEEK[0], 10, urn=OTHER)
    assert not life.facts.assessment().met
    assert {each.code for each in life.facts.assessment().not_counted} == {"never_on_roll"}
    page = "\n".join(
        f"{a} {b}" for each in page_of(tell(life.file, life.facts, life.moment())).sections for a, b in each.rows
    )
    assert page.count(f"Conflict: G at school {OTHER}, whose record has never had this pupil on its roll") == 10
    life.child = on_rolls(URN, OTHER)
    assert life.facts.assessment().met, "dual registration: both schools have them on their rolls"


def test_a_mark_against_the_schools_own_calendar_is_not_counted_and_blocks_until_one_is_corrected() -> None:
    life = with_holiday(weeks=term(date(2024, 9, 2), date(2028, 7, 28), closed=[date(2024, 9, 16)]))
    assert life.request() == ()
    assert life.facts.assessment().met
    life.absent(date(2024, 9, 16), 1)
    assert codes(life) == {"against_calendar"}
    assert life.authorise() == ("against_calendar",)
    words = "\n".join(
        f"{a} {b}" for each in page_of(tell(life.file, life.facts, life.moment())).sections for a, b in each.rows
    )
    assert "Conflict: G at school 123456, the school's calendar has no session on this day" in words
    life.correct(date(2024, 9, 16), "AM", None)
    assert life.authorise() == ()


def test_a_closure_that_is_published_after_the_notice_prompts_an_officer() -> None:
    life = with_holiday(today=date(2024, 9, 24))
    notice = life.issue()
    life.weeks = term(date(2024, 9, 2), date(2028, 7, 28), closed=[WEEK[0]])
    life.look()
    assert life.notice(notice).lost_sessions == 2


def test_absences_sent_ahead_are_no_breach_of_a_notice_to_improve() -> None:
    life = with_holiday()
    life.do(IssueNoticeToImprove, starts_on=date(2024, 9, 23), **IMPROVE)
    planned = Mark(URN, date(2024, 10, 7), "AM", "G", 1, at(date(2024, 9, 20)), "p")
    life.marks[planned.slot] = planned
    life.go_to(date(2024, 9, 30))
    assert not [entry for entry in life.file.history if entry["what"] == "prompted"]
    assert tick(life.file, life.facts, life.moment()).events == ()


def test_a_request_about_another_period_is_returned_with_both_periods() -> None:
    life = with_holiday()
    period = {"offence_from": date(2024, 3, 4), "offence_to": date(2024, 3, 8)}
    assert life.request(**period) == ()
    assert life.file.state == "returned_to_school"
    [reason] = life.file.history[-1]["reasons"]
    assert reason["code"] == "offence_period_differs"
    assert "Monday 4 March 2024 to Friday 8 March 2024" in reason["words"]
    assert "from Monday 9 September 2024 to Friday 13 September 2024" in reason["words"]


def test_a_request_that_leaves_one_session_out_is_returned_and_one_that_has_them_all_is_taken() -> None:
    life = with_holiday()
    assert life.request(offence_from=WEEK[1], offence_to=WEEK[4]) == ()
    assert life.file.state == "returned_to_school"
    assert life.request(offence_from=WEEK[0], offence_to=WEEK[4]) == ()
    assert life.file.state == "requested"
    assert life.request(offence_from=WEEK[0], offence_to=WEEK[3]) == ("impossible_now",)


def test_no_notice_is_issued_on_sessions_that_are_not_those_of_the_request() -> None:
    life = with_holiday()
    assert life.request() == ()
    life.absent(date(2024, 9, 16), 1)
    assert codes(life) == set(), "a further absence is shown, and the officer decides"
    for day in WEEK:
        life.correct(day, "AM", None)
    life.today = date(2024, 10, 14)
    life.absent(date(2024, 10, 1), 9)
    assert codes(life) == {"offence_period_differs"}
    assert life.do(ReturnRequest, reasons=[{"code": "other", "words": "Ask anew."}]) == ()
    assert life.request() == ()
    assert codes(life) == set()


def test_a_withdrawn_notice_frees_its_half_days() -> None:
    life = with_holiday(today=date(2024, 9, 24))
    notice = life.issue()
    assert life.file.used("p-1") == notice.half_days
    life.do(WithdrawNotice, notice=notice.reference, ground="material_error")
    assert life.file.used("p-1") == frozenset()


@given(st.integers(0, 300), st.sampled_from(("N", "O")))
@settings(max_examples=40, deadline=None)
def test_however_many_sessions_there_are_every_reason_fits(sessions: int, code: str) -> None:
    life = Life(today=date(2025, 7, 1))
    life.absent(date(2024, 9, 2), sessions, code=code)
    life.missing = frozenset(f"{OTHER}:{mark.day}:{mark.session}" for mark in life.marks.values())
    life.weeks = term(date(2024, 9, 2), date(2028, 7, 28), closed=[mark.day for mark in list(life.marks.values())[::2]])
    for reason in blockers(life.file, "p-1", life.facts, life.moment()):
        assert len(reason.words) < 1000


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert listed(map(str, range(3))) == "0, 1, 2"
    assert listed(map(str, range(49))) == "0, 1, 2, 3, 4, 5, 6, 7 … and 41 more"


def test_the_story_shows_each_sessions_last_day_and_says_when_time_runs_out() -> None:
    life = with_holiday()
    story = tell(life.file, life.facts, life.moment())
    assert {each["proceedings_until"] for each in story["evidence"]["sessions"]} == {
        "2025-03-09", "2025-03-10", "2025-03-11", "2025-03-12", "2025-03-13",
    }  # fmt: skip
    assert story["running_out"] is None
    life.today = date(2025, 1, 9)
    said = "\n".join(tell(life.file, life.facts, life.moment())["next"])
    assert "for the session of Monday 9 September 2024 can be begun until Sunday 9 March 2025" in said
    life.today = date(2025, 3, 11)
    assert "for 4 of 10 it is too late" in "\n".join(tell(life.file, life.facts, life.moment())["next"])
    life.today = date(2025, 3, 14)
    assert "all of them are more than six months old" in "\n".join(tell(life.file, life.facts, life.moment())["next"])
