"""How it was, asked before the certificate: who owes an answer, what it brings, and what the host sees of it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.booking import evaluation, register
from services.bookings.booking.booking import Booking
from services.bookings.booking.evaluation import AT_LEAST
from services.bookings.places.words import sentence
from shared.contracts.bookings import CertificateIssued, EvaluationAsked, FollowUpDue, HostRefused
from shared.contracts.hosting import RecordAttendance, WaiveEvaluation
from shared.contracts.meetings import Attendee, Question
from shared.writing.paper import as_text
from tests.desk import HOST, SUMMER, Desk, details

USEFUL = {"ask": "How useful was it?", "answer": "scale"}
NEXT = {"ask": "What will you do differently?", "answer": "words"}
OVER = SUMMER + timedelta(hours=4)


def met(*names: str, **facts: Any) -> tuple[Desk, list[str]]:
    """A meeting with an evaluation that is over; everybody came."""
    facts = {"evaluation": [USEFUL, NEXT], "in_person": {"place": "Hall"}} | facts
    desk = Desk(**facts)
    booked = [desk.ask(name, urn="100001") for name in names]
    desk.go_to(SUMMER + timedelta(hours=1))
    mark(desk, *booked)
    desk.go_to(OVER)
    return desk, booked


def mark(desk: Desk, *booked: str, status: str = "attended") -> None:
    marks = [{"booking": booking, "status": status} for booking in booked]
    command = desk.command(RecordAttendance, meeting=desk.meeting.reference, marks=marks, by=HOST)
    for key, said in register.marks(desk.bookings, command).items():
        entries = register.edit(desk.bookings[key], said, desk.meeting.details, desk.moment(command), HOST.id)
        desk.tell(key, entries)


def say(desk: Desk, booking: str, useful: str = "4", words: str = "Ring home earlier.") -> None:
    form = {"question-1": useful, "question-2": words}
    answers, wrong = evaluation.read(desk.meeting.details.evaluation, form)
    assert not wrong
    moment = desk.moment(waiving(desk, booking))
    desk.tell(booking, evaluation.answered(desk.bookings[booking], answers, moment, "K-7K4M-9PXT3"))


def waiving(desk: Desk, booking: str, reason: str = "page_does_not_open") -> WaiveEvaluation:
    facts = {"meeting": desk.meeting.reference, "booking": booking, "reason": reason, "by": HOST}
    command: WaiveEvaluation = desk.command(WaiveEvaluation, **facts)
    return command


def waive(desk: Desk, booking: str) -> None:
    command = waiving(desk, booking)
    at = desk.moment(command)
    desk.tell(booking, evaluation.waived(desk.bookings[booking], command, desk.meeting.details, at, "K-7K4M-9PXT3"))


def test_a_meeting_that_asks_nothing_gives_the_certificate_at_its_end():
    desk, [ada] = met("Ada", evaluation=[])
    assert len(desk.said(CertificateIssued, ada)) == 1
    assert desk.said(EvaluationAsked) == []


def test_who_came_is_asked_first_once_and_the_certificate_waits_for_the_answer():
    desk, [ada, bea] = met("Ada", "Bea")
    mark(desk, bea, status="no_show")
    [asked] = desk.said(EvaluationAsked, ada)
    assert asked.questions == 2
    assert asked.links.evaluate is not None
    assert asked.links.certificate is None
    desk.go_to(OVER + timedelta(days=30))
    assert desk.said(CertificateIssued) == []
    assert len(desk.said(EvaluationAsked, ada)) == 1
    [again] = desk.said(FollowUpDue, ada)
    assert again.links.evaluate == asked.links.evaluate, "what follows the meeting asks once more"
    say(desk, ada)
    say(desk, ada)
    [certified] = desk.said(CertificateIssued, ada)
    assert certified.links.evaluate is None
    assert certified.links.certificate is not None


def test_who_did_not_come_is_asked_nothing_and_a_link_dies_when_the_register_is_corrected():
    desk, [ada] = met("Ada")
    mark(desk, ada, status="no_show")
    assert not desk.bookings[ada].owes_evaluation
    assert evaluation.answered(desk.bookings[ada], (), desk.moment(waiving(desk, ada)), "K-7K4M-9PXT3") == ()
    mark(desk, ada)
    assert desk.bookings[ada].owes_evaluation


def test_a_certificate_that_was_withdrawn_comes_again_without_a_second_answer():
    desk, [ada] = met("Ada")
    say(desk, ada)
    mark(desk, ada, status="no_show")
    mark(desk, ada)
    desk.go_to(desk.now + timedelta(minutes=1))
    assert len(desk.said(CertificateIssued, ada)) == 2
    assert desk.bookings[ada].evaluation == "answered"


def test_staff_waive_it_with_a_reason_and_the_certificate_comes_at_once():
    desk, [ada] = met("Ada")
    waive(desk, ada)
    assert len(desk.said(CertificateIssued, ada)) == 1
    told = [sentence(entry) for entry in desk.bookings[ada].history]
    assert any("they cannot open the page" in words and HOST.id in words for words in told)


def test_what_is_waived_while_the_meeting_runs_gives_the_certificate_at_its_end():
    desk = Desk(evaluation=[USEFUL])
    ada = desk.ask("Ada")
    desk.go_to(SUMMER + timedelta(hours=1))
    mark(desk, ada)
    waive(desk, ada)
    assert desk.said(CertificateIssued) == []
    desk.go_to(OVER)
    assert len(desk.said(CertificateIssued, ada)) == 1
    assert desk.said(EvaluationAsked) == []


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [({"evaluation": []}, "attended", "no_evaluation"), ({}, "no_show", "not_attended")],
)
def test_where_nothing_is_owed_there_is_nothing_to_waive(facts: dict[str, Any], status: str, code: str):
    desk, [ada] = met("Ada", **facts)
    mark(desk, ada, status=status)
    found = evaluation.not_to_be_waived(desk.bookings[ada], desk.meeting.details)
    assert [reason.code for reason in found] == [code]


def test_who_has_a_certificate_needs_no_waiving():
    desk, [ada] = met("Ada")
    say(desk, ada)
    found = evaluation.not_to_be_waived(desk.bookings[ada], desk.meeting.details)
    assert [reason.code for reason in found] == ["has_certificate"]


def test_the_questions_are_changed_until_the_meeting_begins_and_not_after():
    desk = Desk()
    desk.change(evaluation=[USEFUL])
    assert desk.meeting.details.evaluation == (Question(**USEFUL),)  # type: ignore[arg-type]
    desk.go_to(SUMMER + timedelta(minutes=1))
    desk.change(evaluation=[])
    [refused] = desk.said(HostRefused)
    assert refused.reasons[0].code == "has_begun"
    assert desk.meeting.details.evaluation


def test_the_same_is_asked_once():
    with pytest.raises(ValueError, match="asks the same twice"):
        details(evaluation=[USEFUL, USEFUL])


@pytest.mark.parametrize(
    ("form", "fix"),
    [
        ({"question-2": "Much."}, "choose a number from 1 to 5"),
        ({"question-1": "6"}, "choose a number from 1 to 5"),
        ({"question-1": "²"}, "choose a number from 1 to 5"),
        ({"question-1": "3", "question-2": "a" * 1001}, "write at most 1,000 characters; these are 1,001"),
    ],
)
def test_a_form_that_cannot_be_taken_says_which_question_and_the_fix(form: dict[str, str], fix: str):
    _, wrong = evaluation.read(details(evaluation=[USEFUL, NEXT]).evaluation, form)
    assert [fix in words for words in wrong.values()] == [True]


def test_what_is_written_steers_no_terminal_and_a_new_line_counts_once():
    written = "\r\n".join(["a" * 499, "b" * 500]) + "\x1b[2J"
    [answer], wrong = evaluation.read(details(evaluation=[NEXT]).evaluation, {"question-1": written[:1001]})
    assert not wrong
    assert answer["words"] == "a" * 499 + "\n" + "b" * 500
    [answer], _ = evaluation.read(details(evaluation=[NEXT]).evaluation, {"question-1": "Good\x1b[2J"})
    assert answer["words"] == "Good [2J"


def test_an_empty_form_is_no_answer():
    assert evaluation.read(details(evaluation=[NEXT]).evaluation, {"question-1": "  "})[1]


def test_the_host_sees_counts_and_words_without_names_from_five_answers_on():
    names = ("Ada", "Bea", "Cy", "Dan", "Eve", "Flo")
    desk, booked = met(*names)
    for booking, useful in zip(booked[:4], "4435", strict=True):
        say(desk, booking, useful)
    text = as_text(evaluation.page(desk.meeting.details, list(desk.bookings.values())))
    assert "6 people attended; 4 people answered." in text
    assert "Ring home" not in text
    desk.now += timedelta(minutes=1)
    say(desk, booked[4], "4", "Walk the corridors at nine.")
    desk.now += timedelta(minutes=1)
    say(desk, booked[5], "1", "Too long.")
    text = as_text(evaluation.page(desk.meeting.details, list(desk.bookings.values())))
    assert "4: 3 people" in text
    assert "Walk the corridors at nine." in text
    assert "Too long." not in text, "the sixth alone would be told from the five"
    assert not [name for name in names if name in text]


@given(st.lists(st.integers(0, 3), max_size=23))
def test_two_looks_never_differ_by_fewer_than_five_people(minutes_between: list[int]) -> None:
    bookings: list[Booking] = []
    at, before = OVER, set[str]()
    for number, minutes in enumerate(minutes_between):
        at += timedelta(minutes=minutes)
        entry = {"id": str(number), "what": "evaluated", "at": at, "answers": [{"ask": "Useful?", "scale": 4}]}
        booking = Booking(f"B-{number:04}", "M-1", "", Attendee(name="Ada", email="ada@school.example.org"))
        bookings.append(booking.with_entries([entry]))
        seen = {each.reference for each in evaluation.shown(reversed(bookings))}
        assert before <= seen
        assert len(seen - before) in {0, AT_LEAST}
        before = seen


def test_when_names_go_what_was_written_goes_and_numbers_stay():
    desk, booked = met(*"ABCDE")
    for booking in booked:
        say(desk, booking)
    desk.go_to(OVER + timedelta(days=800))
    kept = str(list(desk.bookings.values()))
    assert "Ring home" not in kept
    [useful] = evaluation.results(list(desk.bookings.values()))
    assert useful.counts[4] == 5
