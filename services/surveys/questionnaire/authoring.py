"""Reads a survey's document from plain data; or names every problem, with the question, the field and the fix. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from services.surveys.questionnaire.conditions import Test
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.parsing import Unreadable, check_depth


class SurveyInvalid(ValueError):
    """A document that cannot be published. The text names every problem: the question, the field and the fix."""


def read_survey(data: Mapping[str, Any]) -> Survey:
    """A document from plain data; the values in conditions are read as their questions read answers.

    Raises:
        SurveyInvalid: every problem, with the question and the fix.
    """
    try:
        check_depth(dict(data))
        return _typed(Survey.model_validate(dict(data)))
    except Unreadable as error:
        raise SurveyInvalid(str(error)) from None
    except ValidationError as error:
        raise SurveyInvalid("\n".join(_problem_lines(error, data))) from None


def _typed(survey: Survey) -> Survey:
    """The same document with each condition's value in the form of its question's answers."""
    questions = tuple(
        question
        if question.when is None
        else question.model_copy(update={"when": _typed_condition(question.when, survey)})
        for question in survey.questions
    )
    return survey.model_copy(update={"questions": questions})


def _typed_condition(condition: Any, survey: Survey) -> Any:
    if isinstance(condition, Test):
        read = survey.question(condition.question).read
        if condition.test == "one_of":
            return condition.model_copy(update={"one_of": tuple(read(value) for value in condition.one_of or ())})
        if condition.test in ("equals", "more_than", "less_than"):
            return condition.model_copy(update={condition.test: read(getattr(condition, condition.test))})
        return condition
    name = next(iter(type(condition).model_fields))
    inner = getattr(condition, name)
    typed = tuple(_typed_condition(each, survey) for each in inner) if isinstance(inner, tuple) else None
    return condition.model_copy(update={name: typed if typed is not None else _typed_condition(inner, survey)})


_FIXES = {
    "missing": "is missing: add it",
    "extra_forbidden": "there is no such field: look for a typing mistake",
    "union_tag_not_found": "say its type: single, multiple, scale, text, number, date, yes_no or matrix",
    "union_tag_invalid": "its type is one of single, multiple, scale, text, number, date, yes_no and matrix",
}


def _problem_lines(error: ValidationError, data: Mapping[str, Any]) -> Iterator[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    deeper = {each["loc"][: len(each["loc"]) - depth] for each in found for depth in range(1, len(each["loc"]) + 1)}
    for each in found:
        if each["type"] == "too_short" and each["loc"] in deeper:
            continue  # its parts were wrong, so it seemed to have none
        words = _FIXES.get(each["type"], each["msg"].removeprefix("Value error, "))
        where = _where(each["loc"], data)
        for line in words.split("\n"):
            yield f"{where}: {line}" if where else line


def _where(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> str:
    """Where a problem is, as people count: question 4 “confidence”: options."""
    if len(loc) < 2 or loc[0] != "questions" or not isinstance(loc[1], int):
        return ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in loc)
    questions = data.get("questions")
    question = questions[loc[1]] if isinstance(questions, list | tuple) and loc[1] < len(questions) else None
    name = question.get("id") if isinstance(question, Mapping) else None
    rest = loc[3:]  # the question's type comes in between
    field = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in rest)
    return f"question {loc[1] + 1}" + (f" “{name}”" if isinstance(name, str) else "") + (f": {field}" if field else "")
