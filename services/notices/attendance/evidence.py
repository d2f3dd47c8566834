"""Evidence that anyone can recompute by hand, and its hash: the same bytes in whatever order registers come. Pure."""

import hashlib
import json
from typing import Any

from services.notices.attendance.counting import CONFLICTS
from services.notices.attendance.marks import Mark
from services.notices.attendance.six_months import last_day
from services.notices.attendance.threshold import Assessment

Evidence = dict[str, Any]


def evidence(assessment: Assessment) -> Evidence:
    """What was counted, in which ten school weeks, which weeks were skipped, and by which rule. Names no pupil.

    Each counted session has the last day on which proceedings for it can begin; each that did not count has the reason.
    """
    policy = assessment.policy
    return {
        "count": assessment.count,
        "threshold": policy.threshold.sessions,
        "met": assessment.met,
        "sessions": [
            {**_session(mark), "revision": mark.revision, "proceedings_until": last_day(mark.day).isoformat()}
            for mark in assessment.sessions
        ],
        "school_weeks": [monday.isoformat() for monday in assessment.school_weeks],
        "skipped_weeks": [monday.isoformat() for monday in assessment.skipped_weeks],
        "weeks_of": assessment.weeks_of,
        "not_counted": [
            {**_session(each.mark), "because": each.because, "conflict": each.code in CONFLICTS}
            for each in assessment.not_counted
        ],
        "date_of_birth_known": assessment.is_age_known,
        "policy": {"id": policy.id, "citation": policy.citation, "rule": policy.rule},
    }


def _session(mark: Mark) -> Evidence:
    return {"date": mark.day.isoformat(), "session": mark.session, "code": mark.code, "urn": mark.urn}


def evidence_hash(facts: Evidence) -> str:
    """SHA-256 over the evidence as JSON with sorted keys, no spaces, UTF-8."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
