"""Six months: no proceedings for a session that is older (s.127 Magistrates' Courts Act 1980). Calendar months. Pure."""

from calendar import monthrange
from datetime import date

_MONTHS = 6
_WARNED_AFTER = 4


def last_day(session: date) -> date:
    """The last day on which proceedings can be begun for a session: 4 April for one on 4 October.

    The offence was committed on the session's day; where the sixth month has no such day, its last one counts.
    """
    return _months_after(session, _MONTHS)


def warned_from(session: date) -> date:
    """The day from which somebody is warned that proceedings for a session run out of time: four months after it."""
    return _months_after(session, _WARNED_AFTER)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
