"""What decides whether a child had to attend a session: school age, and which rolls they were on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType

from services.notices.attendance.school_age import begins_on, ends_on
from shared.contracts.mis import PupilUpdated
from shared.contracts.untidy import Untidy
from shared.time.clock import in_words

_A_YEAR = timedelta(days=366)
_POSSIBLE = {"date_of_birth": (30, 0), "on_roll_from": (30, 20), "left_on": (30, 20)}
"""How many years before and after today such a date can plausibly lie."""


@dataclass(frozen=True)
class Stay:
    """On one school's roll from a day to another, both included; None where the school has not said it."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Child:
    """What schools have said of a pupil, as far as it decides which sessions count.

    A school that has never had them on its roll does not count; for the others, an unknown date excludes no session.
    """

    urn: str | None = None
    """The school whose roll they are on now."""
    born: date | None = None
    stays: Mapping[str, tuple[Stay, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By school, oldest first."""

    def outside_school_age(self, day: date) -> str | None:
        """Why a session on this day is outside compulsory school age, or None."""
        if self._school_age is None:
            return None
        begins, ends = self._school_age
        if day < begins:
            return f"before compulsory school age, which begins on {in_words(begins)}"
        return f"after compulsory school age, which ended on {in_words(ends)}" if day > ends else None

    @cached_property
    def _school_age(self) -> tuple[date, date] | None:
        return (begins_on(self.born), ends_on(self.born)) if self.born else None

    def was_ever_at(self, urn: str) -> bool:
        """Whether this school's record of the pupil is known: they are, or once were, on its roll."""
        return urn == self.urn or urn in self.stays

    def off_roll(self, urn: str, day: date) -> str | None:
        """Why the child was not on this school's roll on this day, or None."""
        stays = self.stays.get(urn, ())
        if not stays or any(_within(stay, day) for stay in stays):
            return None
        begun = [stay for stay in stays if stay.first is None or stay.first <= day]
        if begun and (left := begun[-1].last):
            return f"after the pupil left this school on {in_words(left)}"
        came = stays[0].first
        return f"before the pupil was on this school's roll, from {in_words(came)}" if came else None


UNKNOWN = Child()
"""A pupil whom no school has told us about."""


def stays(words: Iterable[Stay]) -> tuple[Stay, ...]:
    """A pupil's stays at a school, from what the school told us, oldest word first.

    A later word corrects the last stay; it begins a new one where the pupil came back after the day they had left.
    """
    found: list[Stay] = []
    for each in words:
        came_back = found and found[-1].last and each.first and each.first > found[-1].last
        found = [*found, each] if came_back else [*found[:-1], each]
    return tuple(found)


def _within(stay: Stay, day: date) -> bool:
    return (stay.first is None or stay.first <= day) and (stay.last is None or day <= stay.last)


def of_possible_days(event: PupilUpdated, today: date) -> PupilUpdated:
    """The record without days that cannot be true: where a field is empty, systems send 0001-01-01 or 9999-12-31.

    An unknown date excludes no session and blocks issue; a child born in the year 1 would be past any school age.
    """
    days = {name: getattr(event, name) for name in _POSSIBLE}
    wrong = [
        name
        for name, (before, after) in _POSSIBLE.items()
        if days[name] is not None and not today - before * _A_YEAR <= days[name] <= today + after * _A_YEAR
    ]
    if not wrong:
        return event
    copy = event.model_copy(update=dict.fromkeys(wrong))
    copy.leave_out(*(Untidy(name, "no_such_day") for name in wrong))
    return copy
