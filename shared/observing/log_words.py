"""A log line as a sentence: what happened, to what, and with what result. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.time.clock import LONDON

Line = Mapping[str, Any]

_SENTENCES = {
    "message_done": "took {queue} ({duration_ms} ms)",
    "message_retried": "could not take {queue}, and tries again in {delay_s} s: {reason}",
    "message_forged": "a forged message in {queue} has no effect, and is parked: {reason}",
    "message_parked": "parked {queue} for a person: {reason}",
    "message_returned": "gave {queue} back to the broker: {reason}",
    "message_interrupted": "was stopped while it worked on {queue}; the broker delivers it again",
    "batch_done": "took {messages} of {queue} together ({duration_ms} ms)",
    "register_kept": "kept a register of school {urn}: {marks} marks, {unauthorised} of them unauthorised",
    "corrections_kept": "kept corrections of school {urn}: {marks} marks, {unauthorised} of them unauthorised",
    "absence_threshold_reached": "found the national threshold reached, with {count} sessions",
    "absence_threshold_cleared": "found the national threshold not met any more, with {count} sessions",
    "evidence_changed": "found the evidence changed; {count} sessions are counted",
    "notice_issued": "issued a penalty notice, by {by}",
    "case_refused": "refused {command}: {reasons}",
    "notice_refused": "refused {command}: {reasons}",
    "case_prompted": "prompted an officer: {code}",
    "notice_prompted": "prompted an officer: {code}",
    "notice_letter_dispatched": "heard that the letter was posted on {posted_on}, so that it is served on {served_on}",
    "sheet_published": "published MI Sheet {sheet} ({kind}), by {by}",
    "sheet_chased": "reminded {schools} schools of MI Sheet {sheet}",
    "campaign_stopped": "stopped {campaign}: {messages} messages and {lists} lists were taken off, by {by}",
    "same_words_too_often": "held a message back: its address has had the same words too often within this hour",
    "publish_failed": "could not publish {type}: {error}",
}
_BESIDE = frozenset(
    {"time", "level", "service", "version", "event", "correlation_id", "message_id", "trace_id", "span_id", "outcome"}
)


def sentence(line: Line) -> str:
    """A line in words: its own sentence if it has one, else its name, plus the remaining facts."""
    template = _SENTENCES.get(line["event"], line["event"].replace("_", " "))
    without_saying = {*_BESIDE, "attempt"} if line.get("attempt") == 1 else _BESIDE
    left = {name: value for name, value in line.items() if name not in without_saying and value not in (None, "", [])}
    try:
        text = template.format_map({name: _plain(name, value) for name, value in line.items()})
        left = {name: value for name, value in left.items() if f"{{{name}}}" not in template}
    except KeyError:  # an older line without that fact
        text = line["event"].replace("_", " ")
    facts = ", ".join(f"{name.replace('_', ' ')} {_plain(name, value)}" for name, value in left.items())
    return f"{text} · {facts}" if facts else text


def when(line: Line) -> str:
    """The time of a line in London, to the millisecond."""
    return instant(line).astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def instant(line: Line) -> datetime:
    return datetime.fromisoformat(line["time"])


def _plain(name: str, value: Any) -> str:
    if name == "queue":
        return str(value).partition(".")[2]
    if name == "duration_ms":
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(map(str, value)).replace("_", " ")
    if name in {"code", "command", "ground", "state", "case_state"}:
        return str(value).replace("_", " ")
    return str(value)
