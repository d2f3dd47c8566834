"""Checks conditions against their questions: earlier ones only, so that there are no cycles. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from services.surveys.questionnaire.conditions import Test
from services.surveys.questionnaire.questions import Multiple, WrongAnswer

_ORDERED = ("number", "scale", "date")
_NOT_COMPARED = ("multiple", "matrix", "text")


def test_problem(test: Test, asking: str, earlier: Mapping[str, Any], known: Collection[str]) -> str | None:
    """What is wrong with a test in a question's condition, and how to fix it."""
    about = earlier.get(test.question)
    if about is not None:
        return _unfit(test, about) or _no_value(test, about)
    if test.question == asking:
        return "a question cannot depend on its own answer"
    if test.question in known:
        return f"“{test.question}” comes later: a condition asks of earlier questions only"
    return f"there is no question “{test.question}”"


def _unfit(test: Test, about: Any) -> str | None:
    """Why this kind of test does not work for this kind of question."""
    if test.test == "includes" and not isinstance(about, Multiple):
        return f"includes: “{about.id}” takes one answer: use equals or one_of"
    if test.test in ("more_than", "less_than") and about.type not in _ORDERED:
        return f"{test.test}: “{about.id}” is no number, scale or date"
    if test.test in ("equals", "one_of") and about.type in _NOT_COMPARED:
        instead = "includes" if about.type == "multiple" else "answered"
        return f"{test.test}: “{about.id}” is a {about.type} question; use {instead}"
    return None


def _no_value(test: Test, about: Any) -> str | None:
    """Why the value of a test can never be an answer to its question."""
    values: Any = {"answered": (), "one_of": test.one_of, "includes": ([test.includes],)}.get(
        test.test, (getattr(test, test.test),)
    )
    for value in values:
        try:
            about.read(value, complete=False)
        except WrongAnswer as error:
            return f"{test.test}: this is no answer to “{about.id}”: {error}"
    return None
