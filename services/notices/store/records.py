"""How the notices service keeps its facts: documents on one side, the model's words on the other."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from services.notices.attendance.calendar import Calendar, SchoolWeeks
from services.notices.attendance.child import Child, Stay, stays
from services.notices.attendance.marks import Mark, Statement, slot
from services.notices.casefile.file import CaseFile
from services.notices.casefile.standing import standing
from services.notices.deciding.decision import PupilFacts, SchoolFacts
from shared.contracts.fields import Address
from shared.contracts.latest import latest_fields
from shared.contracts.mis import CalendarPublished, Parent, PupilUpdated
from shared.contracts.untidy import Untidy
from shared.store.documents import Document
from shared.time.clock import utc

SCHOOLS, REGISTERS, PUPILS, CASES = "schools", "registers", "pupils", "cases"
FORGOTTEN = "forgotten"


def statement_document(statement: Statement, kept_at: datetime) -> Document:
    """One statement of a register or correction, found by its slot. Authorised codes are never kept."""
    key = slot(statement.urn, statement.day, statement.session)
    return {
        "_id": f"{statement.event_id}:{key}:{statement.revision}",
        "slot": key,
        "revision": statement.revision,
        "time": utc(statement.time),
        "event": statement.event_id,
        "codes": statement.codes,
        "others": " ".join(statement.others),
        "kept_at": kept_at,
        **({"missing": sorted(statement.missing)} if statement.missing else {}),
        **({"unexplained": sorted(statement.unexplained)} if statement.unexplained else {}),
        **({"untidy": [asdict(each) for each in statement.untidy]} if statement.untidy else {}),
    }


def read_statement(document: Document) -> Statement:
    urn, day, session = document["slot"].split(":")
    return Statement(
        urn=urn,
        day=date.fromisoformat(day),
        session=session,
        revision=document["revision"],
        time=document["time"],
        event_id=document["event"],
        codes=document["codes"],
        others=frozenset(document["others"].split()),
        missing=frozenset(document.get("missing", ())),
        unexplained=frozenset(document.get("unexplained", ())),
        untidy=tuple(Untidy(**each) for each in document.get("untidy", ())),
    )


def mark_field(mark: Mark) -> Document:
    field = {"code": mark.code, "revision": mark.revision, "time": utc(mark.time), "event": mark.event_id}
    return field | {"unexplained": True} if mark.unexplained else field


def read_marks(pupil: Document | None) -> dict[str, Mark]:
    """A pupil's marks by slot; a mark without a code is a tombstone."""
    kept: dict[str, Document] = (pupil or {}).get("marks", {})
    marks = {}
    for key, entry in kept.items():
        urn, day, session = key.split(":")
        marks[key] = Mark(
            urn=urn,
            day=date.fromisoformat(day),
            session=session,
            code=entry["code"],
            revision=entry["revision"],
            time=entry["time"],
            event_id=entry["event"],
            unexplained=entry.get("unexplained", False),
        )
    return marks


def calendar_field(event: CalendarPublished, kept_at: datetime) -> Document:
    return {
        "kept_at": utc(kept_at),
        "first": event.first.isoformat(),
        "last": event.last.isoformat(),
        "closed": sorted(day.isoformat() for day in event.closed),
        "half_days": sorted(f"{half.date.isoformat()}:{half.session}" for half in event.half_days),
        "time": utc(event.time),
        "event": str(event.id),
    }


def read_weeks(urn: str, school: Document | None, known_by: datetime | None = None) -> SchoolWeeks:
    """A school's weeks from its published calendars and from the weeks in which its registers were taken.

    With `known_by`, only what was known at that instant.
    """
    school = school or {}
    calendars = [each for each in school.get("calendars", ()) if known_by is None or each["kept_at"] <= known_by]
    seen = [day for day, kept_at in school.get("seen", {}).items() if known_by is None or kept_at <= known_by]
    return SchoolWeeks(
        urn=urn,
        calendars=tuple(_read_calendar(entry) for entry in calendars),
        seen=frozenset(date.fromisoformat(monday) for monday in seen),
    )


def pupil_fields(event: PupilUpdated, now: datetime) -> Document:
    details = event.model_dump(mode="json", include=set(PupilUpdated.model_fields) - _ENVELOPE)
    return {"urn": event.urn, "details": details, **latest_fields(event, now, "details")}


def roll_fields(pupil: Document | None, event: PupilUpdated) -> Document:
    """What changes about when a pupil was on rolls: each school's word is kept, even beside another's newer one."""
    rolls = _rolls(pupil or {})
    stay_fields = _with_stay(rolls.get(event.urn, []), _stay_field(event))
    return {"rolls": rolls | {event.urn: stay_fields}} if stay_fields != rolls.get(event.urn) else {}


