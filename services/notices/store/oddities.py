"""What was odd in schools' messages, kept beside the rest of the message: a list that clears itself.

An oddity is kept in its record's document or its register's statement. So it costs no write of its own, it
goes when a later message is right, and it is kept no longer than the record itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notices.attendance.marks import Statement
from services.notices.attendance.odd_marks import is_mended
from services.notices.store import records
from shared.contracts.untidy import MisEvent, Untidy
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.time.clock import utc

_STANDS = {"untidy": {"$exists": True}, "untidy.0": {"$exists": True}}
_ON_NO_ROLL: Document = {
    "schools.0": {"$exists": True},
    "$expr": {
        "$not": {
            "$setIsSubset": [
                "$schools",
                {"$map": {"input": {"$objectToArray": {"$ifNull": ["$rolls", {}]}}, "in": "$$this.k"}},
            ]
        }
    },
}
"""Pupils with marks from a school that has never said that they are on its roll."""
_PLACES = 1000
"""Sessions asked about at once."""
FIXES = {
    "empty": "fill it in at the school's system, which then sends it again",
    "missing": "fill it in at the school's system, which then sends it again",
    "unreadable": "write it as the contract says; the rest of the record is kept",
    "subcode": "map the system's own code to its code of the regulations, and send the mark again",
    "unknown_code": "use a code of the regulations, and send the mark again",
    "twice": "say one code for this pupil and session, and send the mark again",
    "no_such_day": "nothing of a pupil can be of this day: look at the year, and send it again",
    "never_on_roll": "send the school's record of this pupil: until then their marks there are kept and do not count",
    "to_come": "set the clock of the school's system: the message counts as sent when it came",
}
"""What to do, by reason."""


@dataclass(frozen=True)
class Oddity:
    """Something that was left out, until it is put right."""

    urn: str
    kind: str
    """What was sent: pupil_updated, register, …"""
    at: datetime
    """When it came."""
    untidy: Untidy
    """What was left out, for which pupil and session, as far as known."""


def left_out(kept: Document | None, message: MisEvent, now: datetime, *, is_latest: bool) -> Document:
    """What changes in a record's oddities: those of the latest message stay; a wrong clock is always noted."""
    before: list[Document] = (kept or {}).get("untidy", [])
    kind = _kind(message)
    found = [{"kind": kind, "field": e.field, "reason": e.reason, "at": utc(now)} for e in message.untidy]
    if is_latest:
        after = [*(each for each in before if each["kind"] != kind), *found]
    else:
        known = {(each["kind"], each["field"]) for each in before}
        after = [*before, *(e for e in found if e["reason"] == "to_come" and (kind, e["field"]) not in known)]
    return {"untidy": after} if after != before else {}


def say_untidy(message: MisEvent, untidy: Sequence[Untidy]) -> None:
    """One line of log for a message of which something was left out."""
    if untidy:
        log.warning(
            "untidy_fields",
            message_id=str(message.id),
            urn=getattr(message, "urn", None),
            fields=" ".join(each.field for each in untidy[:20]),
            reasons=" ".join(sorted({each.reason for each in untidy})),
            count=len(untidy),
        )


async def oddities(store: Store, urn: str = "") -> list[Oddity]:
    """Everything that was left out and is not right yet, by school and time; for one school if it is named."""
    found = [*await _of_records(store), *await _of_rolls(store), *await _of_registers(store)]
    return sorted((each for each in found if urn in ("", each.urn)), key=lambda each: (each.urn, each.at))


async def _of_records(store: Store) -> list[Oddity]:
    pupils = await store[records.PUPILS].find(_STANDS, fields=["urn", "untidy"])
    schools = await store[records.SCHOOLS].find(_STANDS, fields=["untidy"])
    left = [(each["urn"], each["_id"], entry) for each in pupils for entry in each["untidy"]]
    left += [(each["_id"], None, entry) for each in schools for entry in each["untidy"]]
    return [
        Oddity(urn, entry["kind"], entry["at"], Untidy(entry["field"], entry["reason"], upn))
        for urn, upn, entry in left
    ]


async def _of_rolls(store: Store) -> list[Oddity]:
    """Marks that do not count because their school has never had the pupil on its roll; identified by the last one."""
    found = []
    for pupil in await store[records.PUPILS].find(_ON_NO_ROLL, fields=["marks", "rolls", *records.WHICH_ROLL]):
        child = records.read_child(pupil)
        came = {mark.urn: mark.time for mark in sorted(records.read_marks(pupil).values(), key=lambda mark: mark.time)}
        found += [
            Oddity(urn, "register", at, Untidy("upn", "never_on_roll", pupil["_id"]))
            for urn, at in came.items()
            if not child.was_ever_at(urn)
        ]
    return found


async def _of_registers(store: Store) -> list[Oddity]:
    odd = await store[records.REGISTERS].find(_STANDS)
    slots = sorted({document["slot"] for document in odd})
    sides = defaultdict(list)
    for start in range(0, len(slots), _PLACES):
        query = {"slot": {"$in": slots[start : start + _PLACES]}}
        for document in await store[records.REGISTERS].find(query):
            sides[document["slot"]].append(records.read_statement(document))
    return [each for document in odd for each in _not_mended(document, sides[document["slot"]])]


def _not_mended(document: Document, sides: Iterable[Statement]) -> Iterable[Oddity]:
    statement, every = records.read_statement(document), list(sides)
    for untidy in statement.untidy:
        if not is_mended(untidy, statement, every):
            placed = Untidy(untidy.field, untidy.reason, untidy.upn, statement.day.isoformat(), statement.session)
            yield Oddity(statement.urn, "register", document["kept_at"], placed)


def _kind(message: MisEvent) -> str:
    return message.key().split(".")[1]
