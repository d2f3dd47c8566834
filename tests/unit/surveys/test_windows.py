"""Windows as stated instants: their wording, their boundaries to the second, both clock changes; days, reminders."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.surveys.answers.reminders import next_round, plan
from services.surveys.questionnaire.adequacy import adequacy
from services.surveys.questionnaire.document import Reminders
from services.surveys.questionnaire.terms import Published, SchoolDays, TermsInvalid, read_terms
from services.surveys.questionnaire.timing import coarse_minutes, estimate, taken
from services.surveys.questionnaire.window import Closes, Window, london
from services.surveys.settings import terms
from tests.surveying import example, survey

NORFOLK = terms(None)
SECOND = timedelta(seconds=1)


def window(opens: str, grace: int = 30, **closes: str) -> Window:
    return Window(london(opens), Closes.model_validate(closes).instant, timedelta(minutes=grace))


@pytest.mark.parametrize(
    ("closes", "instant", "words"),
    [
        ({"before": "2024-05-17"}, "2024-05-16T23:00:00+00:00", "closes at 11:59pm on Thursday 16 May 2024"),
        ({"to": "2024-05-17"}, "2024-05-17T23:00:00+00:00", "closes at 11:59pm on Friday 17 May 2024"),
        ({"at": "2024-05-16 17:00"}, "2024-05-16T16:00:00+00:00", "closes at 5pm on Thursday 16 May 2024"),
        ({"at": "2024-05-16 12:00"}, "2024-05-16T11:00:00+00:00", "closes at midday on Thursday 16 May 2024"),
        ({"to": "2024-03-30"}, "2024-03-31T00:00:00+00:00", "closes at 11:59pm on Saturday 30 March 2024"),
        ({"to": "2024-03-31"}, "2024-03-31T23:00:00+00:00", "closes at 11:59pm on Sunday 31 March 2024"),
        ({"to": "2024-10-26"}, "2024-10-26T23:00:00+00:00", "closes at 11:59pm on Saturday 26 October 2024"),
        ({"to": "2024-10-27"}, "2024-10-28T00:00:00+00:00", "closes at 11:59pm on Sunday 27 October 2024"),
        ({"at": "2024-10-27T01:30+01:00"}, "2024-10-27T00:30:00+00:00", "closes at 1:30am on Sunday 27 October 2024"),
    ],
)
def test_a_close_is_an_instant_and_a_wording(closes: dict[str, str], instant: str, words: str) -> None:
    ours = window("2024-01-08", **closes)
    assert ours.closes_at == datetime.fromisoformat(instant)
    assert ours.closing == words
    assert ours.phase(ours.closes_at - SECOND) == "open"
    assert ours.phase(ours.closes_at) == "grace"
    assert ours.phase(ours.settled_at - SECOND) == "grace"
    assert ours.phase(ours.settled_at) == "closed"
    assert ours.phase(ours.opens_at - SECOND) == "waiting"
    assert ours.phase(ours.opens_at) == "open"


def test_the_day_on_which_the_clocks_change_has_its_own_length() -> None:
    spring, autumn = window("2024-03-31", to="2024-03-31"), window("2024-10-27", to="2024-10-27")
    assert spring.closes_at - spring.opens_at == timedelta(hours=23)
    assert autumn.closes_at - autumn.opens_at == timedelta(hours=25)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-03-31 01:30", "happens never"),
        ("2024-10-27 01:30", "happens twice"),
        ("17 May", "write a date such as"),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        london(text)


@pytest.mark.parametrize("closes", [{}, {"before": "2024-05-17", "to": "2024-05-17"}])
def test_a_close_says_exactly_one_thing(closes: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        Closes.model_validate(closes)


def test_what_was_begun_in_time_may_be_finished_within_the_grace() -> None:
    ours = window("2024-04-30", before="2024-05-17")
    close = ours.closes_at
    assert ours.accepts(close - SECOND, None)
    assert not ours.accepts(close, None)
    assert ours.accepts(close, close - SECOND)
    assert not ours.accepts(close, close)
    assert ours.accepts(ours.settled_at - SECOND, close - SECOND)
    assert not ours.accepts(ours.settled_at, close - SECOND)
    assert not ours.accepts(close, ours.opens_at - SECOND)


def test_the_consultation_of_the_page_is_18_calendar_and_13_working_days_and_includes_a_bank_holiday() -> None:
    found = adequacy(example("code-of-conduct"), NORFOLK)
    assert (found.calendar_days, found.working_days) == (18, 13)
    assert found.bank_holidays[0][0] == date(2024, 5, 6)
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("includes a bank holiday: Monday 6 May 2024")


def test_the_survey_of_the_page_closes_at_the_end_of_the_16th_and_promises_ten_minutes() -> None:
    document = example("schools-survey")
    assert document.window.closing == "closes at 11:59pm on Thursday 16 May 2024"
    assert document.promise_minutes == 10
    assert estimate(document) <= 10


def test_too_few_working_days_and_holidays_are_warned_of() -> None:
    consultation = {"law": "x", "standard_reply": "y"}
    short = survey(opens="2024-05-20", closes={"to": "2024-05-31"}, consultation=consultation)
    warnings = " / ".join(adequacy(short, NORFOLK).warnings)
    assert "includes a bank holiday: Monday 27 May 2024" in warnings
    assert "4 of its working days are in the holidays (half term)" in warnings
    assert "its last day, Friday 31 May 2024, is not a school day" in warnings
    assert "9 working days; a consultation should have at least 10" in warnings


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2024, 5, 24), None),
        (date(2024, 5, 27), "Spring Bank Holiday"),
        (date(2024, 5, 28), "half term"),
        (date(2024, 6, 1), "Saturday"),
        (date(2024, 12, 23), "school holiday"),
        (date(2030, 1, 7), None),
    ],
)
def test_half_terms_and_holidays_are_known_from_the_term_dates(day: date, why: str | None) -> None:
    assert NORFOLK.why_no_school(day) == why


def test_a_schools_own_calendar_goes_before_the_term_dates() -> None:
    own = Published(date(2024, 5, 1), date(2024, 6, 30), frozenset({date(2024, 5, 15)}))
    days = SchoolDays(NORFOLK, (own,))
    assert not days.includes(date(2024, 5, 15))
    assert days.includes(date(2024, 5, 28))
    assert days.includes(date(2024, 7, 1))


@pytest.mark.parametrize("text", ["terms = []", "x = 1", 'authority = "a"\nsource = "b"\n[[terms]]\nname = \'x\''])
def test_a_file_that_holds_no_term_dates_is_refused(text: str) -> None:
    with pytest.raises(TermsInvalid, match=r"ours\.toml"):
        read_terms(text, "ours.toml")


def days_of(ours: Window, reminders: Any = None, days: SchoolDays | None = None) -> list[tuple[str, bool]]:
    found = plan(reminders or Reminders(), ours, (days or SchoolDays(NORFOLK)).includes)
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert all(each.day <= ours.last_day for each in found)
    return [(each.day.isoformat(), each.last_call) for each in found]


def test_reminders_fall_on_school_days_and_move_back_over_half_term() -> None:
    assert days_of(window("2024-04-30", before="2024-05-17")) == [
        ("2024-05-09", False),
        ("2024-05-13", False),
        ("2024-05-15", True),
    ]
    over_half_term = window("2024-05-13", to="2024-06-03")
    assert days_of(over_half_term) == [("2024-05-24", True)]


def test_reminders_that_would_come_on_the_day_of_opening_are_left_out() -> None:
    assert days_of(window("2024-05-13", to="2024-05-15")) == [("2024-05-14", True)]
    assert days_of(window("2024-05-14", to="2024-05-14")) == []


def test_nobody_is_looked_at_for_a_reminder_after_the_close() -> None:
    ours = window("2024-04-30", before="2024-05-17")
    assert next_round(date(2024, 5, 15), ours) == datetime(2024, 5, 16, 8, tzinfo=UTC)
    assert next_round(date(2024, 5, 16), ours) is None


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2), (14_400, 240), (14_401, None), (-1, None)])
def test_how_long_it_took_is_kept_in_whole_minutes_only(seconds: int, minutes: int | None) -> None:
    begun = datetime(2024, 5, 1, tzinfo=UTC)
    assert coarse_minutes(begun, begun + timedelta(seconds=seconds)) == minutes


def test_the_median_and_the_ninetieth_percentile_are_held_against_the_promise() -> None:
    found = taken(range(1, 21), 10)
    assert found is not None
    assert (found.median, found.ninetieth, found.within_promise) == (10.5, 18, 10)
    assert taken([], 10) is None
