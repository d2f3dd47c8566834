"""A survey or consultation as a document: complete, consistent, and immutable once it is published. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import EmailStr, Field, model_validator

from services.surveys.questionnaire.branching import test_problem
from services.surveys.questionnaire.conditions import tests
from services.surveys.questionnaire.part import Language, Line, Part, Words
from services.surveys.questionnaire.questions import Multiple, Number, Question, Scale, twice
from services.surveys.questionnaire.window import Closes, Instant, Window
from shared.contracts.fields import ShortText
from shared.contracts.surveys import Group, Mode

_MOST_REMINDERS = 3
_LEAST = 5


class Contact(Part):
    """Whom to ask about the survey."""

    name: ShortText
    email: EmailStr


class Reminders(Part):
    """When those who have not answered are reminded, in days before the last day; at most three in all."""

    days_before: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (7, 3)
    last_call: Annotated[int, Field(ge=0, le=14)] | None = 1
    """The last one, which says that it is the last; no such call if this is empty."""

    @model_validator(mode="after")
    def _at_most_three(self) -> Self:
        if len(self.days_before) + (self.last_call is not None) > _MOST_REMINDERS:
            raise ValueError(f"at most {_MOST_REMINDERS} reminders, including the last one")
        if self.last_call is not None and any(days <= self.last_call for days in self.days_before):
            raise ValueError("the last reminder must come after the others. Give the others more days before the end")
        return self


class Consultation(Part):
    """What makes a survey a statutory consultation."""

    statutory: Annotated[tuple[Group, ...], Field(min_length=1)] = ("schools", "police")
    """Who has to be consulted by law."""
    law: Line
    least_working_days: Annotated[int, Field(ge=1, le=100)] = 10
    """Fewer working days than this give a warning."""
    standard_reply: Words
    """The reply to comments on what is fixed nationally."""


class Survey(Part):
    """A survey's document."""

    title: ShortText
    introduction: Words
    language: Language = "en"
    contact: Contact
    mode: Mode
    opens: Instant
    """A date (from its beginning) or a time, in London time."""
    closes: Closes
    grace_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    """How long an answer begun in time may still be finished after the close."""
    promise_minutes: Annotated[int, Field(ge=1, le=240)] | None = None
    """“No longer than so many minutes”: measured, and shown beside the results."""
    reminders: Reminders = Reminders()
    least_shown: Annotated[int, Field(ge=3, le=50)] | None = None
    """Counts of fewer people than this are not published; by default 5, or 1 if answers have names."""
    nothing_to_say: bool = True
    """Whether a nil return is offered."""
    layout: Literal["question_by_question", "one_page"] = "question_by_question"
    """How its pages ask: each question on a page of its own, or all of them on one."""
    consultation: Consultation | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=100)]

    @property
    def window(self) -> Window:
        return Window(self.opens, self.closes.instant, timedelta(minutes=self.grace_minutes))

    @property
    def least(self) -> int:
        """The smallest number of people that a published count may be about."""
        return self.least_shown or (1 if self.mode == "named" else _LEAST)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that any text is translated into, the survey's own first."""
        found = {language for question in self.questions for language in (*question.texts, *question.helps)}
        return (self.language, *sorted(found - {self.language}))

    def question(self, name: str) -> Any:
        """The question with an id, or None."""
        return next((question for question in self.questions if question.id == name), None)

    def asked(self, answers: Mapping[str, Any]) -> Iterator[Any]:
        """The questions asked given these answers, in order; answers to hidden ones do not count."""
        seen: dict[str, Any] = {}
        for question in self.questions:
            if question.is_asked(seen):
                if question.id in answers:
                    seen[question.id] = answers[question.id]
                yield question

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if self.closes.instant <= self.opens:
            yield "closes: the closing date must be after the opening date"
        earlier: dict[str, Any] = {}
        for number, question in enumerate(self.questions, start=1):
            where = f"question {number} “{question.id}”"
            if question.id in earlier:
                yield f"{where}: another question has this id. Give this one a different id"
            yield from (f"{where}: {problem}" for problem in _own_problems(question))
            if question.scope == "national" and self.consultation is None:
                yield f"{where}: scope: only a consultation can have questions of national scope. Add `consultation:`"
            for test in tests(question.when) if question.when is not None else ():
                problem = test_problem(test, question.id, earlier, {each.id for each in self.questions})
                if problem:
                    yield f"{where}: when: {problem}"
            earlier[question.id] = question


def _own_problems(question: Any) -> Iterator[str]:
    groups = {"options": getattr(question, "options", ()), "rows": getattr(question, "rows", ())}
    groups["columns"] = getattr(question, "columns", ())
    for name, options in groups.items():
        if again := twice(options):
            yield f"{name}: “{again}” is there twice. Give one of them another id"
    if isinstance(question, Multiple) and max(question.least, question.most or 1) > len(question.options):
        yield "least, most: there are fewer answers than that"
    if isinstance(question, Scale | Number) and question.least >= question.most:
        yield "least: it has to be less than most"
    if isinstance(question, Scale) and not set(question.labels) <= set(range(question.least, question.most + 1)):
        yield "labels: there is a label for a number that is not on the scale"


def canonical(survey: Survey) -> dict[str, Any]:
    """The document for storing and comparing: every field that differs from its default, as JSON."""
    return survey.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def sha256(survey: Survey) -> str:
    """The hash of the canonical document."""
    return hashlib.sha256(json.dumps(canonical(survey), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
