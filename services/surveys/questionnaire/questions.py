"""The kinds of question, and what each accepts as an answer. Answers are plain JSON values. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from services.surveys.questionnaire.conditions import Condition, holds
from services.surveys.questionnaire.part import Id, Language, Line, Option, Worded, Words

Options = Annotated[tuple[Option, ...], Field(min_length=2, max_length=60)]
Whole = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]

_LARGEST = 10**12
_WRITTEN = re.compile(r"[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)")
_NEW_LINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


class WrongAnswer(ValueError):
    """This is not an answer to the question. The text says what would be one, and never repeats what was given.

    `good` is the part that is an answer anyway, such as the other rows of a grid.
    """

    def __init__(self, words: str, good: Any = None) -> None:
        super().__init__(words)
        self.good = good


class _Question(Worded):
    """What every question has. In a consultation, `scope` says whether anything here can be changed."""

    id: Id
    help: Words | None = None
    helps: Annotated[dict[Language, Words], Field(max_length=40, default_factory=dict)]
    required: bool = False
    when: Condition | None = None
    """Asked only if this holds for earlier answers; else the question is hidden and its answer dropped."""
    scope: Literal["local", "national"] | None = None
    standard_reply: Words | None = None
    """The reply to comments on what is fixed nationally."""

    def is_asked(self, earlier: Mapping[str, Any]) -> bool:
        """Whether it is asked, given the answers to earlier questions that were asked."""
        return self.when is None or holds(self.when, earlier)

    def read(self, value: Any, *, complete: bool = True) -> Any:
        """The answer for storing, None for none; raises WrongAnswer. One that is not `complete` may lack parts."""
        raise NotImplementedError


class Single(_Question):
    """One answer out of several."""

    type: Literal["single"]
    options: Options

    def read(self, value: Any, *, complete: bool = True) -> Any:
        return _chosen(value, self.options)


class Multiple(_Question):
    """As many answers as apply."""

    type: Literal["multiple"]
    options: Options
    least: Annotated[int, Field(ge=0)] = 0
    most: Annotated[int, Field(ge=1)] | None = None

    def read(self, value: Any, *, complete: bool = True) -> Any:
        if not isinstance(value, list | tuple):
            raise WrongAnswer("give a list of the answers that apply")
        chosen = [option.id for option in self.options if option.id in value] or None
        count = len(chosen or ())
        if self.most is not None and count > self.most:
            raise WrongAnswer(f"choose at most {self.most}")
        if any(each not in (chosen or ()) for each in value):
            raise WrongAnswer(f"choose one of {_ids(self.options)}", chosen)
        if complete and count < self.least:
            raise WrongAnswer(f"choose at least {self.least}", chosen)
        return chosen


class Scale(_Question):
    """A place on a scale, both ends included."""

    type: Literal["scale"]
    least: Annotated[int, Field(ge=0, le=1)] = 1
    most: Annotated[int, Field(ge=2, le=10)] = 5
    labels: Annotated[dict[int, Line], Field(default_factory=dict)]

    def read(self, value: Any, *, complete: bool = True) -> Any:
        number = _number(value)
        if number not in range(self.least, self.most + 1):
            raise WrongAnswer(f"choose a whole number from {self.least} to {self.most}")
        return int(number)


class FreeText(_Question):
    """An answer in the respondent's own words; a whole letter where `longest` allows it."""

    type: Literal["text"]
    longest: Annotated[int, Field(ge=1, le=20_000)] = 4000
    """Characters."""

    def read(self, value: Any, *, complete: bool = True) -> Any:
        if not isinstance(value, str):
            raise WrongAnswer("write text")
        text = _shown(value).strip()
        if len(text) > self.longest:
            raise WrongAnswer(f"write at most {self.longest} characters; this has {len(text)}")
        return text or None


class Number(_Question):
    """A number, with its bounds included."""

    type: Literal["number"]
    least: Whole = 0
    most: Whole = 1_000_000_000
    whole: bool = True
    unit: Line | None = None

    def read(self, value: Any, *, complete: bool = True) -> Any:
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

    def read(self, value: Any, *, complete: bool = True) -> Any:
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

    def read(self, value: Any, *, complete: bool = True) -> Any:
        plain = value.strip().lower() if isinstance(value, str) else value
        if plain is True or plain in ("yes", "true"):
            return True
        if plain is False or plain in ("no", "false"):
            return False
        raise WrongAnswer("answer yes or no")


class Matrix(_Question):
    """The same choice for several things: one answer of the columns for each row. Rows may be left out."""

    type: Literal["matrix"]
    rows: Annotated[tuple[Option, ...], Field(min_length=1, max_length=40)]
    columns: Options
    every_row: bool = False

    def read(self, value: Any, *, complete: bool = True) -> Any:
        if not isinstance(value, Mapping):
            raise WrongAnswer("give one answer for each row, by the row's id")
        given = [row for row in self.rows if value.get(row.id) not in (None, "")]
        columns = [column.id for column in self.columns]
        chosen = {row.id: value[row.id] for row in given if value[row.id] in columns} or None
        if not set(value) <= {row.id for row in self.rows}:
            raise WrongAnswer(f"there is no such row: the rows are {_ids(self.rows)}", chosen)
        if wrong := [row.text for row in given if row.id not in (chosen or ())]:
            raise WrongAnswer(f"choose one of {_ids(self.columns)} for {', '.join(wrong)}", chosen)
        missing = [row.text for row in self.rows if row.id not in (chosen or ())]
        if complete and self.every_row and chosen and missing:
            raise WrongAnswer(f"answer every row; these are missing: {', '.join(missing)}", chosen)
        return chosen


Question = Annotated[
    Single | Multiple | Scale | FreeText | Number | Day | YesNo | Matrix,
    Field(discriminator="type"),
]


def twice(options: tuple[Option, ...]) -> str | None:
    """An id that two options share, if any."""
    ids = [option.id for option in options]
    return next((each for each in ids if ids.count(each) > 1), None)


def _chosen(value: Any, options: tuple[Option, ...]) -> str:
    if not isinstance(value, str) or value not in {option.id for option in options}:
        raise WrongAnswer(f"choose one of {_ids(options)}")
    return value


def _ids(options: tuple[Option, ...]) -> str:
    return ", ".join(option.id for option in options)


def _shown(pasted: str) -> str:
    """Pasted text without invisible characters, and with other programs' line breaks as ours."""
    lines = _NEW_LINE.sub("\n", pasted)
    kept = (each for each in lines if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept))


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongAnswer("write a number")
    if isinstance(value, str) and not _WRITTEN.fullmatch(value.strip()):  # float takes 1_2 and digits of any script
        raise WrongAnswer("write a number, such as 12")
    number = float(value) if isinstance(value, str) else value
    if not abs(number) <= _LARGEST:  # this also refuses NaN
        raise WrongAnswer("write a number, such as 12")
    return number
