"""The log lines of a case: one for each step, with codes, states, references and staff ids only."""

from collections.abc import Mapping
from typing import Any

from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice_states import NOTICE
from services.notices.casefile.words import KINDS
from shared.observing.telemetry import log

_BY_NOTICE = frozenset(move for moves in NOTICE.moves.values() for move in moves) | {"notice_issued"}
_OF_EITHER = frozenset({"prompted", "refused", "other_letter_posted", "earlier_letter_returned"})
LOG_EVENTS = frozenset(f"notice_{kind.removeprefix('notice_')}" for kind in _BY_NOTICE | _OF_EITHER) | frozenset(
    f"case_{kind}" for kind in KINDS - _BY_NOTICE
)
"""Every event name that a case's log line may have."""

_FACTS = ("count", "code", "posted_on", "served_on", "pay_until", "ground", "command")


def log_step(file: CaseFile, entry: Mapping[str, Any]) -> None:
    """Write the log line for one thing that happened in a case; `file` is the case after it."""
    notice = entry.get("notice") or entry.get("about") or ""
    what = entry["what"].removeprefix("notice_")
    who = entry.get("officer") or entry.get("asked_by") or {}
    facts = {name: entry[name] for name in _FACTS if name in entry}
    if "reasons" in entry:
        facts["reasons"] = [reason["code"] for reason in entry["reasons"]]
    if notice in file.notices:
        facts |= {"notice": notice, "state": file.notices[notice].state}
    log.info(
        f"{'notice' if notice else 'case'}_{what}",
        case=file.reference,
        case_state=file.state,
        by=who.get("id"),
        **facts,
    )
