"""Days, instants and numbers as people and spreadsheets write them, read strictly: ValueError says how to write them.

Digits are ASCII: `int` would accept others too. A two-digit year is in this century.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from shared.time.clock import LONDON, is_near, local_date
from shared.writing.characters import is_number

_DAYS = tuple(
    re.compile(day + r"(?:(?:T|,? (?:at )?)(?P<clock>[0-9].*))?", re.IGNORECASE)
    for day in (
        r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})",
        r"(?P<day>[0-9]{1,2})([-/.])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{4}|[0-9]{2})",
        r"(?:(?P<weekday>[a-z]+),? )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?P<gap>[- ])(?P<month>[a-z]{3,9})"
        r"(?P=gap)(?P<year>[0-9]{4}|[0-9]{2})",
    )
)
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r" ?(?P<half>am|pm)? ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0+|,0)?")  # a spreadsheet's 2.0, in German 2,0


def read_day(text: str) -> date:
    """A day such as 2024-09-30, 30/09/2024 or 30 Sep 2024; if a time follows, the day in London."""
    try:
        return local_date(read_moment(text))
    except ValueError:
        raise ValueError("write the date as 2024-09-30 or 30/09/2024") from None


def read_moment(text: str) -> datetime:
    """A day with or without a time, in London unless it says its offset."""
    found = _day(text)
    clock = (0, 0, 0, "") if found and not found[1] else _time(found[1]) if found else None
    if found is None or clock is None:
        raise ValueError("write the day and the time as 2024-09-30 09:15 or 30/09/2024 09:15")
    hour, minute, second, zone = clock
    try:
        local_time = datetime(found[0].year, found[0].month, found[0].day, hour, minute, second, tzinfo=_zone(zone))
        return local_time.astimezone(LONDON)
    except OverflowError:  # at the end of time
        raise ValueError("look at the year of this day") from None


def near(day: date, today: date) -> date:
    """The day, if it is a possible one for a register or a booking."""
    if not is_near(day, today):
        raise ValueError("nobody was marked on such a day: look at the year")
    return day


def read_number(text: str) -> int:
    """A whole number, also as a spreadsheet shows it: 2.0."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError("write a whole number, such as 2")
    return int(found[1])


def read_urn(text: str) -> str:
    """A school's URN, also as a spreadsheet shows it: 123456.0."""
    found = _NUMBER.fullmatch(text)
    if found is None or len(found[1]) != 6:
        raise ValueError("a URN has 6 digits")
    return found[1]


def _day(text: str) -> tuple[date, str] | None:
    for form in _DAYS:
        if found := form.fullmatch(" ".join(text.split())):
            year, month = found["year"], _month(found["month"])
            try:
                day = date(int(year if len(year) == 4 else f"20{year}"), month, int(found["day"]))
            except ValueError:
                return None
            is_of_week = f"{day:%A}".lower().startswith((found.groupdict().get("weekday") or "").lower())
            return (day, found["clock"] or "") if is_of_week else None
    return None


def _month(text: str) -> int:
    if is_number(text):
        return int(text)
    named = [number for number, name in enumerate(_MONTHS, start=1) if name.startswith(text.lower())]
    return named[0] if len(named) == 1 else 0


def _time(text: str) -> tuple[int, int, int, str] | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return (hour, minute, second, found["zone"] or "") if hour < 24 and minute < 60 and second < 60 else None


def _zone(text: str) -> tzinfo:
    if not text:
        return LONDON
    if text[0] not in "+-":
        return UTC
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(away if text[0] == "+" else -away)