def read_child(pupil: Document | None) -> Child:
    """When a pupil was born and on which rolls; nothing is known before their MIS has told us."""
    details: dict[str, Any] = (pupil or {}).get("details", {})
    born = details.get("date_of_birth")
    return Child(
        urn=details.get("urn"),
        born=date.fromisoformat(born) if born else None,
        stays={
            urn: stays(Stay(_day(each["from"]), _day(each["left"])) for each in words)
            for urn, words in _rolls(pupil or {}).items()
        },
    )


WHICH_ROLL = ("details.urn", "details.on_roll_from", "details.left_on", "details_at", "details_event")
"""Fields that gave a pupil's roll before rolls were kept separately."""


def _rolls(pupil: Document) -> dict[str, list[Document]]:
    """What each school has said about a pupil's time on its roll, oldest word first.

    Pupils stored before this existed have only the newest school's word, in their details.
    """
    kept: dict[str, list[Document]] | None = pupil.get("rolls")
    if kept is not None:
        return kept
    details = pupil.get("details")
    if not details:
        return {}
    when = {"at": pupil["details_at"], "event": pupil["details_event"]}
    return {details["urn"]: [{"from": details.get("on_roll_from"), "left": details.get("left_on"), **when}]}


def _stay_field(event: PupilUpdated) -> Document:
    when = {"at": utc(event.time), "event": str(event.id)}
    return {"from": _iso(event.on_roll_from), "left": _iso(event.left_on), **when}


def _with_stay(kept: list[Document], stay: Document) -> list[Document]:
    """A school's words in order of time, whatever order they arrived in; of identical ones only the last."""
    same = [each for each in kept if (each["from"], each["left"]) == (stay["from"], stay["left"])]
    others = [each for each in kept if each not in same]
    newest = max([*same, stay], key=lambda each: (each["at"], each["event"]))
    return sorted([*others, newest], key=lambda each: (each["at"], each["event"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def read_pupil(pupil: Document) -> PupilFacts | None:
    """What a notice needs to know of a pupil; None while the MIS has not told us."""
    details: dict[str, Any] | None = pupil.get("details")
    if details is None:
        return None
    return PupilFacts(
        upn=pupil["_id"],
        urn=details["urn"],
        given_name=details["given_name"],
        family_name=details["family_name"],
        address=Address.from_store(details["address"]) if details.get("address") else None,
        parents=tuple(Parent.from_store(parent) for parent in details.get("parents", ())),
        looked_after=bool(details.get("looked_after")),
        child=read_child(pupil),
    )


def read_school(school: Document | None) -> SchoolFacts | None:
    if school is None or "name" not in school:
        return None
    return SchoolFacts(urn=school["_id"], name=school["name"])


def case_fields(file: CaseFile) -> Document:
    """A case as it is stored: its entries are the truth, the other fields are for finding it."""
    return {
        "upn": file.upn,
        "urn": file.urn,
        "story": file.correlation_id,
        "state": file.state,
        "notices": sorted(file.notices),
        "history": [dict(entry) for entry in file.history],
        **standing(file),
    }


def read_case(document: Document, pupil: Document, known_by: datetime | None = None) -> CaseFile:
    """The file of a case, at the school whose roll the pupil is on; with `known_by`, as of that instant.

    Before the pupil's details have come that is the school whose registers opened the case; where the case does not
    name it, the school of the pupil's last mark.
    """
    entries = document.get("history", [])
    if known_by is not None:  # clocks differ: whoever wrote an entry had read all before it
        entries = entries[: max((n for n, each in enumerate(entries, 1) if each["at"] <= known_by), default=0)]
    urn = pupil.get("urn") or _school_kept(document) or _school_of_last_mark(pupil)
    return CaseFile.of(document["_id"], document["upn"], urn, document["story"], entries)


def _school_kept(document: Document) -> str | None:
    """The school that a case names. Those kept before 28 November 2026 may say 000000, or nothing, for none."""
    kept: str | None = document.get("urn")
    return None if kept == "000000" else kept


def _school_of_last_mark(pupil: Document) -> str:
    """From the slots of the pupil's marks; nothing where there are none."""
    keys = (key.split(":") for key in pupil.get("marks", {}))
    return max(((day, urn) for urn, day, _ in keys), default=("", ""))[1]


_ENVELOPE = {"type", "id", "time", "subject", "correlation_id", "causation_id", "version"}


def _read_calendar(entry: Document) -> Calendar:
    return Calendar(
        first=date.fromisoformat(entry["first"]),
        last=date.fromisoformat(entry["last"]),
        closed=frozenset(date.fromisoformat(day) for day in entry["closed"]),
        half_days=frozenset(
            (date.fromisoformat(half.partition(":")[0]), half.partition(":")[2]) for half in entry["half_days"]
        ),
        time=entry["time"],
        event_id=entry["event"],
    )
