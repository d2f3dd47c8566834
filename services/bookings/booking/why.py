"""The state of a booking and why: "why was I not offered a place?", answered without naming anybody. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import get_args

from services.bookings.booking.booking import Booking
from services.bookings.places.meeting import Meeting, Place
from services.bookings.places.places import waits_for_limit
from services.bookings.places.rules import Rules
from services.bookings.places.states import BookingMove, BookingState
from services.bookings.places.words import WAYS, places, sentence, when, where
from shared.contracts.meetings import Mode
from shared.time.clock import moment
from shared.writing.paper import Page, Section

_STANDS: Mapping[BookingState, str] = {
    "asked": "Not decided yet.",
    "confirmed": "Confirmed.",
    "waiting": "On the waiting list.",
    "offered": "A place is on offer.",
    "cancelled": "Cancelled.",
    "offer_declined": "Ended: they declined the place.",
    "offer_expired": "Ended: they did not answer the offer in time.",
    "list_closed": "Ended: no place became free before the meeting started.",
    "refused": "Not booked.",
}


def why(booking: Booking, meeting: Meeting, others: Iterable[Booking], rules: Rules, now: datetime) -> Page:
    """A page for the duty line: the state of the booking, why, what happened, and what comes next.

    `others` are all bookings of the meeting: their entries show where places went.
    """
    place, details = meeting.places[booking.reference], meeting.details
    way = f" {WAYS[place.mode]}" if place.mode and len(details.modes) > 1 else ""
    rows = [("Meeting", f"{details.title} ({meeting.reference})"), ("When", when(details))]
    rows.append(("Where", where(details, place.mode)))
    if place.number:
        rows.append(("Asked", f"{moment(place.accepted_at)}, as number {place.number} in order of acceptance"))
    sections = [
        Section("The booking", rows=tuple(rows)),
        Section("Why", tuple(_reasons(booking, place, meeting, others, rules, now))),
        Section("What comes next", tuple(_next(place, meeting, rules, now))),
        Section("What happened", rows=tuple((moment(entry["at"]), sentence(entry)) for entry in booking.history)),
    ]
    lead = (f"{_STANDS[place.state]}{f' To come{way}.' if way else ''}", f"As known on {moment(now)}.")
    return Page(f"Booking {booking.reference}", lead, tuple(each for each in sections if each.lines or each.rows))


def _reasons(
    booking: Booking, place: Place, meeting: Meeting, others: Iterable[Booking], rules: Rules, now: datetime
) -> Iterator[str]:
    if place.state != "waiting":
        yield sentence(_last_decision(booking))
        return
    mode: Mode = place.mode or "in_person"
    taken, capacity = meeting.taken(mode), meeting.details.capacity(mode)
    offers = sum(each.state == "offered" and each.mode == mode for each in meeting.places.values())
    on_offer = f", {offers} of them on offer" if offers else ""
    are = "is" if taken == 1 else "are"
    yield f"{places(taken)} of {capacity if capacity is not None else 'any number'} {are} taken{on_offer}."
    position = meeting.position(booking.reference)
    earlier = "1 person who asked earlier is" if position == 2 else f"{position - 1} people who asked earlier are"
    yield f"{'Nobody is' if position == 1 else earlier} before them: they are number {position} on the list."
    gone = sorted(_given_since(place, others, mode))
    if gone:
        numbers = f"number {gone[0]}" if len(gone) == 1 else f"the numbers {', '.join(map(str, gone))}"
        before = ", who had asked before" if all(number < place.number for number in gone) else ""
        yield f"Since they asked, {places(len(gone))} became free: to {numbers} in order of acceptance{before}."
    else:
        yield "No place has become free since they asked."
    yield from _limit(place, meeting, now)


def _limit(place: Place, meeting: Meeting, now: datetime) -> Iterator[str]:
    limit = meeting.details.school_limit
    if limit is None or place.urn is None:
        return
    if limit.until is not None and waits_for_limit(meeting, place.urn, now):
        yield (
            f"The meeting gives each school {places(limit.places)} until {moment(limit.until)}, and this school has"
            " them. After that, free places go to the next on the list."
        )
    elif limit.rule == "priority":
        yield "At this meeting, schools without a place come first."


def _next(place: Place, meeting: Meeting, rules: Rules, now: datetime) -> Iterator[str]:
    details, frozen_from = meeting.details, rules.frozen_from(meeting.details)
    if meeting.cancelled or now >= details.starts_at:
        return
    if place.state == "waiting":
        if now < frozen_from:
            yield f"Until {moment(frozen_from)}: when it is their turn, the place is booked at once and they are told."
        yield (
            f"From {moment(frozen_from)}: they are asked first, and the place is kept for them for"
            f" {int(rules.offer.total_seconds() // 3600)} hours, or until an hour before the meeting."
        )
    elif place.state == "offered" and place.offer_until is not None:
        yield f"The place is kept until {moment(place.offer_until)}. Without an answer, it goes to the next person."
    elif place.state == "confirmed" and now >= frozen_from:
        yield "They can still cancel. Other changes now need the Attendance Team."
    elif place.state != "confirmed":
        yield "They can book again. A new booking goes to the end of the list."


def _given_since(place: Place, others: Iterable[Booking], mode: Mode) -> Iterator[int]:
    """The numbers of the bookings that got a freed place after this one was asked for."""
    for other in others:
        for entry in other.history:
            given = entry["what"] == "offered" or entry.get("because") == "promoted"
            if given and other.mode == mode and entry["at"] >= place.accepted_at and other.reference != place.booking:
                yield entry["number"]


def _last_decision(booking: Booking) -> dict[str, object]:
    """The entry that brought the booking into its present state."""
    decided = [entry for entry in booking.history if entry["what"] in _DECIDES]
    return dict(decided[-1])


_DECIDES: frozenset[BookingMove] = frozenset(get_args(BookingMove))
