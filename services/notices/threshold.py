"""The national threshold: 10 unauthorised sessions within a rolling period of 10 school weeks [law]. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.calendar import SchoolWeeks
from services.notices.marks import Mark, monday_of
from services.notices.policy import Policies, Policy


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
    policy: Policy
    """The version in force on the last session of the window."""


def assess(marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policies: Policies) -> Assessment:
    """Hold a pupil's marks against the threshold, on the weeks of the schools that recorded them.

    A window ends with the week of one session and goes back over ten school weeks of the school that recorded that
    session. Every counting session within it belongs to it, also another school's. A half-day counts once.
    """
    counting, not_counted = _counting(marks, weeks, policies)
    days = [mark.day for mark in counting]
    windows: list[tuple[tuple[bool, int, int], str, _Window]] = []
    for urn, monday in {(mark.urn, monday_of(mark.day)) for mark in counting}:
        policy = policies.on(monday + timedelta(days=6))
        school_weeks, skipped = weeks[urn].window(monday, policy.threshold.weeks)
        start, end = bisect_left(days, school_weeks[0]), bisect_right(days, monday + timedelta(days=6))
        window = _Window(school_weeks, skipped, tuple(counting[start:end]), policy)
        windows.append((_rank(end - start, monday, policy), urn, window))
    window = max(windows, key=lambda each: each[:2])[2] if windows else _Window((), (), (), policies.versions[-1])
    count = len(window.sessions)
    return Assessment(
        met=count >= window.policy.threshold.sessions,
        count=count,
        sessions=window.sessions,
        school_weeks=window.school_weeks,
        skipped_weeks=window.skipped_weeks,
        not_counted=not_counted,
        policy=window.policy,
    )


@dataclass(frozen=True)
class _Window:
    school_weeks: tuple[date, ...]
    skipped_weeks: tuple[date, ...]
    sessions: tuple[Mark, ...]
    policy: Policy


def _rank(count: int, monday: date, policy: Policy) -> tuple[bool, int, int]:
    """Of windows that meet the threshold the latest stands, of others the fullest."""
    if count >= policy.threshold.sessions:
        return True, monday.toordinal(), count
    return False, count, monday.toordinal()


def _counting(
    marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policies: Policies
) -> tuple[list[Mark], tuple[tuple[Mark, str], ...]]:
    counting: dict[tuple[date, str], Mark] = {}
    left_out: list[tuple[Mark, str]] = []
    for mark in sorted(marks, key=lambda each: (each.day, each.session, each.urn)):
        if mark.code is None:
            continue
        if not policies.counts(mark.code, mark.day):
            began = policies.versions[0].effective_from
            why = f"before {began.isoformat()}, when the national framework began"
            left_out.append((mark, why if mark.day < began else "the policy of that day does not count this code"))
        elif not weeks[mark.urn].is_school_week(monday_of(mark.day)):
            left_out.append((mark, "the school's calendar has no session in this week"))
        elif (mark.day, mark.session) in counting:
            left_out.append((mark, "another school recorded the same half-day, which counts once"))
        else:
            counting[mark.day, mark.session] = mark
    return list(counting.values()), tuple(left_out)
