"""Messages in which every text that may hold personal data is a canary: valid ones and broken ones, of every type."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, EmailStr

from shared.contracts import CATALOGUE, Command, Message
from tests.making import upn

MARK = "Zz-Canary"
PUPIL = upn("801200006661")
EMAIL, POSTCODE, BORN, PHONE = "zz-canary@zz-canary.example.org", "NR99 9ZZ", date(2011, 2, 3), "07700 900666"
LINK, NOW = "https://zz-canary.example.org/zz-canary", datetime(2024, 9, 23, 9, tzinfo=UTC)
TRACES = (MARK, PUPIL, EMAIL, POSTCODE, BORN.isoformat(), PHONE, "zz_canary")
"""What must be found nowhere, in whatever case it is written."""
OPAQUE = {
    "urn": "123456", "school": "123456", "code": "G", "session": "AM", "case": "C-2222-22222", "notice": "N-2222-22222",
    "reference": "N-2222-22222", "about": "N-2222-22222", "question": "Q-2222-22222", "parent_id": "p-1",
    "earlier_id": "p-2", "parents": "p-1", "addresses_checked": "p-1", "evidence_hash": "sha256:0",
    "content_hash": "sha256:0", "token": "token", "delivery": str(UUID(int=7)), "upn": PUPIL, "language": "pl",
    "id": "officer-17", "first": date(2024, 9, 2), "last": date(2024, 10, 25), "phone": PHONE,
    "attendance_phone": PHONE, "postcode": POSTCODE, "link": LINK, "url": LINK, "recording": LINK, "urns": "123456",
    "school_year": 2024, "starts_at": datetime(2024, 12, 2, 9, tzinfo=UTC), "sha256": "0" * 64, "head": "0" * 64,
    "closes": {"to": "2024-12-20"}, "meeting": "M-2222-22222", "booking": "B-2222-22222", "survey": "S-2222-22222",
    "document": {"title": "A survey without questions"}, "school_limit": None,
    "ends_at": datetime(2024, 12, 2, 10, tzinfo=UTC), "invitation": str(UUID(int=9)), "check": LINK,
    **dict.fromkeys(("cancel", "calendar", "join", "offer", "still_coming", "certificate", "evaluate"), LINK),
    "number": "55/24", "complete_by": date(2024, 12, 20), "campaign": "everyday-counts", "step": "adds-up",
}  # fmt: skip
"""What is not made up: references, codes, staff ids (a log says who decided), and canaries of another form.

A survey's document is written to be published, and a wrong one is parked with every problem that it has.
"""

OF_ONE_TYPE: Mapping[str, Mapping[str, Any]] = {
    **{f"{each}.decide_return.v1": {"question": "0" * 32} for each in ("notifications", "bookings", "surveys")},
    "notifications.set_language.v1": {"parent": None, "phone": None},
    "notifications.set_preferences.v1": {"school": None, "phone": None},
    "notifications.send_message.v1": {"school": None, "phone": None},
    "notifications.publish_mi_sheet.v1": {"complete_by": None},
    "notifications.mi_sheet_published.v1": {"complete_by": None},
    "notifications.run_campaign.v1": {"audience": None, "dry_run": False},
    "bookings.certificate_issued.v1": {"code": "K-2222-22222"},
    "bookings.meeting_published.v1": {"capacity": {"online": 7}},
    "surveys.reminder_due.v1": {"number": 2},
    "notifications.lift_suppression.v1": {"address": f"email:{0:064x}"},
}
"""What one message may not have beside what it has, or has in a form of its own."""


def planted(kind: type[Message], **known: Any) -> Message:
    """A valid message of a type; what is not known is made up, and every text is a canary."""
    return kind.model_validate(_made(kind, {**OPAQUE, **OF_ONE_TYPE.get(kind.key(), {}), **known}))


def broken(kind: type[Message]) -> Iterator[bytes]:
    """Bodies that are no message of this type, each full of canaries."""
    every_field = dict.fromkeys(kind.model_fields, f"{MARK} broken")
    yield json.dumps(every_field).encode()
    yield json.dumps({**every_field, "id": str(uuid4()), "type": kind.key(), "time": f"{MARK}"}).encode()[:-5]
    yield json.dumps(f"{MARK} alone").encode()
    yield json.dumps({MARK: {MARK: [MARK]}}).encode()
    whole = json.loads(planted(kind).model_dump_json())
    yield json.dumps(_spoilt(whole)).encode()
    by_keys = {name: {MARK: {MARK: 7}} for name, each in whole.items() if isinstance(each, dict)}
    yield json.dumps({**whole, **by_keys, "time": MARK}).encode()


def commands_and_events_from_outside() -> list[type[Message]]:
    return [kind for key, kind in CATALOGUE.items() if key.startswith("mis.") or issubclass(kind, Command)]


def _made(model: type[BaseModel], known: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: field for name, field in model.model_fields.items() if name not in {"correlation_id", "type"}}
    return {name: _value(name, field.annotation, known) for name, field in wanted.items()}


def _value(name: str, annotation: Any, known: Mapping[str, Any]) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if known.get(name, name) is None:
        return None
    if origin in (Union, UnionType):
        return _value(name, next(each for each in inner if each is not type(None)), known)
    if origin in (Annotated, tuple):
        found = _value(name, inner[0], known)
        return [found] if origin is tuple else found
    if origin is Literal:
        return inner[0]
    is_part = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if name in known and annotation is not UUID and not is_part:
        return known[name]
    if origin is dict:
        return {f"{MARK} key": f"{MARK} value"}
    plain = {AwareDatetime: NOW, date: BORN, UUID: uuid4(), int: 7, bool: True, EmailStr: EMAIL, str: f"{MARK} {name}"}
    if annotation in plain:
        return plain[annotation]
    return _made(annotation, known) if is_part else next(iter(annotation))


def _spoilt(value: Any) -> Any:
    """The same shape, with every number and every text a canary."""
    if isinstance(value, dict):
        return {name: _spoilt(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_spoilt(each) for each in value]
    return f"{MARK} spoilt"
