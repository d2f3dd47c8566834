"""What is kept about a pupil or a parent, in words: other people appear as initials, staff by their role."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from services.notices.casefile.entries import Entry
from services.notices.casefile.notice import Notice
from services.notices.casefile.words import headline, name_of, pounds
from services.notices.deciding.decision import full_name
from services.notices.store.records import read_child
from services.notices.story.page import when
from shared.people.person import initials, without_names
from shared.store.documents import Document
from shared.time.clock import in_words
from shared.writing.counting import number_of
from shared.writing.paper import Section

_FREE = ("support", "summary", "alternative", "reason", "words", "why", "court")
"""What people wrote, by the name of its field."""


def record_of_pupil(pupil: Document) -> Section:
    details: Mapping[str, Any] = pupil.get("details", {})
    rows = [
        ("UPN", pupil["_id"] if details else ""),
        ("Name", name_of_pupil(pupil)),
        ("Date of birth", _day(details.get("date_of_birth"))),
        ("Year group", details.get("year_group")),
        ("Address", _address(details.get("address"))),
        ("School", details.get("urn")),
        ("On roll from", _day(details.get("on_roll_from"))),
        ("Left", _day(details.get("left_on"))),
        *_other_rolls(pupil, details.get("urn")),
        ("Parents", ", ".join(initials(parent["name"]) for parent in details.get("parents", ()))),
        ("As the school told", when(pupil["details_at"].isoformat()) if details else ""),
    ]
    return Section("The school's record of the pupil", rows=tuple((label, str(text)) for label, text in rows if text))


def _other_rolls(pupil: Document, urn: str | None) -> Iterator[tuple[str, str]]:
    """When the pupil was on other schools' rolls, as those have said it."""
    for other, stays in read_child(pupil).stays.items():
        for stay in stays:
            days = [stay.first and f"from {in_words(stay.first)}", stay.last and f"until {in_words(stay.last)}"]
            if other != urn:
                yield f"On the roll of school {other}", " ".join(each for each in days if each) or "no day said"


def record_of_parent(pupil: Document, parent: Mapping[str, Any]) -> Section:
    rows = [
        ("Name", parent["name"]),
        ("Id in the school's record", parent["parent_id"]),
        ("Address", _address(parent.get("address"))),
        ("Email", parent.get("email")),
        ("Phone", parent.get("phone")),
        ("Parent of", f"{initials(name_of_pupil(pupil))}, at school {pupil['details']['urn']}"),
        ("Day-to-day care", "yes" if parent.get("day_to_day_care") else "not said"),
    ]
    return Section("A school's record that names the parent", rows=tuple((label, str(t)) for label, t in rows if t))


def session_history(upn: str, mark: Document, statements: Sequence[Document]) -> str:
    now = f"code {mark['code']}" if mark["code"] else "not unauthorised any more"
    lines = [
        f"{statement['codes'].get(upn, 'another mark')} by revision {statement['revision']}, "
        f"kept {when(statement['kept_at'].isoformat())}"
        for statement in statements
        if upn in statement["codes"] or upn in statement["others"].split()
    ]
    return f"{now} ({'; '.join(lines)})" if lines else now


def notice_page(notice: Notice, to: str = "") -> Section:
    content = notice.content
    rows = [
        ("State", name_of(notice.state)),
        ("To", to or f"{content['recipient']['name']}, {_address(content['recipient']['address'])}"),
        ("Issued", in_words(notice.issued_on)),
        (
            "Offence",
            f"{number_of(len(notice.slots), 'session')}, "
            f"{_day(content['offence_from'])} to {_day(content['offence_to'])}",
        ),
        ("Amount", pounds(content["amounts"]["full"])),
        ("Posted", notice.posted_on and in_words(notice.posted_on)),
        ("Deemed served", notice.served_on and in_words(notice.served_on)),
        *(("Paid", f"{pounds(each.amount)} on {in_words(each.paid_on)}") for each in notice.payments),
        ("Withdrawn", (notice.ground or "").replace("_", " ")),
        ("Policy", content["policy"]),
    ]
    return Section(f"Penalty notice {notice.reference}", rows=tuple((label, str(text)) for label, text in rows if text))


def happened(heading: str, entries: Iterable[Entry], others: Iterable[str], own: Iterable[str]) -> Section:
    rows = ((when(entry["at"].isoformat()), without_names(_in_words(entry), others, own)) for entry in entries)
    return Section(heading, rows=tuple(rows))


def _in_words(entry: Entry) -> str:
    """An entry with what people wrote; staff appear by role, since they act for the authority or the school."""
    about = entry.get("notice") or entry.get("about")
    parts = [headline(entry) + (f" ({about})" if about else "")]
    parts += [f"{name.replace('_', ' ')}: {entry[name]}" for name in _FREE if entry.get(name) and name not in parts[0]]
    parts += [reason["words"] for reason in entry.get("reasons", ())]
    if entry["what"] == "nti_issued":
        parts += [f"{name.replace('_', ' ')}: {text}" for name, text in entry["content"].items() if text]
    who = entry.get("officer") or entry.get("asked_by")
    return "; ".join(parts) + (f"; by: {who['role']}" if who else "")


def name_of_pupil(pupil: Document) -> str:
    details = pupil.get("details")
    return full_name(details["given_name"], details["family_name"]) if details else ""


def _address(address: Mapping[str, Any] | None) -> str:
    return ", ".join([*address["lines"], address["postcode"]]) if address else ""


def _day(text: str | None) -> str:
    return in_words(date.fromisoformat(text)) if text else ""


def session(slot: str) -> str:
    urn, day, session = slot.split(":")
    return f"{_day(day)}, {session}, school {urn}"


def by_day(slot: str) -> tuple[str, str]:
    return slot.partition(":")[2], slot
