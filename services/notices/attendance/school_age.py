"""Compulsory school age: only its sessions are an offence (s.8 and s.444 Education Act 1996). Pure."""

from datetime import date, timedelta

_BEGINS = ((3, 31), (8, 31), (12, 31))
_FRIDAY = 4


def begins_on(born: date) -> date:
    """The first day of it: the first 31 March, 31 August or 31 December on or after the fifth birthday."""
    five = _birthday(born, 5)
    days = (date(year, month, day) for year in (five.year, five.year + 1) for month, day in _BEGINS)
    return next(day for day in days if day >= five)


def ends_on(born: date) -> date:
    """The last day of it: the last Friday in June of the school year (from 1 September) in which the child turns 16."""
    sixteen = _birthday(born, 16)
    last_of_june = date(sixteen.year + (sixteen.month >= 9), 6, 30)
    return last_of_june - timedelta(days=(last_of_june.weekday() - _FRIDAY) % 7)


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, 3, 1)
