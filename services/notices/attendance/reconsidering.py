"""A pupil's attendance as one aggregate: what new marks or weeks change, and which events follow. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.child import UNKNOWN, Child
from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.marks import Mark
from services.notices.attendance.policy import Policies
from services.notices.attendance.threshold import Assessment, assess
from shared.contracts.base import Message
from shared.contracts.fields import SessionMark
from shared.contracts.mis import PupilUpdated
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached, EvidenceChanged
from shared.identity import derived

ThresholdEvent = AbsenceThresholdReached | AbsenceThresholdCleared | EvidenceChanged


@dataclass(frozen=True)
class PupilStanding:
    """Where a pupil stands: the school whose roll they are on, whether the threshold is met, and their case."""

    upn: str
    urn: str | None
    met: bool
    case: str | None
    correlation_id: str | None
    published: str | None
    """The fingerprint of what was last published about this pupil."""
    child: Child = UNKNOWN


def may_meet(marks: Mapping[str, Mark], policies: Policies) -> bool:
    """Whether there are enough unauthorised sessions at all: with fewer, no window of weeks can meet the threshold."""
    fewest = min(policy.threshold.sessions for policy in policies.versions)
    return sum(1 for mark in marks.values() if mark.code is not None) >= fewest


def reconsider(
    standing: PupilStanding,
    marks: Mapping[str, Mark],
    weeks: Mapping[str, SchoolWeeks],
    policies: Policies,
    cause: Message,
    now: datetime,
    new_case: str,
) -> tuple[PupilStanding, ThresholdEvent | None]:
    """Check a pupil's marks against the national threshold; return the new standing and what to publish."""
    assessment = assess(marks.values(), weeks, policies, standing.child)
    fingerprint_now = fingerprint(marks, assessment)
    if assessment.met == standing.met and (standing.case is None or fingerprint_now == standing.published):
        return standing, None
    case = standing.case or new_case
    correlation_id = standing.correlation_id or str(cause.correlation_id)
    after = replace(standing, met=assessment.met, case=case, correlation_id=correlation_id, published=fingerprint_now)
    envelope: dict[str, Any] = {
        "time": now,
        "subject": case,
        "correlation_id": correlation_id,
        "causation_id": cause.id,
        "upn": after.upn,
        "urn": after.urn or _school_of(assessment, marks, cause),
        "case": case,
        "count": assessment.count,
    }
    if assessment.met == standing.met:
        purpose = f"evidence_changed:{after.upn}"
        return after, EvidenceChanged(id=derived(cause.id, purpose), met=assessment.met, **envelope)
    if assessment.met:
        purpose = f"reached:{after.upn}"
        return after, AbsenceThresholdReached(id=derived(cause.id, purpose), **reached(assessment), **envelope)
    cleared: dict[str, Any] = {"id": derived(cause.id, f"cleared:{after.upn}"), **envelope}
    if isinstance(cause, PupilUpdated):
        return after, AbsenceThresholdCleared(because="marks_changed", record_changed=True, **cleared)
    because = "school_weeks_changed" if _is_about_weeks(cause, after.upn) else "marks_changed"
    return after, AbsenceThresholdCleared(because=because, **cleared)


def reached(assessment: Assessment) -> dict[str, Any]:
    """What was counted, in which weeks, under which policy: the facts that the event carries."""
    return {
        "sessions": session_marks(assessment.sessions),
        "school_weeks": assessment.school_weeks,
        "policy": assessment.policy.id,
        "evidence_hash": evidence_hash(evidence(assessment)),
    }


def session_marks(marks: Iterable[Mark]) -> tuple[SessionMark, ...]:
    """Marks as messages name them; tombstones are left out."""
    return tuple(
        SessionMark(date=mark.day, session=mark.session, code=mark.code, urn=mark.urn)
        for mark in marks
        if mark.code is not None
    )


def fingerprint(marks: Mapping[str, Mark], assessment: Assessment) -> str:
    """Changes with the unauthorised sessions, their codes, which of them count, or the window's weeks.

    A register sent a second time does not change it.
    """
    absent = sorted(f"{slot}:{mark.code}" for slot, mark in marks.items() if mark.code is not None)
    window = [monday.isoformat() for monday in assessment.school_weeks]
    left_out = [f"{each.mark.slot}:{each.code}" for each in assessment.not_counted]
    return hashlib.sha256("|".join([*absent, *window, *left_out]).encode()).hexdigest()[:16]


def _school_of(assessment: Assessment, marks: Mapping[str, Mark], cause: Message) -> str:
    """The school of the last session that counts, else of the last mark, else the one whose message this is."""
    known = assessment.sessions or sorted(marks.values(), key=lambda mark: (mark.day, mark.session))
    return known[-1].urn if known else str(getattr(cause, "urn", ""))


def _is_about_weeks(cause: Message, upn: str) -> bool:
    return all(mark.upn != upn for mark in getattr(cause, "marks", ()))
