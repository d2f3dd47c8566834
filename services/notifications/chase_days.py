"""When schools that have not done an Action are reminded: once before its last day, once after. Local dates. Pure."""

from datetime import UTC, date, datetime, time

from shared.clock import LONDON
from shared.working_days import add_working_days

_BEFORE = 3
"""Working days."""


def chases(published_on: date, complete_by: date) -> list[tuple[datetime, bool]]:
    """The instants at which they are reminded, each with whether the last day has passed by then.

    Before: on the third working day before the last day, or on the first after the publication where that is later;
    an Action for the very day of its publication is not chased before. After: on the next working day.
    """
    before = max(add_working_days(complete_by, -_BEFORE), add_working_days(published_on, 1))
    after = add_working_days(complete_by, 1)
    days = [(before, False)] if before <= complete_by else []
    return [(_morning(day), overdue) for day, overdue in (*days, (after, True))]


def _morning(day: date) -> datetime:
    """The first instant of a day: its mails wait for working hours by themselves."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
