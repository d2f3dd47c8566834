"""The last day to begin proceedings for a session, and when somebody is warned of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.attendance.six_months import last_day, warned_from
from services.notices.story.next_steps import running_out_of
from shared.contracts.casework import RecordRepresentation, StartProsecution
from shared.contracts.notices import OfficerPrompted
from tests.unit.notices.test_case_life import in_review


@pytest.mark.parametrize(
    ("session", "last"),
    [
        (date(2024, 10, 4), date(2025, 4, 4)),
        (date(2024, 8, 30), date(2025, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2024, 12, 31), date(2025, 6, 30)),
        (date(2025, 6, 30), date(2025, 12, 30)),
    ],
)
def test_proceedings_can_be_begun_until_the_same_day_six_months_later(session: date, last: date) -> None:
    assert last_day(session) == last


def test_the_warning_comes_four_months_after_the_session() -> None:
    assert warned_from(date(2024, 10, 31)) == date(2025, 2, 28)
    assert warned_from(date(2024, 10, 4)) == date(2025, 2, 4)


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_a_later_session_is_never_out_of_time_earlier(session: date) -> None:
    later = session + timedelta(days=1)
    assert last_day(session) <= last_day(later)
    assert 181 <= (last_day(session) - session).days <= 184
    assert session < warned_from(session) < last_day(session)


def test_nobody_is_told_to_withdraw_for_six_months_once_proceedings_have_begun() -> None:
    """Whatever stops them: they were begun in time, and go on when the hold is released."""
    life, notice = in_review()
    assert life.do(StartProsecution, token=life.token(notice), reason="the public interest") == ()
    life.do(RecordRepresentation, received_on=life.today, summary="ill")
    life.go_to(last_day(notice.last_session) + timedelta(days=60))
    assert life.notice(notice).state == "held"
    assert not [prompt for prompt in life.said(OfficerPrompted) if prompt.code in {"four_months", "six_months"}]
    assert running_out_of(life.notice(notice), life.today) is None
