"""A meeting as places see it: who asked in which order, and what was decided. It knows nobody's name.

A meeting's places are the fold of the entries that were decided; an entry is kept for good in its booking's history.
Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, get_args
from uuid import UUID, uuid5

from services.bookings.places.rules import Rules
from services.bookings.places.states import BOOKING, LIVE, TAKES_A_PLACE, BookingMove, BookingState, Happened, Kind
from shared.contracts.base import Event
from shared.contracts.meetings import Attendee, MeetingDetails, Mode, normalised
from shared.decisions import deciding
from shared.identity import derived

Entry = deciding.Entry
"""An entry has `id` and `booking` too."""

_HOLDERS = UUID("0d0f4f7a-4a1b-4c52-9a44-6f0f1d7a6d21")


@dataclass(frozen=True, slots=True)
class Place:
    """What a meeting keeps of one booking: enough to decide who gets a place."""

    booking: str
    holder: str
    """An opaque key, the same for the same person at the same meeting; empty once their name is forgotten."""
    urn: str | None
    mode: Mode | None
    number: int
    """The order of acceptance, the only order that a waiting list has. 0: was never accepted."""
    accepted_at: datetime
    state: BookingState
    turn: int = 0
    """How many people held it before."""
    offer_until: datetime | None = None
    heard: tuple[str, ...] = ()
    """The messages that were already decided about it."""

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True)
class Meeting:
    """One meeting, its places and its waiting list."""

    reference: str
    correlation_id: str
    details: MeetingDetails
    cancelled: bool = False
    revision: int = 1
    accepted: int = 0
    """How many bookings were ever accepted: the last number given."""
    places: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    heard: tuple[str, ...] = ()
    """The host's commands that were already carried out."""
    refusals: tuple[Mapping[str, Any], ...] = ()
    """Host commands that were refused: when, which command, and why."""

    def has_heard(self, message: UUID, booking: str | None = None) -> bool:
        """Whether a message has had its say, about the meeting or a booking of it."""
        place = self.places.get(booking or "")
        return str(message) in self.heard or (place is not None and str(message) in place.heard)

    def having_heard(self, message: UUID) -> "Meeting":
        return replace(self, heard=(*self.heard, str(message)))

    def with_entries(self, entries: Iterable[Entry]) -> "Meeting":
        """The meeting after these further entries."""
        places, accepted = dict(self.places), self.accepted
        for entry in entries:
            place = _STEPS[entry["what"]](places.get(entry["booking"]), entry)
            if entry["cause"] not in place.heard:
                place = replace(place, heard=(*place.heard, entry["cause"]))
            places[place.booking] = place
            accepted = max(accepted, place.number)
        return replace(self, places=places, accepted=accepted)

    def live(self) -> Iterator[Place]:
        return (place for place in self.places.values() if place.is_live)

    def taken(self, mode: Mode) -> int:
        """How many places are given or on offer."""
        return sum(place.mode == mode and place.state in TAKES_A_PLACE for place in self.places.values())

    def room(self, mode: Mode) -> int | None:
        """How many more places may be given; None if there is no limit."""
        capacity = self.details.capacity(mode)
        return None if capacity is None else capacity - self.taken(mode)

    def has_room(self, mode: Mode) -> bool:
        return self.room(mode) is None or bool(self.room(mode))

    def line(self, mode: Mode | None) -> list[Place]:
        """The waiting list of one way to come, in order of acceptance."""
        waiting = (place for place in self.places.values() if place.state == "waiting" and place.mode == mode)
        return sorted(waiting, key=lambda place: place.number)

    def position(self, booking: str) -> int:
        """The position of a booking on its waiting list; the next in line is 1."""
        return 1 + [place.booking for place in self.line(self.places[booking].mode)].index(booking)

    def held_by(self, person: Attendee) -> Place | None:
        """The live booking of one person, if there is one."""
        theirs = holders_of(self.reference, person.email, person.name)
        return next((place for place in self.live() if place.holder in theirs), None)

    def without_holders(self, bookings: Collection[str]) -> "Meeting":
        """The meeting without the keys that would identify the people of these bookings; their states stay."""
        named = {key: place for key, place in self.places.items() if place.holder and key in bookings}
        places = {key: replace(place, holder="") for key, place in named.items()}
        return replace(self, places={**self.places, **places}) if places else self

    def of_school(self, urn: str, states: frozenset[BookingState]) -> int:
        return sum(place.urn == urn and place.state in states for place in self.places.values())


