"""When schools that have not done an Action are reminded: once before its last day, once after. Local dates. Pure."""

from datetime import UTC, date, datetime, time

from shared.time.clock import LONDON
from shared.time.working_days import add_working_days


def chases(published_on: date, complete_by: date, before: int, after: int) -> list[tuple[datetime, bool]]:
    """The instants at which schools are reminded, each with whether the last day has passed by then.

    `before` and `after` are working days. A reminder before the last day goes on the first working day after the
    publication at the earliest; an Action that is due on the day of publication has no reminder before it.
    """
    first = max(add_working_days(complete_by, -before), add_working_days(published_on, 1))
    days = [(first, False)] if first <= complete_by else []
    return [(_morning(day), overdue) for day, overdue in (*days, (add_working_days(complete_by, after), True))]


def _morning(day: date) -> datetime:
    """The first instant of a day: emails wait for working hours anyway."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
