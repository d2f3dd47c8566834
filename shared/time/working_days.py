"""Working days: Monday to Friday, and not a bank holiday in England. Local dates only. Pure."""

from datetime import date, timedelta
from functools import cache

import holidays


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after a day; before it where the count is negative."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days(first: date, last: date) -> int:
    """How many working days there are from one day to another, both included."""
    return sum(is_working_day(first + timedelta(days=n)) for n in range((last - first).days + 1))


def is_working_day(day: date) -> bool:
    """Monday to Friday, and not a bank holiday in England."""
    return day.weekday() < 5 and day not in _bank_holidays()


def why_no_working_day(day: date) -> str | None:
    """Why a day is not a working day, in a word; None if it is one."""
    if day.weekday() >= 5:
        return f"{day:%A}"
    return _bank_holidays().get(day)


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")
