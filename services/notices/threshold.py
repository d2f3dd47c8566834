"""The national threshold: 10 unauthorised sessions within a rolling period of 10 school weeks [law]."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.calendar import SchoolWeeks
from services.notices.marks import Mark, monday_of
from services.notices.policy import Policy


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
    not_counted: tuple[tuple[Mark, str], ...]


def assess(marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policy: Policy) -> Assessment:
    """Hold a pupil's marks against the threshold, on the weeks of the schools that recorded them.

    A window ends with the week of one session and goes back over ten school weeks of the school that recorded that
    session. Every counting session within it belongs to it, also another school's. A half-day counts once.
    """
    counting, not_counted = _counting(marks, weeks, policy)
    days = [mark.day for mark in counting]
    windows: list[tuple[tuple[bool, int, int], str, _Window]] = []
    for urn, monday in {(mark.urn, monday_of(mark.day)) for mark in counting}:
        school_weeks, skipped = weeks[urn].window(monday, policy.weeks)
        start, end = bisect_left(days, school_weeks[0]), bisect_right(days, monday + timedelta(days=6))
        window = _Window(school_weeks, skipped, tuple(counting[start:end]))
        windows.append((_rank(end - start, monday, policy), urn, window))
    window = max(windows, key=lambda each: each[:2])[2] if windows else _Window((), (), ())
    count = len(window.sessions)
    return Assessment(
        count >= policy.sessions, count, window.sessions, window.school_weeks, window.skipped_weeks, not_counted
    )


@dataclass(frozen=True)
class _Window:
    school_weeks: tuple[date, ...]
    skipped_weeks: tuple[date, ...]
    sessions: tuple[Mark, ...]


def _rank(count: int, monday: date, policy: Policy) -> tuple[bool, int, int]:
    """Of windows that meet the threshold the latest stands, of others the fullest."""
    if count >= policy.sessions:
        return True, monday.toordinal(), count
    return False, count, monday.toordinal()


def _counting(
    marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policy: Policy
) -> tuple[list[Mark], tuple[tuple[Mark, str], ...]]:
    counting: dict[tuple[date, str], Mark] = {}
    left_out: list[tuple[Mark, str]] = []
    for mark in sorted(marks, key=lambda each: (each.day, each.session, each.urn)):
        if mark.code is None:
            continue
        if not policy.counts(mark.code, mark.day):
            left_out.append((mark, f"before {policy.effective_from.isoformat()}, when the national framework began"))
        elif not weeks[mark.urn].is_school_week(monday_of(mark.day)):
            left_out.append((mark, "the school's calendar has no session in this week"))
        elif (mark.day, mark.session) in counting:
            left_out.append((mark, "another school recorded the same half-day, which counts once"))
        else:
            counting[mark.day, mark.session] = mark
    return list(counting.values()), tuple(left_out)
