"""What people ask for: a place, to give it back, to send a colleague, to come the other way, to take an offer.

Each function returns decisions as entries; a refusal is an entry too, with every reason. What a message
has already caused is never decided again.
Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.bookings.places.meeting import Entry, Meeting, Moment, Place, holder_of
from services.bookings.places.places import fill, is_free, is_over_hard_limit, waits_for_limit
from services.bookings.places.states import TAKES_A_PLACE
from services.bookings.places.words import WAYS
from shared.contracts.hosting import (
    AcceptOffer,
    BookingCommand,
    CancelBooking,
    ChangeBooking,
    ConfirmComing,
    DeclineOffer,
    RequestBooking,
    Substitute,
)
from shared.contracts.meetings import Booker, Mode
from shared.contracts.notices import Reason
from shared.decisions.deciding import because
from shared.identity import derived_reference
from shared.time.clock import clock_time, in_words, local_date

ERASED = "erased"
"""The reason of a booking's end that nobody is told about."""


@dataclass(frozen=True)
class School:
    """What is known about a school."""

    urn: str
    name: str
    email: str | None
    """None: no usable mailbox is known."""
    phase: str | None = None
    district: str | None = None


Schools = Mapping[str, School]


def booking_of(command: RequestBooking) -> str:
    """The reference of the booking that a request asks for, unless it is already taken."""
    return derived_reference("B", command.id)


def request(meeting: Meeting, command: RequestBooking, booking: str, schools: Schools, at: Moment) -> tuple[Entry, ...]:
    """Somebody asks for a place: they get it, or a position on the waiting list, or every reason why not."""
    if booking in meeting.places:
        return ()
    modes = meeting.details.modes
    mode = command.mode or (modes[0] if len(modes) == 1 else None)
    asked = {
        "holder": holder_of(meeting.reference, command.person.email, command.person.name),
        "urn": command.urn,
        "person": command.person.model_dump(),
        "booked_by": command.booked_by.model_dump() if command.booked_by else None,
        "approved_by": command.approved_by.id if command.approved_by else None,
        "source": command.source,
        "story": _correlation_id(meeting, command),
    }
    reasons = tuple(_not_bookable(meeting, command, mode, schools, at))
    if reasons or mode is None:
        return (at.entry_for(booking, "refused", asked=asked, mode=mode, reasons=_plain(reasons)),)
    facts = {"asked": asked, "mode": mode, "number": meeting.accepted + 1}
    limited = waits_for_limit(meeting, command.urn, at.now) and not command.approved_by
    if not limited and is_free(meeting, mode, at.now):
        return (at.entry_for(booking, "confirmed", because="place_free", **facts),)
    position = len(meeting.line(mode)) + 1
    why = "school_limit" if limited and meeting.has_room(mode) else "full"
    return (at.entry_for(booking, "waitlisted", because=why, position=position, **facts),)


def _correlation_id(meeting: Meeting, command: RequestBooking) -> str:
    """The booking's correlation id: its own, unless a survey caused the meeting: then the survey's."""
    cause = meeting.details.cause
    return meeting.correlation_id if cause and cause.survey else str(command.correlation_id)


def answer(meeting: Meeting, command: BookingCommand, at: Moment) -> tuple[Entry, ...]:
    """The outcome of a command about an existing booking."""
    place = meeting.places[command.booking]
    if command.turn is not None and command.turn != place.turn:
        return ()
    return _ANSWERS[type(command)](meeting, place, command, at)


def _cancel(meeting: Meeting, place: Place, command: CancelBooking, at: Moment) -> tuple[Entry, ...]:
    if not place.is_live:
        return ()
    if at.now >= meeting.details.starts_at:
        return _refuse(place, command, at, _begun(meeting, at))
    late = place.state in TAKES_A_PLACE and at.now >= at.rules.frozen_from(meeting.details)
    facts = {"because": "cancelled", "reason": command.reason, "late": late, "by": _who(command.by)}
    entry = at.entry_for(place.booking, "cancelled", number=place.number, **facts)
    return (entry, *fill(meeting.with_entries((entry,)), at, "cancelled"))


