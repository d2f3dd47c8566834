"""One person's booking: who it is for, its state, and everything that was decided about it, with reasons. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.bookings.places.meeting import Entry
from services.bookings.places.states import BOOKING, LIVE, BookingState, Happened
from shared.contracts.meetings import Attendee, Booker, Mode

Attendance = Literal["attended", "apologies", "no_show", "not_recorded"]
Evaluation = Literal["not_asked", "asked", "answered", "waived"]
NOTHING_TO_ASK: frozenset[Evaluation] = frozenset({"answered", "waived"})
"""The certificate waits for no feedback any more."""

NOBODY = Attendee(name="somebody whose name is no longer kept", email="nobody@example.org")
"""Stands in for a forgotten person; mail to this domain reaches nobody (RFC 2606)."""


@dataclass(frozen=True)
class Booking:
    """A booking as its entries make it."""

    reference: str
    meeting: str
    correlation_id: str
    person: Attendee
    urn: str | None = None
    booked_by: Booker | None = None
    source: str | None = None
    """Where a booking made elsewhere came from."""
    first_holder: str | None = None
    """An opaque key of the person: whoever has cancelled since is not imported again. Erased with the names."""
    mode: Mode | None = None
    state: BookingState = BOOKING.start
    number: int = 0
    turn: int = 0
    sequence: int | None = None
    """The sequence number of its diary entry; None if there was never one."""
    told_at: datetime | None = None
    """When the person was last told where and when to come."""
    offer_until: datetime | None = None
    late: bool = False
    """Cancelled within the freeze: the register lists these as apologies."""
    materials_at: datetime | None = None
    attendance: Attendance = "not_recorded"
    certificate: str | None = None
    withdrawn: tuple[str, ...] = ()
    """Codes of certificates that are no longer valid."""
    evaluation: Evaluation = "not_asked"
    """Whether the person has evaluated the meeting, if it asks for that before the certificate."""
    answers: tuple[Mapping[str, Any], ...] = ()
    """Their evaluation: for each question `ask`, and `scale` or `words`."""
    history: tuple[Entry, ...] = ()

    def with_entries(self, entries: Iterable[Entry]) -> "Booking":
        """The booking after these further entries; entries that it already has change nothing."""
        booking = self
        for entry in entries:
            if not booking.has(entry):
                step = _STEPS.get(entry["what"])
                after = step(booking, entry) if step else booking
                booking = replace(after, history=(*after.history, _kept(entry)))
        return booking

    def has(self, entry: Entry) -> bool:
        return any(each["id"] == entry["id"] for each in self.history)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_forgotten(self) -> bool:
        """Whether its names were removed after their time: nobody is told anything any more."""
        return any(entry["what"] == "forgotten" for entry in self.history)

    @property
    def comes(self) -> bool:
        """Whether the register lists the person: confirmed, or with late apologies."""
        return self.state == "confirmed" or (self.state == "cancelled" and self.late)

    @property
    def owes_evaluation(self) -> bool:
        """Whether the certificate waits for the person's evaluation."""
        certified = self.certificate is not None
        return self.evaluation == "asked" and self.attendance == "attended" and not certified and not self.is_forgotten

    @property
    def cause(self) -> str:
        """The message that caused the last entry."""
        return str(self.history[-1]["cause"])


def begun(meeting: str, entry: Entry) -> Booking:
    """A new booking, from the meeting's first decision about it."""
    asked = entry["asked"]
    return Booking(
        reference=entry["booking"],
        meeting=meeting,
        correlation_id=asked["story"],
        person=Attendee.from_store(asked["person"]),
        urn=asked["urn"],
        booked_by=Booker.from_store(asked["booked_by"]) if asked["booked_by"] else None,
        source=asked["source"],
        first_holder=asked["holder"] if asked["source"] else None,
        mode=entry["mode"],
    )


def _kept(entry: Entry) -> Entry:
    """An entry as the history keeps it: without the person, and without their evaluation."""
    return {name: value for name, value in entry.items() if name not in _PASSES}


_PASSES = {"asked", "person", "holder", "booking", "answers"}


def _next_sequence(booking: Booking) -> int | None:
    return None if booking.sequence is None else booking.sequence + 1


def _confirmed(booking: Booking, entry: Entry) -> Booking:
    sequence = 0 if booking.sequence is None else booking.sequence + 1
    moved = replace(_moved(booking, entry), number=entry["number"], sequence=sequence, offer_until=None)
    return replace(moved, told_at=entry["at"])


def _waits(booking: Booking, entry: Entry) -> Booking:
    return replace(_moved(booking, entry), number=entry["number"])


def _offered(booking: Booking, entry: Entry) -> Booking:
    return replace(_moved(booking, entry), offer_until=entry["until"])


def _ended(booking: Booking, entry: Entry) -> Booking:
    late = bool(entry.get("late"))
    ended = replace(_moved(booking, entry), sequence=_next_sequence(booking), offer_until=None)
    return replace(ended, late=late)


def _moved(booking: Booking, entry: Entry) -> Booking:
    """The booking in its next state. Raises NoSuchMove."""
    return replace(booking, state=BOOKING.after(booking.state, entry["what"], entry.get("state")))


def _substituted(booking: Booking, entry: Entry) -> Booking:
    person = Attendee.from_store(entry["person"])
    passed = replace(booking, person=person, turn=entry["turn"], sequence=_next_sequence(booking))
    return replace(passed, told_at=entry["at"])


def _changed_mode(booking: Booking, entry: Entry) -> Booking:
    moved = replace(booking, mode=entry["mode"])
    return _confirmed(moved, entry) if entry["state"] == "confirmed" else _waits(moved, entry)


def _meeting_changed(booking: Booking, entry: Entry) -> Booking:
    return replace(booking, mode=entry["mode"], sequence=_next_sequence(booking), told_at=entry["at"])


def _attendance(booking: Booking, entry: Entry) -> Booking:
    return replace(booking, attendance=entry["status"])


def _certified(booking: Booking, entry: Entry) -> Booking:
    return replace(booking, certificate=entry["code"])


def _uncertified(booking: Booking, entry: Entry) -> Booking:
    return replace(booking, certificate=None, withdrawn=(*booking.withdrawn, entry["code"]))


def _evaluated(booking: Booking, entry: Entry) -> Booking:
    return replace(booking, evaluation="answered", answers=tuple(entry["answers"]))


def _forgotten(booking: Booking, _: Entry) -> Booking:
    """School, place, attendance and scale answers stay: they are counted, and name nobody."""
    numbers = tuple(answer for answer in booking.answers if "scale" in answer)
    return replace(booking, person=NOBODY, booked_by=None, source=None, first_holder=None, answers=numbers)


_STEPS: Mapping[Happened, Callable[[Booking, Any], Booking]] = {
    "refused": _moved,
    "confirmed": _confirmed,
    "waitlisted": _waits,
    "offered": _offered,
    "cancelled": _ended,
    "offer_declined": _ended,
    "offer_expired": _ended,
    "list_closed": _ended,
    "substituted": _substituted,
    "changed_mode": _changed_mode,
    "meeting_changed": _meeting_changed,
    "materials_recorded": lambda booking, entry: replace(booking, materials_at=booking.materials_at or entry["at"]),
    "attendance": _attendance,
    "evaluation_asked": lambda booking, _: replace(booking, evaluation="asked"),
    "evaluated": _evaluated,
    "evaluation_waived": lambda booking, _: replace(booking, evaluation="waived"),
    "certified": _certified,
    "certificate_withdrawn": _uncertified,
    "forgotten": _forgotten,
}
