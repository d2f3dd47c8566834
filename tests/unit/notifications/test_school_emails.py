from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest

from services.notifications.words.wording import Written, write
from shared.contracts.base import Event
from shared.contracts.fields import Session, SessionMark
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached, NoticeIssued

MakeNotice = Callable[..., NoticeIssued]
AT = datetime(2025, 9, 22, 9, 30, tzinfo=UTC)
MONDAYS = tuple(date(2025, 6, 16) + timedelta(weeks=week) for week in range(10))


def told(event: Event, school_name: str = "Mousehold Lane Primary School") -> Written:
    template = event.key().split(".")[1].removeprefix("absence_")
    return write(template, "email", {**event.model_dump(mode="json"), "school": school_name})


@pytest.fixture
def reached(make_notice: MakeNotice) -> AbsenceThresholdReached:
    elsewhere = SessionMark(date=date(2025, 7, 3), session=Session.PM, code="O", urn="120002")
    return AbsenceThresholdReached(
        id=UUID(int=1),
        correlation_id=UUID(int=1),
        time=AT,
        upn="B801200005001",
        urn="120001",
        case="C-7K4M-9PXT3",
        sessions=(*make_notice().sessions, elsewhere),
        school_weeks=MONDAYS,
        count=11,
        policy="national-2024-08-19",
        evidence_hash="cd" * 32,
    )


def test_a_school_learns_what_was_counted_and_what_to_do(reached: AbsenceThresholdReached) -> None:
    mail = told(reached)
    lines = mail.text.splitlines()
    assert "- Monday 16 September 2024, session AM, code G" in lines
    assert "- Thursday 3 July 2025, session PM, code O (recorded by the school with URN 120002)" in lines
    assert "- Monday 16 June 2025" in lines
    assert sum(line.startswith("- ") for line in lines) == 11 + 10 + 4  # sessions, weeks, what the codes mean
    for words in (
        "Mousehold Lane Primary School",
        "UPN B801200005001",
        "11 sessions",
        "C-7K4M-9PXT3",
        "Consider support first",
        "national-2024-08-19",
        "cd" * 32,
        "01603 223681",
        "csattendance@norfolk.gov.uk",
        "Monday to Thursday 9am to 5pm and Friday 9am to 4pm",
    ):
        assert words in mail.text, words


def test_the_subject_names_the_case_and_nobody(reached: AbsenceThresholdReached) -> None:
    assert told(reached).subject == "Case C-7K4M-9PXT3: the national threshold for absence has been met"


@pytest.mark.parametrize(
    ("because", "record_changed", "words"),
    [
        ("marks_changed", False, "marks have been corrected"),
        ("school_weeks_changed", False, "school weeks that we count by"),
        ("marks_changed", True, "the pupil’s record has been corrected"),
    ],
)
def test_a_school_learns_that_the_threshold_is_no_longer_met_and_why(
    because: Literal["marks_changed", "school_weeks_changed"], record_changed: bool, words: str
) -> None:
    event = AbsenceThresholdCleared(
        id=UUID(int=2),
        correlation_id=UUID(int=1),
        time=AT,
        upn="B801200005001",
        urn="120001",
        case="C-7K4M-9PXT3",
        count=8,
        because=because,
        record_changed=record_changed,
    )
    mail = told(event)
    assert mail.subject == "Case C-7K4M-9PXT3: the national threshold for absence is no longer met"
    assert words in mail.text
    assert "now hold is 8" in mail.text
    assert "01603 223681" in mail.text


def test_the_words_of_a_school_are_never_a_template(reached: AbsenceThresholdReached) -> None:
    text = told(reached, "{{ 7 * 7 }} <b>\nSubject: x").text
    assert "{{ 7 * 7 }} <b> Subject: x" in text
