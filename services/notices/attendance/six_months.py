"""Six months: no proceedings for an older session (s.127 Magistrates' Courts Act 1980). Pure."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date

from shared.time.clock import in_words

_MONTHS = 6
_WARNED_AFTER = 4


def last_day(session: date) -> date:
    """The last day on which proceedings for a session can begin: 4 April for one on 4 October.

    The offence was committed on the session's day; where the sixth month has no such day, its last one counts.
    """
    return months_after(session, _MONTHS)


def warned_from(session: date) -> date:
    """The day from which somebody is warned that proceedings for a session run out of time: four months after it."""
    return months_after(session, _WARNED_AFTER)


def running_out(sessions: Collection[date], today: date) -> str | None:
    """In words, how the time for proceedings on some sessions runs out; None while no session is four months old."""
    if not sessions or today < warned_from(min(sessions)):
        return None
    latest = max(sessions)
    if today > last_day(latest):
        return (
            f"Proceedings for these sessions could be begun until {in_words(last_day(latest))}: all of them are more "
            "than six months old (Magistrates' Courts Act 1980, s. 127)"
        )
    in_time = sorted(day for day in sessions if today <= last_day(day))
    words = f"Proceedings for the session of {in_words(in_time[0])} can be begun until {in_words(last_day(in_time[0]))}"
    if in_time[0] != latest:
        words += f", for the latest until {in_words(last_day(latest))}"
    if late := len(sessions) - len(in_time):
        words += f"; for {late} of {len(sessions)} it is too late"
    return words


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
