"""School weeks: "any week in which there is at least one school session" (national framework). Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

_WEEK = timedelta(weeks=1)
_FARTHEST = 160  # weeks looked back; a school that was closed for three years has no ten weeks to give


@dataclass(frozen=True)
class Calendar:
    """One published calendar: Monday to Friday from first to last, less closed days and sessions."""

    first: date
    last: date
    closed: frozenset[date]
    half_days: frozenset[tuple[date, str]]
    time: datetime
    event_id: str

    def spans(self, day: date) -> bool:
        return self.first <= day <= self.last

    def has_session(self, day: date) -> bool:
        if day.weekday() > 4 or day in self.closed:
            return False
        return not {(day, "AM"), (day, "PM")} <= self.half_days


@dataclass(frozen=True)
class SchoolWeeks:
    """A school's weeks. For a date that calendars span, the latest published one decides; for others its registers do.

    `seen` holds the Mondays of the weeks in which any pupil had a mark other than `#` and `-`.
    """

    urn: str
    calendars: tuple[Calendar, ...] = ()
    seen: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    def is_school_week(self, monday: date) -> bool:
        if monday not in self._known:
            self._known[monday] = any(self._has_session(monday + timedelta(days=n), monday) for n in range(7))
        return self._known[monday]

    def is_school_day(self, day: date) -> bool:
        """Whether the school has a session on a day; where no calendar spans it, a weekday of a week that was held."""
        return day.weekday() < 5 and self._has_session(day, day - timedelta(days=day.weekday()))

    def school_days_after(self, day: date, until: date) -> int:
        """How many school days lie after a day, up to another and with it."""
        return sum(self.is_school_day(day + timedelta(days=n)) for n in range(1, (until - day).days + 1))

    def window(self, last: date, weeks: int) -> tuple[tuple[date, ...], tuple[date, ...]]:
        """The Mondays of the school weeks that end with the week of `last`, oldest first, and those skipped between.

        Fewer come back where the school has not held as many.
        """
        counted: list[date] = []
        skipped: list[date] = []
        monday = last
        for _ in range(_FARTHEST):
            (counted if self.is_school_week(monday) else skipped).append(monday)
            if len(counted) == weeks:
                break
            monday -= _WEEK
        oldest = counted[-1] if counted else last
        return tuple(reversed(counted)), tuple(sorted(monday for monday in skipped if monday > oldest))

    def _has_session(self, day: date, monday: date) -> bool:
        spanning = [calendar for calendar in self.calendars if calendar.spans(day)]
        if not spanning:
            return monday in self.seen
        return max(spanning, key=lambda calendar: (calendar.time, calendar.event_id)).has_session(day)
