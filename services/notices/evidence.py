"""Evidence that anyone can recompute by hand, and its hash: byte-equal in whatever order the registers came. Pure."""

import hashlib
import json
from typing import Any

from services.notices.threshold import Assessment

Evidence = dict[str, Any]


def evidence(assessment: Assessment) -> Evidence:
    """What was counted, in which ten school weeks, which weeks were skipped, and by which rule. Names no pupil."""
    policy = assessment.policy
    return {
        "count": assessment.count,
        "threshold": policy.threshold.sessions,
        "met": assessment.met,
        "sessions": [
            {
                "date": mark.day.isoformat(),
                "session": mark.session,
                "code": mark.code,
                "urn": mark.urn,
                "revision": mark.revision,
            }
            for mark in assessment.sessions
        ],
        "school_weeks": [monday.isoformat() for monday in assessment.school_weeks],
        "skipped_weeks": [monday.isoformat() for monday in assessment.skipped_weeks],
        "not_counted": [
            {"date": mark.day.isoformat(), "session": mark.session, "code": mark.code, "urn": mark.urn, "because": why}
            for mark, why in assessment.not_counted
        ],
        "policy": {"id": policy.id, "citation": policy.citation, "rule": policy.rule},
    }


def evidence_hash(facts: Evidence) -> str:
    """SHA-256 over the evidence as JSON with sorted keys, no spaces, UTF-8."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
