"""What people who came say about a meeting before they get their certificate, and what the answers add up to.

Answers are kept with the booking, so that answering and getting the certificate are one change. The host sees what they
add up to, five at a time: two looks then never differ by fewer than five people (decision 18).
Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from services.bookings.booking.booking import Booking
from services.bookings.places.meeting import Entry, Moment
from services.bookings.places.words import people
from shared.contracts.hosting import WaiveEvaluation
from shared.contracts.meetings import MeetingDetails, Question
from shared.contracts.notices import Reason
from shared.decisions.deciding import because
from shared.writing.characters import without
from shared.writing.paper import Page, Section

SCALE = ("1", "2", "3", "4", "5")
AT_LEAST = 5
LONGEST = 1000  # characters of an answer in words

Answers = tuple[Mapping[str, Any], ...]
"""For each question that was answered: `ask`, and a `scale` from 1 to 5 or `words`."""


@dataclass(frozen=True)
class Results:
    """The answers to one question: how many chose each number, or what was written, in an order that shows nobody."""

    ask: str
    counts: Mapping[int, int]
    words: tuple[str, ...]


def fields(questions: Sequence[Question]) -> Iterator[tuple[str, Question]]:
    """Each question by the name of its form field."""
    return ((f"question-{number}", question) for number, question in enumerate(questions, start=1))


def read(questions: Sequence[Question], form: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """The answers of a form, and by field what has to be mended: numbers must be chosen, words may be left out."""
    answers: list[Mapping[str, Any]] = []
    wrong: dict[str, str] = {}
    for name, question in fields(questions):
        text = _plain(form.get(name, ""))
        if question.answer == "scale" and text in SCALE:
            answers.append({"ask": question.ask, "scale": int(text)})
        elif question.answer == "scale":
            wrong[name] = f"{question.ask}: choose a number from 1 to 5."
        elif len(text) > LONGEST:
            wrong[name] = f"{question.ask}: write at most {LONGEST:,} characters; these are {len(text):,}."
        elif text:
            answers.append({"ask": question.ask, "words": text})
    if not answers and not wrong:
        wrong[next((name for name, _ in fields(questions)), "")] = "Answer at least one question."
    return tuple(answers), wrong


def answered(booking: Booking, answers: Answers, at: Moment, code: str) -> tuple[Entry, ...]:
    """Somebody has evaluated the meeting and gets their certificate; once, however often they answer."""
    if not booking.owes_evaluation:
        return ()
    entry = at.entry_for(booking.reference, "evaluated", answers=[dict(answer) for answer in answers])
    return entry, at.entry_for(booking.reference, "certified", code=code)


def waived(
    booking: Booking, command: WaiveEvaluation, details: MeetingDetails, at: Moment, code: str
) -> tuple[Entry, ...]:
    """Staff give somebody the certificate without an evaluation: at once, or when the meeting is over."""
    who = {"role": "staff", "id": command.by.id}
    entry = at.entry_for(booking.reference, "evaluation_waived", reason=command.reason, by=who)
    if at.now < at.rules.ends_at(details):
        return (entry,)
    return entry, at.entry_for(booking.reference, "certified", code=code)


def not_to_be_waived(booking: Booking | None, details: MeetingDetails) -> Iterator[Reason]:
    """Why the evaluation cannot be waived."""
    if not details.evaluation:
        yield because(
            "no_evaluation", "This meeting asks for no feedback. Everybody who attended gets a certificate at the end."
        )
    elif booking is None or booking.attendance != "attended":
        words = "Only people who attended get a certificate. Record it first with `everyday bookings attendance`."
        yield because("not_attended", words)
    elif booking.certificate is not None:
        yield because("has_certificate", f"They already have a certificate: {booking.certificate}.")
    elif booking.is_forgotten:
        yield because("forgotten", "The names of this booking have been deleted, so there can be no certificate.")


def shown(bookings: Iterable[Booking]) -> list[Booking]:
    """Whose answers the host may see: the first five, ten, fifteen … people who answered."""
    who_answered = sorted(
        (each for each in bookings if each.answers), key=lambda each: (_said_at(each), each.reference)
    )
    return who_answered[: len(who_answered) // AT_LEAST * AT_LEAST]


def results(bookings: Iterable[Booking]) -> list[Results]:
    """What is shown, question by question, with the wording that people answered."""
    answers = [answer for booking in shown(bookings) for answer in booking.answers]
    found = []
    for ask in dict.fromkeys(answer["ask"] for answer in answers):
        given = [answer for answer in answers if answer["ask"] == ask]
        numbers = [answer["scale"] for answer in given if "scale" in answer]
        counts = {number: numbers.count(number) for number in map(int, SCALE)} if numbers else {}
        words = sorted((answer["words"] for answer in given if "words" in answer), key=str.casefold)
        found.append(Results(ask, counts, tuple(words)))
    return found


def page(details: MeetingDetails, bookings: Sequence[Booking]) -> Page:
    """The host's page: counts, and words without names."""
    came = sum(booking.attendance == "attended" for booking in bookings)
    count = sum(bool(booking.answers) for booking in bookings)
    lead = [f"{people(came)} attended; {people(count)} answered."]
    if count < AT_LEAST:
        lead.append(f"Answers are shown once {AT_LEAST} people have answered, so that nobody can be identified.")
    elif rest := count % AT_LEAST:
        lead.append(f"The first {count - rest} answers are shown. More are shown after {AT_LEAST - rest} more answers.")
    return Page(f"Feedback: {details.title}", tuple(lead), tuple(map(_section, results(bookings))))


def _plain(text: str) -> str:
    """What was typed, without control characters and characters that change the direction of text."""
    lines = text.replace("\r\n", "\n")
    return without("".join(each if each == "\n" or category(each) != "Cc" else " " for each in lines)).strip()


def _section(result: Results) -> Section:
    rows = tuple((str(number), people(count)) for number, count in result.counts.items())
    return Section(result.ask, result.words, rows)


def _said_at(booking: Booking) -> Any:
    return next(entry["at"] for entry in booking.history if entry["what"] == "evaluated")
