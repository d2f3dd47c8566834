"""The one clock: instants in UTC, dates in Europe/London. On a local stack it can be set and advanced."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_A_YEAR, _TWENTY_YEARS = timedelta(days=366), timedelta(days=20 * 366)


class Clock:
    """Tells the business time. With an offset file (local stack only) it is shifted by the file's offset."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._seen: tuple[int, int] | None = None

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self.wall() + self._shift()

    def today(self) -> date:
        """The local date in Europe/London, which letters and notices' clocks use."""
        return local_date(self.now())

    @staticmethod
    def wall() -> datetime:
        """The machine's own instant, for leases and log lines, which a moved clock must not disturb."""
        return datetime.now(UTC)

    def _shift(self) -> timedelta:
        """The file's current offset. Checked each time, so that a moved clock counts at once; read only if changed."""
        if self._file is None:
            return timedelta()
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            return timedelta()
        if self._seen != (found.st_ino, found.st_mtime_ns):
            self._seen = found.st_ino, found.st_mtime_ns
            self._offset = read_offset(self._file)
        return self._offset


class FixedClock(Clock):
    """A clock for tests and pure replays: it stands still until moved."""

    def __init__(self, instant: datetime) -> None:
        super().__init__()
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def advance(self, step: timedelta) -> None:
        self.instant += step


def local_date(instant: datetime) -> date:
    """The date in Europe/London at an instant."""
    return instant.astimezone(LONDON).date()


def is_near(day: date, today: date) -> bool:
    """Whether a day is plausible for a register or a booking: at most twenty years back, and one ahead."""
    return today - _TWENTY_YEARS <= day <= today + _A_YEAR


def read_offset(file: Path) -> timedelta:
    """The offset in a local stack's clock file; zero if there is no file."""
    try:
        return timedelta(seconds=json.loads(file.read_text())["offset_seconds"])
    except FileNotFoundError:
        return timedelta()


def write_offset(file: Path, offset: timedelta) -> None:
    """Move a local stack's clock; the file is replaced as a whole, so that no reader sees half of it."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))
    part.replace(file)


def in_words(day: date) -> str:
    """A date as people write it in letters: Thursday 10 October 2024."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def moment(instant: datetime) -> str:
    """Day and time in London as people write them: Thursday 13 June 2024, 9.30am."""
    return f"{in_words(local_date(instant))}, {clock_time(instant)}"


def period(starts_at: datetime, ends_at: datetime | None) -> str:
    """From when to when: Thursday 13 June 2024, 9.30am to 12.30pm. A missing end is not made up."""
    if ends_at is None:
        return moment(starts_at)
    is_same_day = local_date(ends_at) == local_date(starts_at)
    return f"{moment(starts_at)} to {clock_time(ends_at) if is_same_day else moment(ends_at)}"


def clock_time(instant: datetime) -> str:
    """A time of day in London as people write it in letters: 9.30am, or 11am on the hour."""
    local = instant.astimezone(LONDON)
    minutes = f".{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def utc(instant: datetime) -> datetime:
    """An instant in the store's precision: whole milliseconds."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
