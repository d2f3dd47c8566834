"""What an officer decides on: one hash over everything that the letter says, in parts that can be compared. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from services.notices.attendance.evidence import evidence
from services.notices.casefile.file import CaseFile
from services.notices.deciding.decision import Facts

_PARTS = {
    "the sessions counted, or why others are not": "evidence",
    "the parent's name or address, or their language": "recipient",
    "the child's name or address": "child",
    "the school": "school",
    "whether it is a first or second notice, its amounts or its words": "notice",
}
"""The parts of the hash in their order, each by the words that say what has changed."""
_LENGTH = 12  # hexadecimal digits: 48 bits a part


def letter_hash(file: CaseFile, parent_id: str, facts: Facts, terms: Mapping[str, Any]) -> str:
    """Identifies everything that a notice to this parent would say now, on these terms (sequence, amounts, words).

    It has a part for each kind of fact, so that a refusal can say which of them changed.
    """
    pupil, school = facts.pupil, facts.school
    parent = pupil.parent(parent_id) if pupil else None
    parts: dict[str, Any] = {
        "evidence": evidence(facts.assessment(file.used(parent_id))),
        "recipient": [parent.name, _json(parent.address), parent.language] if parent else None,
        "child": [pupil.given_name, pupil.family_name, _json(pupil.address)] if pupil else None,
        "school": [school.urn, school.name] if school else None,
        "notice": terms,
    }
    return "-".join(_digest(parts[part]) for part in _PARTS.values())


def differs(seen: str, now: str) -> str:
    """What has changed between two hashes, in words; empty if nothing has."""
    if seen == now:
        return ""
    parts = list(zip(seen.split("-"), now.split("-"), strict=False))
    changed = [words for words, (then, today) in zip(_PARTS, parts, strict=False) if then != today]
    if len(parts) != len(_PARTS):
        return "the evidence hash is not of this parent's notice (`everyday explain` names each parent's own)"
    return "; ".join(changed)


def _json(value: Any) -> Any:
    return value.model_dump(mode="json") if value is not None else None


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
