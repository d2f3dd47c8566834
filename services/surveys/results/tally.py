"""Counts answers in one pass: each question's answers, in all and by district, phase and kind of respondent. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.surveys.questionnaire.document import Survey

DIMENSIONS = ("district", "phase", "who")
NOT_KNOWN = "not known"
NO_ANSWER = ("no_answer", "no answer")


@dataclass(frozen=True)
class Answer:
    """One finished answer for counting. None means unknown, or withheld for an anonymous answer."""

    edition: int
    answers: Mapping[str, Any]
    nothing_to_say: bool
    minutes: int | None
    district: str | None
    phase: str | None
    who: str | None

    def group(self, dimension: str) -> str:
        return str(getattr(self, dimension) or NOT_KNOWN)


@dataclass(frozen=True)
class Item:
    """Something to which every respondent gives exactly one column: a question, or one of its rows or choices."""

    key: str
    title: str
    columns: tuple[tuple[str, str], ...]
    editions: tuple[int, ...]
    """The survey's versions that asked it in these words."""

    def column(self, answers: Mapping[str, Any]) -> str:
        """The column for somebody's answers."""
        question, _, part = self.key.partition("/")
        value = answers.get(question.split("@")[0])
        if value is None:
            return NO_ANSWER[0]
        if isinstance(value, dict):
            return str(value.get(part, NO_ANSWER[0]))
        if isinstance(value, list):
            return "chosen" if part in value else NO_ANSWER[0]
        if self.columns[0][0] == "given":
            return "given"
        return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Tally:
    """Counts, growing answer by answer: how many respondents are in each group, and in each column of each item."""

    items: tuple[Item, ...]
    respondents: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """By dimension and group; `all`, `all` is everybody."""
    counts: dict[tuple[str, str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    """By item, dimension and group: respondents in each column."""
    numbers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    minutes: list[int] = field(default_factory=list)
    nothing_to_say: int = 0

    @property
    def total(self) -> int:
        return self.respondents["all"]["all"]

    def add(self, answer: Answer) -> None:
        groups = [("all", "all"), *((dimension, answer.group(dimension)) for dimension in DIMENSIONS)]
        for dimension, group in groups:
            self.respondents[dimension][group] += 1
        for item in self.items:
            asked = answer.edition in item.editions
            column = item.column(answer.answers) if asked else NO_ANSWER[0]
            for dimension, group in groups:
                self.counts[item.key, dimension, group][column] += 1
        for name, value in answer.answers.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                self.numbers[name].append(value)
        if answer.minutes is not None:
            self.minutes.append(answer.minutes)
        self.nothing_to_say += answer.nothing_to_say

    def row(self, item: Item, dimension: str, group: str) -> list[int]:
        counts = self.counts[item.key, dimension, group]
        return [counts[name] for name, _ in item.columns]


def items_of(surveys: Mapping[int, Survey]) -> tuple[Item, ...]:
    """What to count over a survey's versions. A question whose words changed is a separate item."""
    found: dict[str, Item] = {}
    wordings: dict[str, list[Any]] = defaultdict(list)
    for number, survey in sorted(surveys.items()):
        for question in survey.questions:
            same = [each for each in wordings[question.id] if _words(each) == _words(question)]
            place = wordings[question.id].index(same[0]) if same else len(wordings[question.id])
            if not same:
                wordings[question.id].append(question)
            key = question.id if place == 0 else f"{question.id}@{place + 1}"
            for part, title, columns in _parts(question):
                name = f"{key}/{part}" if part else key
                editions = (*found[name].editions, number) if name in found else (number,)
                last = (NO_ANSWER[0], "not chosen") if question.type == "multiple" else NO_ANSWER
                found[name] = Item(name, title, (*columns, last), editions)
    return tuple(found.values())


def _words(question: Any) -> Any:
    return question.model_dump(include={"type", "text", "options", "rows", "columns", "least", "most", "labels"})


def _parts(question: Any) -> Iterable[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The items of a question: part, title and columns (without the one for no answer)."""
    kind = question.type
    if kind == "single":
        yield "", question.text, tuple((option.id, option.text) for option in question.options)
    elif kind == "yes_no":
        yield "", question.text, (("true", "yes"), ("false", "no"))
    elif kind == "scale":
        places = range(question.least, question.most + 1)
        labels = {place: f"{place} ({question.labels[place]})" for place in question.labels}
        yield "", question.text, tuple((str(place), labels.get(place, str(place))) for place in places)
    elif kind == "multiple":
        for option in question.options:
            yield option.id, f"{question.text} – {option.text}", (("chosen", "chosen"),)
    elif kind == "matrix":
        for row in question.rows:
            yield row.id, f"{question.text} – {row.text}", tuple((each.id, each.text) for each in question.columns)
    else:
        yield "", question.text, (("given", "answered"),)