def give_back(meeting: Meeting, booking: str, at: Moment) -> tuple[Entry, ...]:
    """The place of an erased person goes to the next in line. Nobody is told about it, since nobody is left to tell."""
    place = meeting.places[booking]
    if not place.is_live or at.now >= meeting.details.starts_at:
        return ()
    entry = at.entry_for(booking, "cancelled", number=place.number, because=ERASED, late=False)
    return (entry, *fill(meeting.with_entries((entry,)), at, "cancelled"))


def _substitute(meeting: Meeting, place: Place, command: Substitute, at: Moment) -> tuple[Entry, ...]:
    other = meeting.held_by(command.person)
    reasons = list(_not_changeable(meeting, place, command.approved_by is not None, at))
    if command.urn and place.urn and command.urn != place.urn:
        reasons.append(because("other_school", "A place can only pass to a colleague from the same school."))
    if other is not None and (other.booking == place.booking or other.state in TAKES_A_PLACE):
        reasons.append(because("already_booked", f"This colleague already has the booking {other.booking}."))
    if reasons:
        return _refuse(place, command, at, *reasons)
    facts: dict[str, Any] = {"person": command.person.model_dump(), "turn": place.turn + 1}
    facts["holder"] = holder_of(meeting.reference, command.person.email, command.person.name)
    if place.state == "waiting":
        facts["position"] = meeting.position(place.booking)
    entry = at.entry_for(place.booking, "substituted", by=_who(command.by), number=place.number, **facts)
    if other is None:
        return (entry,)
    return (at.entry_for(other.booking, "cancelled", because="taken_over", number=other.number, late=False), entry)


def _change_mode(meeting: Meeting, place: Place, command: ChangeBooking, at: Moment) -> tuple[Entry, ...]:
    if place.mode == command.mode and place.is_live:
        return ()
    reasons = list(_not_changeable(meeting, place, command.approved_by is not None, at))
    if command.mode not in meeting.details.modes:
        reasons.append(because("no_such_way", f"This meeting cannot be joined {WAYS[command.mode]}."))
    if place.state == "offered":
        reasons.append(because("offer_open", "A place is on offer. Accept or decline it first."))
    limited = place.state == "waiting" and waits_for_limit(meeting, place.urn, at.now)
    free = not reasons and not limited and is_free(meeting, command.mode, at.now)
    if place.state == "confirmed" and not reasons and not free:
        words = f"There is no free place {WAYS[command.mode]}. The booking {WAYS[place.mode or 'online']} stays."
        reasons.append(because("full", words))
    if reasons:
        return _refuse(place, command, at, *reasons)
    facts: dict[str, Any] = {"mode": command.mode, "by": _who(command.by), "was": place.mode}
    if free:
        facts |= {"state": "confirmed", "number": place.number}
    else:
        position = len(meeting.line(command.mode)) + 1
        facts |= {"state": "waiting", "number": meeting.accepted + 1, "position": position}
    entry = at.entry_for(place.booking, "changed_mode", **facts)
    return (entry, *fill(meeting.with_entries((entry,)), at, "changed_mode"))


def _accept(meeting: Meeting, place: Place, command: AcceptOffer, at: Moment) -> tuple[Entry, ...]:
    if place.state == "confirmed":
        return ()
    if place.state != "offered":
        return _refuse(place, command, at, because("no_offer", "This place is no longer on offer."))
    return (at.entry_for(place.booking, "confirmed", because="offer_accepted", number=place.number),)


def _decline(meeting: Meeting, place: Place, command: DeclineOffer, at: Moment) -> tuple[Entry, ...]:
    if place.state != "offered":
        return ()
    entry = at.entry_for(place.booking, "offer_declined", number=place.number, by=_who(command.by))
    return (entry, *fill(meeting.with_entries((entry,)), at, "offer_declined"))


