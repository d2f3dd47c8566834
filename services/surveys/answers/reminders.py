"""When those who have not answered are reminded: at nine, on a school day, at most three times. Local dates. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.surveys.questionnaire.document import Reminders
from services.surveys.questionnaire.window import Window
from shared.time.clock import LONDON

_AT = time(9)


@dataclass(frozen=True)
class Reminder:
    """One reminder: its day, its number, and whether it is the last call."""

    day: date
    number: int
    last_call: bool


def plan(reminders: Reminders, window: Window, is_school_day: Callable[[date], bool]) -> tuple[Reminder, ...]:
    """The days on which a school is reminded.

    A day without school moves back to the school day before it, so that nobody hears in the holidays of a deadline
    that passes before term; a reminder on or before the day of opening is left out, as is a second one on the
    same day (the last call stays).
    """
    wanted = [(days, False) for days in sorted(reminders.days_before, reverse=True)]
    if reminders.last_call is not None:
        wanted.append((reminders.last_call, True))
    found: dict[date, bool] = {}
    for days, last_call in wanted:
        day = window.last_day - timedelta(days=days)
        while day > window.first_day and not is_school_day(day):
            day -= timedelta(days=1)
        if day > window.first_day:
            found[day] = found.get(day, False) or last_call
    return tuple(Reminder(day, number, found[day]) for number, day in enumerate(sorted(found), start=1))


def round_at(day: date) -> datetime:
    """The instant at which a day's reminders go."""
    return datetime.combine(day, _AT, LONDON).astimezone(UTC)


def next_round(after: date, window: Window) -> datetime | None:
    """The next instant at which somebody may have to be reminded; None once the window is over."""
    day = max(after, window.first_day) + timedelta(days=1)
    at = round_at(day)
    return at if at < window.closes_at else None
