"""Answers checked against a survey: read, completed, without hidden questions; or every problem, by question. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.questions import WrongAnswer


@dataclass(frozen=True)
class Problem:
    """What is wrong with one answer, and how to fix it. It never repeats the answer."""

    question: str
    words: str


@dataclass(frozen=True)
class Checked:
    """Answers in the form for storing, and what is wrong with those given."""

    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]

    @property
    def words(self) -> str:
        return "; ".join(problem.words for problem in self.problems)


def check(survey: Survey, given: Mapping[str, Any], *, finished: bool, entered: bool = False) -> Checked:
    """Read answers. Finished ones lose answers to hidden questions, and must have the required ones.

    Unfinished ones keep everything valid, hidden questions too: they may be asked again before sending.
    An answer that staff enter from a letter may leave questions open, wholly or in part: nobody can ask a letter.
    """
    problems = [
        Problem(name, f"there is no question “{_shown(name)}” in this version of the survey")
        for name in given
        if survey.question(name) is None
    ]
    kept: dict[str, Any] = {}
    for number, question in enumerate(survey.questions, start=1):
        if finished and not question.is_asked(kept):
            continue
        typed = given.get(question.id)
        try:
            value = None if typed in (None, "") else question.read(typed, complete=finished and not entered)
        except WrongAnswer as error:
            problems.append(_problem(number, question, str(error)))
            value = error.good
        else:
            if value is None and finished and question.required and not entered:
                problems.append(_problem(number, question, "please answer this question"))
        if value is not None:
            kept[question.id] = value
    return Checked(kept, tuple(problems))


def _problem(number: int, question: Any, words: str) -> Problem:
    return Problem(question.id, f"question {number} “{question.id}”: {words}")


def _shown(name: str) -> str:
    return name if name.isidentifier() and name.isascii() and len(name) <= 40 else "…"
