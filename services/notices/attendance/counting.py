"""Which unauthorised absences were of sessions that count for a child, and why the others do not. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.child import Child
from services.notices.attendance.marks import Mark, monday_of
from services.notices.attendance.policy import Policies

AGAINST_CALENDAR = "against_calendar"
TWO_SCHOOLS = "two_schools"
NEVER_ON_ROLL = "never_on_roll"
CONFLICTS = frozenset({AGAINST_CALENDAR, TWO_SCHOOLS, NEVER_ON_ROLL})
"""Two records that disagree: a person looks at them."""


@dataclass(frozen=True)
class NotCounted:
    """An unauthorised absence that does not count: why, as a code for machines and in words."""

    mark: Mark
    code: str
    because: str


def sift(
    marks: Iterable[Mark], weeks: Mapping[str, SchoolWeeks], policies: Policies, child: Child
) -> tuple[list[Mark], tuple[NotCounted, ...]]:
    """The absences that count, in the order of their half-days, and the others. A half-day counts once."""
    absences: dict[tuple[date, str], list[Mark]] = defaultdict(list)
    left_out: list[NotCounted] = []
    for mark in marks:
        if mark.code is None:
            continue
        if why := why_not(mark, weeks, policies, child):
            left_out.append(why)
        else:
            absences[mark.day, mark.session].append(mark)
    counting = []
    for _, same in sorted(absences.items()):
        stands, because = _of_schools(same, child)
        counting.append(stands)
        left_out += [NotCounted(mark, TWO_SCHOOLS, because) for mark in same if mark is not stands]
    left_out.sort(key=lambda each: (each.mark.day, each.mark.session, each.mark.urn))
    return counting, tuple(left_out)


def why_not(mark: Mark, weeks: Mapping[str, SchoolWeeks], policies: Policies, child: Child) -> NotCounted | None:
    """Why an absence does not count, whatever other schools say about its half-day; None if it does."""
    why = next(_reasons(mark, weeks[mark.urn], policies, child), None)
    return NotCounted(mark, *why) if why else None


def _reasons(mark: Mark, weeks: SchoolWeeks, policies: Policies, child: Child) -> Iterator[tuple[str, str]]:
    began = policies.versions[0].effective_from
    if mark.day < began:
        yield "before_framework", f"before {began.isoformat()}, when the national framework began"
    if not policies.counts(mark.code or "", mark.day):
        yield "not_in_policy", "the policy of that day does not count this code"
    if mark.is_ahead:
        yield "sent_ahead", "sent ahead of its day: it counts once that day's register says so"
    if outside := child.outside_school_age(mark.day):
        yield "outside_school_age", outside
    if not child.was_ever_at(mark.urn):
        yield NEVER_ON_ROLL, "whose record has never had this pupil on its roll: it counts once it says so"
    if off := child.off_roll(mark.urn, mark.day):
        yield "off_roll", off
    if closed := weeks.why_no_session(mark.day, mark.session):
        yield AGAINST_CALENDAR, f"the school's calendar has {closed}"
    if not weeks.is_school_week(monday_of(mark.day)):
        yield "no_school_week", "no register shows a session in this week"


def _of_schools(same: list[Mark], child: Child) -> tuple[Mark, str]:
    """Of several schools' marks for one half-day, the one that counts, and why the others do not.

    The mark of the school whose roll the child is on counts, else the one that was sent last.
    """
    stands = max(same, key=lambda mark: (mark.urn == child.urn, mark.time, mark.event_id))
    why = "whose roll the pupil is on" if stands.urn == child.urn else "which was the last to say so"
    return stands, f"the same half-day counts once: at school {stands.urn}, {why}"
