"""The kinds of question, and what each takes for an answer. Answers are plain JSON values. Pure."""

import math
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from services.surveys.conditions import Condition
from services.surveys.part import Id, Language, Line, Option, Worded, Words

Options = Annotated[tuple[Option, ...], Field(min_length=2, max_length=60)]
Whole = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]


class WrongAnswer(ValueError):
    """This is no answer to the question. The text says what would be one, and never repeats what was given."""


class _Question(Worded):
    """What every question has. `scope` says of a consultation whether anything here can be changed."""

    id: Id
    help: Words | None = None
    helps: Annotated[dict[Language, Words], Field(max_length=40, default_factory=dict)]
    required: bool = False
    when: Condition | None = None
    """Asked only where this holds of earlier answers; else the question is hidden and its answer dropped."""
    scope: Literal["local", "national"] | None = None
    standard_reply: Words | None = None
    """What is answered to comments on what is fixed nationally."""

    def read(self, value: Any) -> Any:
        """The answer as it is kept; raises WrongAnswer."""
        raise NotImplementedError


class Single(_Question):
    """One answer of several."""

    type: Literal["single"]
    options: Options

    def read(self, value: Any) -> Any:
        return _chosen(value, self.options)


class Multiple(_Question):
    """As many answers as apply."""

    type: Literal["multiple"]
    options: Options
    least: Annotated[int, Field(ge=0)] = 0
    most: Annotated[int, Field(ge=1)] | None = None

    def read(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise WrongAnswer("give a list of the answers that apply")
        chosen = {_chosen(each, self.options) for each in value}
        if len(chosen) < self.least:
            raise WrongAnswer(f"choose at least {self.least}")
        if self.most is not None and len(chosen) > self.most:
            raise WrongAnswer(f"choose at most {self.most}")
        return [option.id for option in self.options if option.id in chosen] or None


class Scale(_Question):
    """A place on a scale, both ends included."""

    type: Literal["scale"]
    least: Annotated[int, Field(ge=0, le=1)] = 1
    most: Annotated[int, Field(ge=2, le=10)] = 5
    labels: Annotated[dict[int, Line], Field(default_factory=dict)]

    def read(self, value: Any) -> Any:
        number = _number(value)
        if number not in range(self.least, self.most + 1):
            raise WrongAnswer(f"choose a whole number from {self.least} to {self.most}")
        return int(number)


class FreeText(_Question):
    """An answer in the respondent's own words; a whole letter where `longest` allows it."""

    type: Literal["text"]
    longest: Annotated[int, Field(ge=1, le=20_000)] = 4000
    """Characters."""

    def read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise WrongAnswer("write text")
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if len(text) > self.longest:
            raise WrongAnswer(f"write at most {self.longest} characters; this has {len(text)}")
        if any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\t" for each in text):
            raise WrongAnswer("leave out characters that cannot be shown")
        return text or None


class Number(_Question):
    """A number, with its bounds included."""

    type: Literal["number"]
    least: Whole = 0
    most: Whole = 1_000_000_000
    whole: bool = True
    unit: Line | None = None

    def read(self, value: Any) -> Any:
        number = _number(value)
        if self.whole and number != int(number):
            raise WrongAnswer("write a whole number")
        if not self.least <= number <= self.most:
            raise WrongAnswer(f"write a number from {self.least} to {self.most}")
        return int(number) if number == int(number) else number


class Day(_Question):
    """A date, with its bounds included."""

    type: Literal["date"]
    earliest: date | None = None
    latest: date | None = None

    def read(self, value: Any) -> Any:
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            raise WrongAnswer("write a date as 2024-05-17") from None
        if (self.earliest and day < self.earliest) or (self.latest and day > self.latest):
            bounds = [f"from {self.earliest}"] if self.earliest else []
            bounds += [f"to {self.latest}"] if self.latest else []
            raise WrongAnswer(f"write a date {' '.join(bounds)}")
        return day.isoformat()


class YesNo(_Question):
    """Yes or no."""

    type: Literal["yes_no"]

    def read(self, value: Any) -> Any:
        plain = value.strip().lower() if isinstance(value, str) else value
        if plain in {"yes", "true"} or plain is True:
            return True
        if plain in {"no", "false"} or plain is False:
            return False
        raise WrongAnswer("answer yes or no")


class Matrix(_Question):
    """The same choice for several things: one answer of the columns for each row. Rows may be left out."""

    type: Literal["matrix"]
    rows: Annotated[tuple[Option, ...], Field(min_length=1, max_length=40)]
    columns: Options
    every_row: bool = False

    def read(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise WrongAnswer("give one answer for each row, by the row's id")
        known = {row.id for row in self.rows}
        if not set(value) <= known:
            raise WrongAnswer(f"there is no such row: the rows are {', '.join(sorted(known))}")
        chosen = {row.id: _chosen(value[row.id], self.columns) for row in self.rows if value.get(row.id) is not None}
        if chosen and self.every_row and len(chosen) < len(self.rows):
            missing = ", ".join(row.text for row in self.rows if row.id not in chosen)
            raise WrongAnswer(f"answer every row; these are missing: {missing}")
        return chosen or None


Question = Annotated[
    Single | Multiple | Scale | FreeText | Number | Day | YesNo | Matrix,
    Field(discriminator="type"),
]


def twice(options: tuple[Option, ...]) -> str | None:
    """The id that two options share, if two do."""
    ids = [option.id for option in options]
    return next((each for each in ids if ids.count(each) > 1), None)


def _chosen(value: Any, options: tuple[Option, ...]) -> str:
    if not isinstance(value, str) or value not in {option.id for option in options}:
        raise WrongAnswer(f"choose one of {', '.join(option.id for option in options)}")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongAnswer("write a number")
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        raise WrongAnswer("write a number, such as 12") from None
    if not math.isfinite(number) or abs(number) > 1e12:
        raise WrongAnswer("write a number, such as 12")
    return number
