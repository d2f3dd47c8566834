"""The steps in which a survey asks: what is on each page, what comes next, what is no longer asked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.surveys.questionnaire.document import Survey

ALL = "all"
"""The only step of a survey on one page; no question has this name for its step, as there are no others."""


@dataclass(frozen=True)
class Step:
    """What is asked together; its key is the question's id if it is a single question."""

    key: str
    questions: tuple[Any, ...]


def steps(survey: Survey, answers: Mapping[str, Any]) -> tuple[Step, ...]:
    """Every step, given these answers, in order; never none, as the first question is always asked."""
    asked = tuple(survey.asked(answers))
    if survey.layout == "one_page":
        return (Step(ALL, asked),)
    return tuple(Step(question.id, (question,)) for question in asked)


def step_of(survey: Survey, answers: Mapping[str, Any], key: str) -> Step | None:
    """A step by its key; None if it is not asked now."""
    return next((step for step in steps(survey, answers) if step.key == key), None)


def after(survey: Survey, answers: Mapping[str, Any], key: str) -> Step | None:
    """The step that comes next; None after the last."""
    return _neighbour(survey, answers, key, 1)


def before(survey: Survey, answers: Mapping[str, Any], key: str) -> Step | None:
    """The step that came before; None at the first."""
    return _neighbour(survey, answers, key, -1)


def next_open(survey: Survey, answers: Mapping[str, Any]) -> Step | None:
    """The first step without an answer: people who come back continue there. None if all have one."""
    return next(
        (step for step in steps(survey, answers) if not any(each.id in answers for each in step.questions)), None
    )


def dropped(survey: Survey, answers: Mapping[str, Any]) -> tuple[Any, ...]:
    """Questions that were answered and are asked no longer, because of other answers: they will not be sent."""
    asked = {question.id for question in survey.asked(answers)}
    return tuple(each for each in survey.questions if each.id in answers and each.id not in asked)


def _neighbour(survey: Survey, answers: Mapping[str, Any], key: str, way: int) -> Step | None:
    """Among the questions of the survey, so that it is found too where the step itself is asked no longer."""
    order = [question.id for question in survey.questions]
    if survey.layout == "one_page" or key not in order:
        return None
    at = order.index(key)
    found = steps(survey, answers)
    beyond = [step for step in found if (order.index(step.key) - at) * way > 0]
    return (beyond[0] if way > 0 else beyond[-1]) if beyond else None
