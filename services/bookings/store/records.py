"""How the bookings service keeps its facts: documents on one side, the model's words on the other."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from services.bookings.booking.booking import Booking
from services.bookings.places.asking import School
from services.bookings.places.meeting import Entry, Meeting, Place
from services.bookings.places.states import BOOKING
from shared.contracts.meetings import Attendee, Booker, MeetingDetails
from shared.store.documents import Document

MEETINGS, BOOKINGS, NEEDS, SCHOOLS, NUDGES, REACH = "meetings", "bookings", "needs", "schools", "nudges", "reach"
THEMES = "themes"

_PLACE = tuple(field.name for field in fields(Place) if field.name != "booking")
_OF_ITS_OWN = {"reference", "correlation_id", "person", "booked_by"}
_BOOKING = tuple(field.name for field in fields(Booking) if field.name not in _OF_ITS_OWN)


def meeting_fields(
    before: Meeting | None, after: Meeting, untold: Iterable[Entry], due_at: datetime | None
) -> Document:
    """What to write for a meeting: everything if it is new, else the fields that differ from what was read."""
    written: Document = {
        "story": after.correlation_id,
        "details": after.details.model_dump(mode="json"),
        "starts_at": after.details.starts_at,
        "cancelled": after.cancelled,
        "revision": after.revision,
        "accepted": after.accepted,
        "heard": list(after.heard),
        "refusals": [dict(refusal) for refusal in after.refusals],
        "untold": [dict(entry) for entry in untold],
        "due_at": due_at,
    }
    if before is None:
        return written | {"places": {}}
    places = {f"places.{key}": _place(place) for key, place in after.places.items() if before.places.get(key) != place}
    return written | places


def read_meeting(document: Document) -> Meeting:
    return Meeting(
        reference=document["_id"],
        correlation_id=document["story"],
        details=read_details(document),
        cancelled=document["cancelled"],
        revision=document["revision"],
        accepted=document["accepted"],
        places={key: _read_place(key, place) for key, place in document["places"].items()},
        heard=tuple(document["heard"]),
        refusals=tuple(document["refusals"]),
    )


def read_details(document: Document) -> MeetingDetails:
    return MeetingDetails.from_store(document["details"])


def booking_fields(booking: Booking, due_at: datetime | None) -> Document:
    """A booking as it is stored: its entries are the truth, the other fields are for finding and showing it."""
    return {
        **{name: getattr(booking, name) for name in _BOOKING if name not in {"history", "withdrawn", "answers"}},
        "story": booking.correlation_id,
        "person": booking.person.model_dump(),
        "booked_by": booking.booked_by.model_dump() if booking.booked_by else None,
        "withdrawn": list(booking.withdrawn),
        "answers": [dict(answer) for answer in booking.answers],
        "history": [dict(entry) for entry in booking.history],
        "due_at": due_at,
    }


def read_booking(document: Document) -> Booking:
    known: dict[str, Any] = {name: document[name] for name in _BOOKING if name in document}
    booked_by = document["booked_by"]
    return Booking(
        **known
        | {
            "reference": document["_id"],
            "correlation_id": document["story"],
            "state": BOOKING.of(document),
            "person": Attendee.from_store(document["person"]),
            "booked_by": Booker.from_store(booked_by) if booked_by else None,
            "withdrawn": tuple(document["withdrawn"]),
            "answers": tuple(document.get("answers", ())),
            "history": tuple(document["history"]),
        }
    )


def read_school(document: Document) -> School:
    known = (document.get(name) for name in ("phase", "district"))
    return School(document["_id"], document["name"], document["email"], *known)


def _place(place: Place) -> Document:
    return {name: getattr(place, name) for name in _PLACE} | {"heard": list(place.heard)}


def _read_place(booking: str, document: Document) -> Place:
    kept = {name: document[name] for name in _PLACE}
    return Place(booking=booking, **kept | {"state": BOOKING.of(document), "heard": tuple(document["heard"])})
