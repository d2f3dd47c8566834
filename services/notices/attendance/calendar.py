"""School weeks: "any week in which there is at least one school session" (national framework). Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

_WEEK = timedelta(weeks=1)
_WEEKEND = 5
_FARTHEST = 160  # weeks looked back; a school that was closed for three years has no ten weeks to give


@dataclass(frozen=True)
class Calendar:
    """One published calendar: Monday to Friday from first to last, minus closed days and sessions."""

    first: date
    last: date
    closed: frozenset[date]
    half_days: frozenset[tuple[date, str]]
    time: datetime
    event_id: str

    def spans(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, monday: date) -> bool:
        """Whether it covers any day of a week."""
        return self.first <= monday + timedelta(days=6) and monday <= self.last

    def has_session(self, day: date) -> bool:
        return any(self.why_none(day, session) is None for session in ("AM", "PM"))

    def why_none(self, day: date, session: str) -> str | None:
        """Why there is no session then, in words; None if there is one."""
        if day.weekday() >= _WEEKEND:
            return "no session at weekends"
        if day in self.closed:
            return "no session on this day"
        return "no session in this half of the day" if (day, session) in self.half_days else None


@dataclass(frozen=True)
class SchoolWeeks:
    """A school's weeks. For a date that several calendars cover, the latest published one decides.

    If a calendar covers any day of a week, the days outside it have no session: a calendar that ends on a Friday
    also settles that Saturday. For other weeks the registers decide: `seen` has the Mondays of weeks in which any pupil
    had a mark other than `#` and `-`.
    """

    urn: str
    calendars: tuple[Calendar, ...] = ()
    seen: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)
    _closed: dict[tuple[date, str], str | None] = field(default_factory=dict, compare=False, repr=False)

    def is_school_week(self, monday: date) -> bool:
        if monday not in self._known:
            days = (monday + timedelta(days=n) for n in range(5))
            self._known[monday] = any(map(self._is_held, days)) if self._is_published(monday) else monday in self.seen
        return self._known[monday]

    def is_school_day(self, day: date) -> bool:
        """Whether the school has a session on a day; without a calendar, any weekday of a school week."""
        if day.weekday() >= _WEEKEND:
            return False
        monday = day - timedelta(days=day.weekday())
        return self._is_held(day) if self._is_published(monday) else monday in self.seen

    def why_no_session(self, day: date, session: str) -> str | None:
        """Why the school's own calendar holds no session then, in words; None where it does, or does not say."""
        if (day, session) not in self._closed:
            self._closed[day, session] = self._why_no_session(day, session)
        return self._closed[day, session]

    def _why_no_session(self, day: date, session: str) -> str | None:
        monday = day - timedelta(days=day.weekday())
        if not self._is_published(monday):
            return None
        if not self.is_school_week(monday):
            return "no session in this week"
        deciding = self._deciding(day)
        return deciding.why_none(day, session) if deciding else "no session on this day"

    def school_days_after(self, day: date, until: date) -> int:
        """How many school days follow a day, up to and including another."""
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

    def _is_published(self, monday: date) -> bool:
        return any(calendar.touches(monday) for calendar in self.calendars)

    def _is_held(self, day: date) -> bool:
        deciding = self._deciding(day)
        return deciding is not None and deciding.has_session(day)

    def _deciding(self, day: date) -> Calendar | None:
        """The latest published calendar that covers a day."""
        spanning = [calendar for calendar in self.calendars if calendar.spans(day)]
        return max(spanning, key=lambda calendar: (calendar.time, calendar.event_id), default=None)
