"""The clocks of a notice: deemed service, and the last days on which each amount may be paid. Local dates only."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from services.notices.policy import Policy


@dataclass(frozen=True)
class Clocks:
    """A notice's dates. Day 1 is the day of deemed service; each last day is included."""

    posted_on: date
    served_on: date
    discount_until: date | None
    pay_until: date


def clocks(posted_on: date, sequence: int, policy: Policy) -> Clocks:
    """The dates that follow from the day on which the print provider posted the letter."""
    served_on = add_working_days(posted_on, policy.service_working_days)
    discount_until = served_on + timedelta(days=policy.discount_days - 1) if sequence == 1 else None
    return Clocks(posted_on, served_on, discount_until, served_on + timedelta(days=policy.pay_days - 1))


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after a day."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """Monday to Friday, and not a bank holiday in England."""
    return day.weekday() < 5 and day not in _bank_holidays()


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")
