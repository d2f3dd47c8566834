"""The national threshold: 10 unauthorised sessions within a rolling period of 10 school weeks [law]. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.child import Child
from services.notices.attendance.counting import AGAINST_CALENDAR, NotCounted, sift
from services.notices.attendance.marks import Mark, monday_of
from services.notices.attendance.policy import Policies, Policy


@dataclass(frozen=True)
class Assessment:
    """The threshold worked out for one pupil: the window that decides, and what was counted in it.

    When the threshold is met, the window is the latest that meets it, so that a later absence belongs to the evidence;
    else it is the window with the most sessions, the latest of equals.
    """

    met: bool
    count: int
    sessions: tuple[Mark, ...]
    school_weeks: tuple[date, ...]
    skipped_weeks: tuple[date, ...]
    weeks_of: str | None
    """The school whose weeks make the window: the one with the last mark in its last week."""
    not_counted: tuple[NotCounted, ...]
    is_age_known: bool
    """Whether the child's date of birth is known: if not, sessions count whatever the child's age."""
    policy: Policy
    """The version in force on the last session of the window."""

    def against_calendar(self) -> list[Mark]:
        """Absences within the window on days when, by the school's own calendar, there was no session."""
        first = self.school_weeks[0] if self.school_weeks else date.min
        return [each.mark for each in self.not_counted if each.code == AGAINST_CALENDAR and each.mark.day >= first]


def assess(marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policies: Policies, child: Child) -> Assessment:
    """Check a pupil's marks against the threshold, on the weeks of the schools that recorded them.

    A window ends with the week of one session and goes back over ten school weeks of the school that recorded that
    session. Every counting session within it belongs to it, including other schools'. A half-day counts once.
    """
    counting, not_counted = sift(marks, weeks, policies, child)
    days = [mark.day for mark in counting]
    ends = {(mark.urn, monday_of(mark.day)): (mark.day, mark.session) for mark in counting}
    windows: list[tuple[tuple[bool, int, int], tuple[date, str], _Window]] = []
    for (urn, monday), last in ends.items():
        policy = policies.on(monday + timedelta(days=6))
        school_weeks, skipped = weeks[urn].window(monday, policy.threshold.weeks)
        start, end = bisect_left(days, school_weeks[0]), bisect_right(days, monday + timedelta(days=6))
        window = _Window(urn, school_weeks, skipped, tuple(counting[start:end]), policy)
        windows.append((_rank(end - start, monday, policy), last, window))
    nothing = _Window(None, (), (), (), policies.versions[-1])
    window = max(windows, key=lambda each: each[:2])[2] if windows else nothing
    count = len(window.sessions)
    return Assessment(
        met=count >= window.policy.threshold.sessions,
        count=count,
        sessions=window.sessions,
        school_weeks=window.school_weeks,
        skipped_weeks=window.skipped_weeks,
        weeks_of=window.urn,
        not_counted=not_counted,
        is_age_known=child.born is not None,
        policy=window.policy,
    )


@dataclass(frozen=True)
class _Window:
    urn: str | None
    school_weeks: tuple[date, ...]
    skipped_weeks: tuple[date, ...]
    sessions: tuple[Mark, ...]
    policy: Policy


def _rank(count: int, monday: date, policy: Policy) -> tuple[bool, int, int]:
    """Among windows that meet the threshold the latest wins, among the others the fullest."""
    if count >= policy.threshold.sessions:
        return True, monday.toordinal(), count
    return False, count, monday.toordinal()