def _still_coming(meeting: Meeting, place: Place, command: ConfirmComing, at: Moment) -> tuple[Entry, ...]:
    return (at.entry_for(place.booking, "still_coming"),) if place.is_live else ()


_ANSWERS: Mapping[type[BookingCommand], Callable[[Meeting, Place, Any, Moment], tuple[Entry, ...]]] = {
    CancelBooking: _cancel,
    Substitute: _substitute,
    ChangeBooking: _change_mode,
    AcceptOffer: _accept,
    DeclineOffer: _decline,
    ConfirmComing: _still_coming,
}


def _not_bookable(
    meeting: Meeting, command: RequestBooking, mode: Mode | None, schools: Schools, at: Moment
) -> Iterator[Reason]:
    details = meeting.details
    if meeting.cancelled:
        yield because("meeting_cancelled", f"The meeting on {_day(meeting)} is cancelled.")
        return
    if at.now >= details.starts_at:
        yield _begun(meeting, at)
        return
    if mode is None:
        yield because("choose_mode", "mode: choose in_person or online. This meeting can be joined both ways.")
    elif mode not in details.modes:
        yield because("no_such_way", f"This meeting cannot be joined {WAYS[mode]}.")
    if (mine := meeting.held_by(command.person)) is not None:
        yield because("already_booked", f"This person already has the booking {mine.booking} for this meeting.")
    if command.approved_by is None:
        yield from _shut_out(meeting, command, schools)


def _shut_out(meeting: Meeting, command: RequestBooking, schools: Schools) -> Iterator[Reason]:
    """Whether the meeting is not meant for them. An unknown detail of a school or person excludes nobody."""
    audience, school = meeting.details.audience, schools.get(command.urn or "")
    for what, wanted, known in (
        ("phase", audience.phases, school.phase if school else None),
        ("district", audience.districts, school.district if school else None),
        ("role", audience.roles, command.person.role),
    ):
        if wanted and known and known.casefold() not in {each.casefold() for each in wanted}:
            yield because("audience", f"This meeting is for the {what} {' or '.join(wanted)}, not for {known}.")
    if is_over_hard_limit(meeting, command.urn):
        limit = meeting.details.school_limit
        count = limit.places if limit else 0
        people = "1 person" if count == 1 else f"{count} people"
        yield because(
            "school_limit", f"This meeting takes {people} from each school, and this school already has that many."
        )


def _not_changeable(meeting: Meeting, place: Place, approved: bool, at: Moment) -> Iterator[Reason]:
    frozen_from = at.rules.frozen_from(meeting.details)
    if not place.is_live:
        yield because("not_booked", "This booking has ended. To come, book again.")
    elif at.now >= meeting.details.starts_at:
        yield _begun(meeting, at)
    elif at.now >= frozen_from and not approved:
        since = f"{clock_time(frozen_from)} on {in_words(local_date(frozen_from))}"
        words = f"Changes after {since} need the Attendance Team. Call {at.rules.help_line}."
        yield because("frozen", words)


def _refuse(place: Place, command: BookingCommand, at: Moment, *reasons: Reason) -> tuple[Entry, ...]:
    facts = {"command": command.key(), "by": _who(command.by), "reasons": _plain(reasons)}
    return (at.entry_for(place.booking, "change_refused", **facts),)


def _begun(meeting: Meeting, at: Moment) -> Reason:
    over = at.now >= at.rules.ends_at(meeting.details)
    words = "has already taken place" if over else "has already started"
    return because("has_begun", f"The meeting on {_day(meeting)} {words}.")


def _day(meeting: Meeting) -> str:
    return in_words(local_date(meeting.details.starts_at))


def _plain(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    return [reason.model_dump() for reason in reasons]


def _who(by: Booker | None) -> dict[str, str | None]:
    """Who acted, for the history: never a name."""
    return {"role": by.role, "id": by.id} if by else {"role": "attendee", "id": None}
