"""Answers held against a survey: read, completed, freed of what was hidden; or every problem, by question. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.surveys.document import Survey
from services.surveys.questions import WrongAnswer


@dataclass(frozen=True)
class Problem:
    """What is wrong with one answer, and how to mend it. It never repeats the answer."""

    question: str
    words: str


@dataclass(frozen=True)
class Checked:
    """Answers as they are kept, and what is wrong with those that were given."""

    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]

    @property
    def words(self) -> str:
        return "; ".join(problem.words for problem in self.problems)


def check(survey: Survey, given: Mapping[str, Any], *, finished: bool, entered: bool = False) -> Checked:
    """Read answers. Finished ones lose what is hidden, and must have what is required where it is asked.

    What a member of staff enters from a letter may leave required questions open: a letter cannot be asked.
    """
    problems = [
        Problem(name, f"there is no question “{_shown(name)}” in this version of the survey")
        for name in given
        if survey.question(name) is None
    ]
    read: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    for number, question in enumerate(survey.questions, start=1):
        numbers[question.id] = number
        if given.get(question.id) in (None, ""):
            continue
        try:
            value = question.read(given[question.id])
        except WrongAnswer as error:
            problems.append(_problem(number, question, str(error)))
        else:
            if value is not None:
                read[question.id] = value
    if not finished:
        return Checked(read, tuple(problems))
    asked = list(survey.asked(read))
    unread = {problem.question for problem in problems}
    for question in asked:
        if question.required and question.id not in read and question.id not in unread and not entered:
            problems.append(_problem(numbers[question.id], question, "this has to be answered"))
    visible = {question.id for question in asked}
    order = {name: place for place, name in enumerate(numbers)}
    told = sorted((each for each in problems), key=lambda each: order.get(each.question, -1))
    return Checked({name: value for name, value in read.items() if name in visible}, tuple(told))


def _problem(number: int, question: Any, words: str) -> Problem:
    return Problem(question.id, f"question {number} “{question.id}”: {words}")


def _shown(name: str) -> str:
    return name if name.isidentifier() and name.isascii() and len(name) <= 40 else "…"
