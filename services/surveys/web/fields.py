"""Answers as a form's fields: what was typed, read as an answer or refused with what would be one.

Only this module decides what a field is called and contains; templates write it, a post brings it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.surveys.questionnaire.questions import WrongAnswer
from shared.time.clock import in_words
from shared.web.forms import Form
from shared.writing.characters import is_number

PARTS = ("day", "month", "year")
_LONGEST_PART = 20  # characters of a day's part, far more than one has


@dataclass(frozen=True)
class Typed:
    """A form as read: good answers, what was typed, and by field what is wrong with it."""

    answers: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """What has to be answered before it is sent, and may be left for later."""


def name(question: Any) -> str:
    """What a question's field is called: never like a field of the page's own."""
    return f"q-{question.id}"


def first_field(question: Any) -> str:
    """Where an error about a question leads to."""
    if question.type == "date":
        return f"{name(question)}-day"
    return f"{name(question)}-{question.rows[0].id}" if question.type == "matrix" else name(question)


def read(questions: Iterable[Any], form: Form) -> Typed:
    """What was typed for these questions."""
    typed = Typed()
    for question in questions:
        raw = typed.raw[question.id] = _raw(question, form)
        value: Any = None
        try:
            value = question.read(_said(question, raw)) if raw else None
        except WrongAnswer as error:
            typed.errors[first_field(question)] = f"“{question.text}”: {_words(question, str(error))}"
            value = error.good
        else:
            if value is None and question.required:
                typed.missing[first_field(question)] = f"Answer the question “{question.text}”"
        if value is not None:
            typed.answers[question.id] = value
    return typed


def shown(question: Any, value: Any) -> Any:
    """A kept answer as the form shows it."""
    if value is None:
        return {} if question.type in ("date", "matrix") else [] if question.type == "multiple" else ""
    if question.type == "date":
        day = date.fromisoformat(value)
        return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
    if question.type == "yes_no":
        return "yes" if value else "no"
    return value if question.type in ("multiple", "matrix") else str(value)


def _raw(question: Any, form: Form) -> Any:
    """What is in a question's fields; false if they are empty."""
    at = name(question)
    if question.type == "multiple":
        return form.all(at)
    if question.type == "matrix":
        return {row.id: said for row in question.rows if (said := form.one(f"{at}-{row.id}"))}
    if question.type == "date":
        parts = {part: form.one(f"{at}-{part}").strip()[:_LONGEST_PART] for part in PARTS}
        return parts if any(parts.values()) else {}
    return form.one(at) if form.one(at).strip() else ""


def _said(question: Any, raw: Any) -> Any:
    """What was typed as the question reads it."""
    if question.type != "date":
        return raw
    parts = [raw[part] for part in PARTS]
    if not all(map(is_number, parts)):
        return ""
    day, month, year = (each.lstrip("0") for each in parts)
    return f"{year:0>4}-{month:0>2}-{day:0>2}"


def _words(question: Any, words: str) -> str:
    """What would be an answer, in words that help somebody at a form."""
    if question.type in ("single", "scale", "yes_no"):
        return "choose one of the answers"
    if question.type != "date":
        return words
    if "from" not in words and " to " not in words:
        return "enter a real date, such as 17 5 2024"
    bounds = [f"from {in_words(question.earliest)}"] if question.earliest else []
    bounds += [f"to {in_words(question.latest)}"] if question.latest else []
    return f"enter a date {' '.join(bounds)}"


def again(raw: Mapping[str, Any], answers: Mapping[str, Any], questions: Iterable[Any]) -> dict[str, Any]:
    """What each question's fields show: what was just typed, else what is kept."""
    return {each.id: raw[each.id] if each.id in raw else shown(each, answers.get(each.id)) for each in questions}
