"""What would change the threshold: sessions that leave the window, marks that are corrected, more sessions. Pure."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby

from services.notices.attendance.marks import Mark, monday_of
from services.notices.attendance.threshold import Assessment, assess
from services.notices.casefile.file import CaseFile
from services.notices.deciding.decision import Facts
from shared.time.clock import in_words
from shared.writing.counting import number_of

_WEEK = timedelta(weeks=1)
_FARTHEST = 60  # weeks looked ahead for the next school week


def what_would_change_it(file: CaseFile, facts: Facts, today: date) -> list[str]:
    """What would take the case over the threshold, or back under it, in words."""
    assessment = facts.assessment(file.used_by_any())
    threshold = assessment.policy.threshold
    lines = [*_if_corrected(assessment, facts, file, threshold.blocking_codes)]
    if assessment.met:
        spare = assessment.count - threshold.sessions + 1
        were = "was" if spare == 1 else "were"
        lines.append(
            f"If {number_of(spare, 'counted session')} {were} changed to an authorised code, "
            f"the count would fall to {threshold.sessions - 1}, and the threshold would not be met."
        )
        return lines
    now = _now(file, facts, today)
    if now is None:
        weeks = number_of(threshold.weeks, "school week")
        return [f"{number_of(threshold.sessions, 'session')} within {weeks} would meet the threshold."]
    counted, school_weeks, urn = now
    missing = threshold.sessions - len(counted)
    if file.used_by_any():
        on_notice = number_of(len(file.used_by_any()), "session")
        lines.append(f"A notice already rests on {on_notice}. These absences cannot be used for another notice.")
    more = number_of(missing, "more session")
    lines.append(f"{more} in the same school weeks would meet the threshold ({len(counted)} count now).")
    lines += _leaving(counted, school_weeks, facts, urn)
    return lines


def _if_corrected(assessment: Assessment, facts: Facts, file: CaseFile, codes: frozenset[str]) -> Iterator[str]:
    """For each session with an open code: what the count would be if it were authorised."""
    used = file.used_by_any()
    for mark in assessment.sessions:
        if mark.code in codes:
            kept = [each for each in facts.marks.values() if each.half_day not in used and each != mark]
            fallen = assess(kept, facts.weeks, facts.policies, facts.child)
            end = "" if fallen.met == assessment.met else ", and the threshold would not be met"
            yield (
                f"If the {mark.code} on {in_words(mark.day)} ({mark.session}) becomes an authorised code, "
                f"the count falls to {fallen.count}{end}."
            )


def _now(file: CaseFile, facts: Facts, today: date) -> tuple[list[Mark], tuple[date, ...], str] | None:
    """The sessions in the window that ends with this week, its school weeks, and which school's weeks they are."""
    used = file.used_by_any()
    counting = [mark for mark in facts.counting() if mark.half_day not in used]
    urn = facts.pupil.urn if facts.pupil else max(counting, key=lambda m: m.day).urn if counting else None
    if urn is None:
        return None
    weeks = facts.weeks_of(urn)
    school_weeks, _ = weeks.window(monday_of(today), facts.policies.on(today).threshold.weeks)
    if not school_weeks:
        return None
    inside = sorted((m for m in counting if school_weeks[0] <= m.day <= today), key=lambda m: (m.day, m.session))
    return inside, school_weeks, urn


def _leaving(counted: list[Mark], school_weeks: tuple[date, ...], facts: Facts, urn: str) -> Iterator[str]:
    """When the oldest sessions leave the window: with the school week that pushes their week out."""
    weeks = facts.weeks_of(urn)
    size = facts.policies.on(school_weeks[-1]).threshold.weeks
    for monday, marks in groupby(counted, key=lambda mark: monday_of(mark.day)):
        later = sum(week > monday for week in school_weeks)
        if (enters := _nth_school_week(weeks.is_school_week, school_weeks[-1], size - later)) is None:
            yield "The school's calendar does not say yet when the oldest sessions stop counting."
            return
        left = len(list(marks))
        verb = "stops" if left == 1 else "stop"
        yield f"{number_of(left, 'session')} of the week of {in_words(monday)} {verb} counting on {in_words(enters)}."
        return


def _nth_school_week(is_school_week: Callable[[date], bool], after: date, count: int) -> date | None:
    monday = after
    for _ in range(_FARTHEST):
        monday += _WEEK
        count -= bool(is_school_week(monday))
        if count <= 0:
            return monday
    return None
