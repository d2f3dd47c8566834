"""The integrity export of a consultation: everything that a court or scrutiny committee asks for, in one chain.

Each entry's hash covers the entry and the hash before it, so nothing in the middle can be changed, added or left out
without changing every later hash. The last hash is kept with the survey and made public, so that the whole can be
checked years later against the store. Pure.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.writing.paper import Page, Section

START = "0" * 64

Entry = dict[str, Any]


def digest(facts: Any) -> str:
    """SHA-256 of facts as canonical JSON."""
    written = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(written.encode()).hexdigest()


def chain(facts: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Entries with their hashes, each containing the one before."""
    entries: list[Entry] = []
    before = START
    for number, each in enumerate(facts, start=1):
        entry: Entry = json.loads(json.dumps({**each, "entry": number, "previous": before}, default=_plain))
        entry["hash"] = digest(entry)
        entries.append(entry)
        before = entry["hash"]
    return entries


def broken(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a chain, in words; empty if it is intact."""
    found = []
    before = START
    for number, entry in enumerate(entries, start=1):
        rest = {name: value for name, value in entry.items() if name != "hash"}
        if entry.get("entry") != number:
            found.append(f"entry {number} is missing, or out of its place")
        if entry.get("previous") != before:
            found.append(f"entry {number} does not follow the one before it")
        if digest(rest) != entry.get("hash"):
            found.append(f"entry {number} has been changed")
        before = str(entry.get("hash"))
    return found


def changed_since(earlier: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    """What an earlier export says that the store no longer does, in words."""
    standing = {digest(_facts(entry)) for entry in now}
    return [
        f"entry {entry['entry']} ({entry['what']}) is not in the store as it was then"
        for entry in earlier
        if digest(_facts(entry)) not in standing
    ]


def as_page(title: str, entries: Sequence[Mapping[str, Any]]) -> Page:
    """The export for people: what happened, in order, each line with the start of its hash."""
    head = entries[-1]["hash"] if entries else START
    lead = (
        f"{len(entries)} entries. The whole is sealed by the hash {head}.",
        "Each entry's hash covers the entry and the hash before it (SHA-256 of canonical JSON).",
    )
    sections = []
    for kind, heading in _HEADINGS.items():
        rows = tuple(
            (f"{entry['entry']} · {entry['at'][:16].replace('T', ' ')}", _line(entry))
            for entry in entries
            if entry["kind"] == kind
        )
        if rows:
            sections.append(Section(heading, rows=rows))
    return Page(f"Integrity export: {title}", lead, tuple(sections))


_HEADINGS = {
    "survey": "What was decided",
    "edition": "The questions, version by version",
    "consultee": "Who was consulted, and what became of it",
    "answer": "Answers",
    "disposition": "What was decided on each comment",
    "theme": "You said, we did",
}


def _line(entry: Mapping[str, Any]) -> str:
    left_out = {"entry", "at", "kind", "what", "previous", "hash", "document", "answers", "cause"}
    facts = "; ".join(
        f"{name}: {_short(value)}"
        for name, value in entry.items()
        if name not in left_out and value not in (None, "", [], {})
    )
    return f"{entry['what'].replace('_', ' ')}. {facts} [{entry['hash'][:12]}]"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items() if each not in (None, ""))
    return str(value)


def _facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in {"entry", "previous", "hash"}}


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
