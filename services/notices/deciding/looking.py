"""Looking at the registers again for a case: reached, un-reached, reached again, sessions lost by a notice. Pure."""

from typing import Any

from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.marks import half_day
from services.notices.attendance.reconsidering import reached
from services.notices.attendance.threshold import Assessment
from services.notices.casefile.case_states import RESTS
from services.notices.casefile.entries import What
from services.notices.casefile.file import CaseFile
from services.notices.deciding.decision import Facts, Moment, Outcome
from services.notices.deciding.withdrawal import evidence_changed
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached, EvidenceChanged

Looked = AbsenceThresholdReached | AbsenceThresholdCleared | EvidenceChanged


def look_again(file: CaseFile, event: Looked, facts: Facts, at: Moment) -> Outcome:
    """What the registers say now, whatever this event said: events can overtake each other, the registers cannot."""
    outcome = evidence_changed(file, facts, at)
    assessment = facts.assessment()
    if isinstance(event, AbsenceThresholdReached) and not file.history:
        outcome += Outcome((at.entry("threshold_reached", count=event.count, evidence_hash=event.evidence_hash),))
        file = file.with_entries(outcome.entries)
    if assessment.met and not file.met:
        free = facts.assessment(file.used_by_any())
        what: What = "threshold_reached" if free.met else "threshold_restored"
        return outcome + Outcome((at.entry(what, **_found(assessment)),))
    if not assessment.met and file.met:
        because = getattr(event, "because", "marks_changed")
        entry = at.entry("threshold_cleared", count=assessment.count, because=because)
        return outcome + Outcome((entry,))
    return outcome + _anew(file, facts, at)


def _anew(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """While a case rests: ten further sessions, that no notice rests on, are a new case to consider."""
    if file.state not in RESTS or not file.met:
        return Outcome()
    free = facts.assessment(file.used_by_any())
    if not free.met or {mark.half_day for mark in free.sessions} <= set(map(half_day, file.considered)):
        return Outcome()
    details = {"upn": file.upn, "urn": file.urn, "count": free.count, **reached(free)}
    event = at.event(AbsenceThresholdReached, file, "reached_anew", **details)
    return Outcome((at.entry("threshold_reached", **_found(free)),), (event,))


def _found(assessment: Assessment) -> dict[str, Any]:
    return {"count": assessment.count, "evidence_hash": evidence_hash(evidence(assessment))}
