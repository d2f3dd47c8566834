"""Six months: no proceedings for a session that is older (s.127 Magistrates' Courts Act 1980). Pure."""

from calendar import monthrange
from datetime import date

_MONTHS = 6
_WARNED_AFTER = 4


def last_day(session: date) -> date:
    """The last day on which proceedings can be begun for a session: 4 April for one on 4 October.

    The offence was committed on the session's day; where the sixth month has no such day, its last one counts.
    """
    return months_after(session, _MONTHS)


def warned_from(session: date) -> date:
    """The day from which somebody is warned that proceedings for a session run out of time: four months after it."""
    return months_after(session, _WARNED_AFTER)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
