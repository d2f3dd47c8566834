"""School days: from the calendar that a school publishes, else from the authority's term dates. Pure."""

import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from services.surveys.questionnaire.part import Line, Part
from shared.time.working_days import is_working_day, why_no_working_day


class TermsInvalid(ValueError):
    """A file of term dates that cannot be used; the text names the fix."""


class Term(Part):
    """Half of a school term, both days included."""

    name: Line
    first: date
    last: date

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.last < self.first:
            raise ValueError("last: must not be before first")
        return self


class Terms(Part):
    """An authority's term dates. Between two of them it is half term or holiday; outside them nothing is known."""

    authority: Line
    source: Line
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        firsts = [term.first for term in self.terms]
        if any(before.last >= after.first for before, after in zip(self.terms, self.terms[1:], strict=False)):
            raise ValueError(f"terms: give them in order, without overlap; the first is {min(firsts)}")
        return self

    def is_school_day(self, day: date) -> bool:
        """A working day within a term; every working day where no term dates are known."""
        return is_working_day(day) and self.why_no_school(day) is None

    def why_no_school(self, day: date) -> str | None:
        """Why there is no school on a day, in a word; None if there is, or if nothing is known about that day."""
        if why := why_no_working_day(day):
            return why
        place = bisect_right(self.terms, day, key=lambda term: term.first) - 1
        if place < 0 or day <= self.terms[place].last or place == len(self.terms) - 1:
            return None
        return "half term" if (self.terms[place + 1].first - self.terms[place].last).days < 12 else "school holiday"


@dataclass(frozen=True)
class Published:
    """A calendar as a school published it: Monday to Friday from first to last, minus the days it is closed."""

    first: date
    last: date
    closed: frozenset[date]


@dataclass(frozen=True)
class SchoolDays:
    """On which days a school is open. For each date its latest calendar decides; without one, the term dates."""

    terms: Terms
    calendars: tuple[Published, ...] = ()
    """The latest comes last."""

    def includes(self, day: date) -> bool:
        for calendar in reversed(self.calendars):
            if calendar.first <= day <= calendar.last:
                return day.weekday() < 5 and day not in calendar.closed and is_working_day(day)
        return self.terms.is_school_day(day)


def read_terms(text: str, name: str) -> Terms:
    """Read a file of term dates (TOML); raises TermsInvalid."""
    try:
        return Terms.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TermsInvalid(f"{name}: this is not TOML: {error}") from None
    except ValidationError as error:
        problems: Sequence[str] = [
            f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False)
        ]
        raise TermsInvalid("\n".join(problems)) from None