@dataclass(frozen=True)
class Moment(deciding.Moment[Happened]):
    """When something is decided, which message caused it, and under which rules."""

    rules: Rules

    def entry_for(self, booking: str, what: Happened, **facts: Any) -> Entry:
        """What was decided; its id is derived from the cause, so that deciding it again gives the same entry."""
        return self.entry(what, id=str(derived(self.cause, f"{booking}:{what}")), booking=booking, **facts)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a message: the meeting after it, what was decided about its bookings, and the events."""

    meeting: Meeting
    entries: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    is_news: bool = True
    """False where what was asked is so already."""


def holder_of(meeting: str, email: str, name: str) -> str:
    """Identifies a person for one meeting, however they typed name and address; it means nothing outside it.

    Colleagues who share a school's mailbox are told apart by their names.
    """
    return str(uuid5(_HOLDERS, f"{meeting}:{normalised(email)}:{_name(name)}"))


def holders_of(meeting: str, email: str, name: str) -> frozenset[str]:
    """The same, plus the key from before names were part of it: bookings from then may still be live."""
    return frozenset({holder_of(meeting, email, name), str(uuid5(_HOLDERS, f"{meeting}:{normalised(email)}"))})


def _name(name: str) -> str:
    """A name for comparing, without case, accents, word order and punctuation."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return " ".join(sorted(re.findall(r"\w+", plain.casefold())))


def _asked(_: Place | None, entry: Entry) -> Place:
    """The first entry of a booking."""
    asked = entry["asked"]
    return Place(
        booking=entry["booking"],
        holder=asked["holder"],
        urn=asked["urn"],
        mode=entry.get("mode"),
        number=entry.get("number", 0),
        accepted_at=entry["at"],
        state=BOOKING.after(BOOKING.start, entry["what"]),
    )


def _moves(place: Place | None, entry: Entry) -> Place:
    if place is None:
        return _asked(place, entry)
    offer_until = entry["until"] if entry["what"] == "offered" else None
    return replace(place, state=BOOKING.after(place.state, entry["what"]), offer_until=offer_until)


def _known(place: Place | None) -> Place:
    if place is None:
        raise LookupError("an entry about a booking that was never asked for")
    return place


def _substituted(place: Place | None, entry: Entry) -> Place:
    return replace(_known(place), holder=entry["holder"], turn=entry["turn"])


def _changed_mode(place: Place | None, entry: Entry) -> Place:
    """Changes the way to come, with a place there or a number at the end of that list."""
    place = _known(place)
    state = BOOKING.after(place.state, "changed_mode", entry["state"])
    return replace(place, state=state, mode=entry["mode"], number=entry["number"], offer_until=None)


def _stays(place: Place | None, _: Entry) -> Place:
    return _known(place)


def _moved(place: Place | None, entry: Entry) -> Place:
    """The meeting itself changed; if a way to come is dropped, its bookings move to the other."""
    return replace(_known(place), mode=entry["mode"])


_STEPS: Mapping[Kind, Callable[[Place | None, Entry], Place]] = {
    **dict.fromkeys(get_args(BookingMove), _moves),
    "changed_mode": _changed_mode,
    "substituted": _substituted,
    "meeting_changed": _moved,
    "passed_over": _stays,
    "change_refused": _stays,
    "still_coming": _stays,
    "materials_recorded": _stays,
}
KINDS = frozenset(_STEPS)
