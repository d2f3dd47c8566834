"""A pupil's attendance as one aggregate: what new marks or weeks change, and what has to be said about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.notices.calendar import SchoolWeeks
from services.notices.evidence import evidence, evidence_hash
from services.notices.marks import Mark
from services.notices.policy import Policy
from services.notices.threshold import Assessment, assess
from shared.contracts.base import Message
from shared.contracts.fields import SessionMark
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached
from shared.identity import derived


@dataclass(frozen=True)
class Standing:
    """Where a pupil stands: the school whose roll they are on, whether the threshold is met, and their case."""

    upn: str
    urn: str | None
    met: bool
    case: str | None
    correlation_id: str | None


def may_meet(marks: Mapping[str, Mark], policy: Policy) -> bool:
    """Whether there are enough unauthorised sessions at all: with fewer, no weeks can make it the threshold."""
    return sum(1 for mark in marks.values() if mark.code is not None) >= policy.sessions


def reconsider(
    standing: Standing,
    marks: Mapping[str, Mark],
    weeks: Mapping[str, SchoolWeeks],
    policy: Policy,
    cause: Message,
    now: datetime,
    new_case: str,
) -> tuple[Standing, AbsenceThresholdReached | AbsenceThresholdCleared | None]:
    """Hold a pupil's marks against the national threshold; return the new standing and what to publish."""
    assessment = assess(marks.values(), weeks, policy)
    if assessment.met == standing.met:
        return standing, None
    case = standing.case or new_case
    story = standing.correlation_id or str(cause.correlation_id)
    after = Standing(standing.upn, standing.urn, assessment.met, case, story)
    if assessment.met:
        return after, _reached(after, assessment, marks, policy, cause, now)
    return after, AbsenceThresholdCleared(
        id=derived(cause.id, f"cleared:{standing.upn}"),
        time=now,
        subject=case,
        correlation_id=story,
        causation_id=cause.id,
        upn=standing.upn,
        urn=standing.urn or _school_of(assessment),
        case=case,
        count=assessment.count,
        because="school_weeks_changed" if _is_about_weeks(cause, standing.upn) else "marks_changed",
    )


def _reached(
    standing: Standing,
    assessment: Assessment,
    marks: Mapping[str, Mark],
    policy: Policy,
    cause: Message,
    now: datetime,
) -> AbsenceThresholdReached:
    return AbsenceThresholdReached(
        id=derived(cause.id, f"reached:{standing.upn}"),
        time=now,
        subject=standing.case or "",
        correlation_id=standing.correlation_id,
        causation_id=cause.id,
        upn=standing.upn,
        urn=standing.urn or _school_of(assessment),
        case=standing.case,
        sessions=tuple(
            SessionMark(date=mark.day, session=mark.session, code=mark.code, urn=mark.urn)
            for mark in assessment.sessions
        ),
        school_weeks=assessment.school_weeks,
        count=assessment.count,
        policy=policy.id,
        evidence_hash=evidence_hash(evidence(assessment, policy)),
    )


def _school_of(assessment: Assessment) -> str:
    return assessment.sessions[-1].urn if assessment.sessions else "000000"


def _is_about_weeks(cause: Message, upn: str) -> bool:
    return all(mark.upn != upn for mark in getattr(cause, "marks", ()))
