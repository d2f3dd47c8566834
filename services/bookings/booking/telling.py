"""Events that tell people what was decided: one for each person, with everything that the message needs. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

from services.bookings.booking.booking import Booking
from services.bookings.booking.diary import diary
from services.bookings.places.asking import ERASED
from services.bookings.places.meeting import Entry
from services.bookings.places.rules import Rules
from services.bookings.places.states import BookingState, Happened
from services.bookings.places.words import as_it_was, length, where
from shared.contracts.base import Event
from shared.contracts.bookings import (
    AboutBooking,
    AttendanceRecorded,
    BookedOnBehalf,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingOffered,
    BookingRefused,
    BookingWaitlisted,
    CertificateIssued,
    ChangeRefused,
    EvaluationAsked,
    FollowUpDue,
    ReminderDue,
    StandingChanged,
)
from shared.contracts.meetings import Attendee, BookingLinks, Diary, MeetingDetails, MeetingTold, Mode, normalised
from shared.identity import derived
from shared.links import Links
from shared.time.clock import local_date

E = TypeVar("E", bound=AboutBooking)

BOOKER = "booker"
"""In a link, stands for the person who booked on somebody's behalf."""


@dataclass(frozen=True)
class Said:
    """One entry, with the booking before and after it and the meeting that it is about."""

    before: Booking
    after: Booking
    entry: Entry
    details: MeetingDetails


class Telling:
    """Turns what was decided into events, with links that this service can read back."""

    def __init__(self, links: Links, rules: Rules) -> None:
        self._links = links
        self._rules = rules

    def told(self, booking: Booking, entries: Sequence[Entry], details: MeetingDetails) -> tuple[Booking, list[Event]]:
        """The booking after these entries, and the events for those that are new to it."""
        events: list[Event] = []
        new = [entry for entry in entries if not booking.has(entry)]
        for place, entry in enumerate(new):
            after = booking.with_entries((entry,))
            overtaken = any(later["cause"] == entry["cause"] for later in new[place + 1 :])
            silent = booking.is_forgotten or entry.get("because") == ERASED
            if not silent and not (entry["what"] == "meeting_changed" and overtaken):  # told with its consequence
                events += _SAYS.get(entry["what"], _nothing)(self, Said(booking, after, entry, details))
            events += _standing(Said(booking, after, entry, details))
            booking = after
        return booking, events

    def calendar(self, booking: Booking, details: MeetingDetails) -> Diary | None:
        """The diary entry of a confirmed booking, after the last decision."""
        if booking.state != "confirmed" or booking.told_at is None:
            return None
        return diary(booking, details, self._rules, booking.told_at, join=self._join(booking))

    def _confirmed(self, said: Said) -> Iterator[Event]:
        facts = {"because": said.entry["because"], "diary": self._diary(said)}
        yield self._event(BookingConfirmed, said, "confirmed", **facts)
        yield from self._behalf(said, "confirmed", because=said.entry["because"])

    def _waitlisted(self, said: Said) -> Iterator[Event]:
        facts = {"because": said.entry["because"], "position": said.entry["position"]}
        yield self._event(BookingWaitlisted, said, "waitlisted", **facts)
        yield from self._behalf(said, "waiting", position=said.entry["position"])

    def _offered(self, said: Said) -> Iterator[Event]:
        yield self._event(BookingOffered, said, "offered", offer_until=said.entry["until"])
        yield from self._behalf(said, "offered", offer_until=said.entry["until"])

    def _ended(self, said: Said) -> Iterator[Event]:
        entry = said.entry
        facts = {name: entry[name] for name in ("reason", "words", "late") if name in entry}
        why = entry.get("because", entry["what"])
        cancelled = self._diary(said, method="CANCEL")
        yield self._event(BookingCancelled, said, "cancelled", because=why, diary=cancelled, **facts)
        yield from self._behalf(said, "ended", because=why, words=entry.get("words"))

    def _substituted(self, said: Said) -> Iterator[Event]:
        """Removes the entry from the earlier holder's diary and adds it to the new one's."""
        entry, earlier = said.entry, said.before.person
        cancelled = self._diary(said, method="CANCEL", person=earlier)
        facts = {"person": earlier, "links": BookingLinks(), "because": "substituted", "diary": cancelled}
        yield self._event(BookingCancelled, said, "handed_over", **facts)
        if said.after.state == "waiting":
            facts = {"because": "substituted", "position": entry["position"]}
            yield self._event(BookingWaitlisted, said, "taken_over", **facts)
            yield from self._behalf(said, "waiting", **facts)
        else:
            facts = {"because": "substituted", "diary": self._diary(said)}
            yield self._event(BookingConfirmed, said, "taken_over", **facts)
            yield from self._behalf(said, "confirmed", because="substituted")

    def _changed_mode(self, said: Said) -> Iterator[Event]:
        if said.after.state == "waiting":
            facts = {"because": "changed_mode", "position": said.entry["position"]}
            yield self._event(BookingWaitlisted, said, "waitlisted", **facts)
            yield from self._behalf(said, "waiting", position=said.entry["position"])
        elif said.before.state == "waiting":
            facts = {"because": "place_free", "diary": self._diary(said)}
            yield self._event(BookingConfirmed, said, "confirmed", **facts)
            yield from self._behalf(said, "confirmed", because="place_free")
        else:
            told = {"changed": ("mode",), "was": as_it_was(said.details, said.before.mode)}
            yield self._event(BookingChanged, said, "changed", outcome="confirmed", diary=self._diary(said), **told)
            yield from self._behalf(said, "confirmed", **told)

    def _meeting_changed(self, said: Said) -> Iterator[Event]:
        after = said.after
        links = self.links(after)
        if after.state == "confirmed":
            asking = self._links.make("still-coming", whose(after))
            links = links.model_copy(update={"still_coming": asking})
        facts = {
            "outcome": after.state,
            "changed": said.entry["changed"],
            "was": said.entry.get("was"),
            "offer_until": after.offer_until,
            "links": links,
            "diary": self._diary(said),
        }
        yield self._event(BookingChanged, said, "changed", **facts)
        told = {name: facts[name] for name in ("changed", "was", "offer_until")}
        yield from self._behalf(said, after.state, **told)

    def _refused(self, said: Said) -> Iterator[Event]:
        yield self._event(BookingRefused, said, "refused", reasons=said.entry["reasons"])
        yield from self._behalf(said, "refused", reasons=said.entry["reasons"])

    def _change_refused(self, said: Said) -> Iterator[Event]:
        facts = {name: said.entry[name] for name in ("command", "reasons")} | {"asked_by": said.entry["by"]["role"]}
        yield self._event(ChangeRefused, said, "change_refused", **facts)

    def _reminded(self, said: Said) -> Iterator[Event]:
        yield self._event(ReminderDue, said, "reminder", reminders=said.entry["reminders"])

    def _followed_up(self, said: Said) -> Iterator[Event]:
        booking, details = said.after, said.details
        missed = "apologies" if booking.state == "cancelled" else booking.attendance
        facts = {"attendance": missed, "recording": details.recording, "materials": details.materials}
        yield self._event(FollowUpDue, said, "follow_up", **facts)

    def _evaluation_asked(self, said: Said) -> Iterator[Event]:
        yield self._event(EvaluationAsked, said, "evaluation", questions=len(said.details.evaluation))

    def _certified(self, said: Said) -> Iterator[Event]:
        code = said.entry["code"]
        facts = {
            "code": code,
            "held_on": local_date(said.details.starts_at),
            "hours": length(said.details),
            "check": self._links.open_to_all("certificates", code),
        }
        yield self._event(CertificateIssued, said, "certificate", **facts)

    def _attendance(self, said: Said) -> Iterator[Event]:
        entry, booking = said.entry, said.after
        yield AttendanceRecorded(
            **_envelope(said, "attendance"),
            booking=booking.reference,
            meeting=booking.meeting,
            urn=booking.urn,
            status=entry["status"],
            how=entry["how"],
            late=entry["late"],
            cause=said.details.cause,
        )

    def _behalf(self, said: Said, outcome: str, **facts: Any) -> Iterator[Event]:
        """The person who booked for them is told about each change too, once, and can cancel as well."""
        booker = said.after.booked_by
        if booker is None or booker.email is None or normalised(booker.email) == normalised(said.after.person.email):
            return
        cancel = self._links.make("cancel", f"{said.after.reference}.{BOOKER}") if said.after.is_live else None
        links = BookingLinks(cancel=cancel)
        yield self._event(BookedOnBehalf, said, "on_behalf", to=booker, outcome=outcome, links=links, **facts)

    def links(self, booking: Booking) -> BookingLinks:
        """What the person may do now, each with a link of its own."""
        make, own = self._links.make, whose(booking)
        confirmed = booking.state == "confirmed"
        return BookingLinks(
            cancel=make("cancel", own) if booking.is_live else None,
            calendar=make("calendar", own) if confirmed else None,
            join=self._join(booking),
            offer=make("offer", own) if booking.state == "offered" else None,
            certificate=make("certificate", own) if booking.certificate else None,
            evaluate=make("evaluate", own) if booking.owes_evaluation else None,
        )

    def _join(self, booking: Booking) -> str | None:
        if booking.state != "confirmed" or booking.mode != "online":
            return None
        return self._links.make("join", whose(booking))

    def _diary(self, said: Said, person: Attendee | None = None, **facts: Any) -> Diary | None:
        join = None if person else self._join(said.after)
        return diary(said.after, said.details, self._rules, said.entry["at"], person=person, join=join, **facts)

    def _event(self, kind: type[E], said: Said, purpose: str, **facts: Any) -> E:
        booking = said.after
        known = {
            "booking": booking.reference,
            "meeting": booking.meeting,
            "person": booking.person,
            "urn": booking.urn,
            "booked_by": booking.booked_by,
            "about": meeting_told(said.details, booking.mode),
            "links": self.links(booking),
        }
        return kind.model_validate(_envelope(said, purpose) | known | facts)


def whose(booking: Booking) -> str:
    """What a link names: the booking, and which of its holders; an earlier holder's links no longer work."""
    return f"{booking.reference}.{booking.turn}"


def meeting_told(details: MeetingDetails, mode: Mode | None) -> MeetingTold:
    """What a person is told about a meeting, for the way in which they come."""
    return MeetingTold(
        title=details.title,
        kind=details.kind,
        starts_at=details.starts_at,
        ends_at=details.ends_at,
        mode=mode,
        where=where(details, mode),
        access=details.in_person.access if details.in_person and mode != "online" else None,
        how=details.online.how if details.online and mode != "in_person" else None,
        about=details.about,
        agenda=details.agenda,
        cause=details.cause,
    )


def _envelope(said: Said, purpose: str) -> dict[str, Any]:
    return {
        "id": derived(UUID(said.entry["id"]), purpose),
        "time": said.entry["at"],
        "subject": said.after.reference,
        "correlation_id": said.after.story,
        "causation_id": said.entry["cause"],
    }


def _standing(said: Said) -> Iterator[Event]:
    """For counting what a survey led to: each change of a booking, without its person."""
    cause, standing = said.details.cause, _STANDINGS.get(said.after.state)
    if cause and cause.survey and standing and standing != _STANDINGS.get(said.before.state):
        facts = {"booking": said.after.reference, "meeting": said.after.meeting, "urn": said.after.urn}
        yield StandingChanged(**_envelope(said, "standing"), **facts, standing=standing, cause=cause)


_STANDINGS: Mapping[BookingState, Literal["booked", "waiting", "ended"]] = {
    "confirmed": "booked",
    "waiting": "waiting",
    "offered": "waiting",
    **dict.fromkeys(("cancelled", "offer_declined", "offer_expired", "list_closed"), "ended"),
}


def _nothing(_telling: Telling, _said: Said) -> Iterator[Event]:
    return iter(())


_SAYS: Mapping[Happened, Callable[[Telling, Said], Iterator[Event]]] = {
    "confirmed": Telling._confirmed,
    "waitlisted": Telling._waitlisted,
    "offered": Telling._offered,
    **dict.fromkeys(("cancelled", "offer_declined", "offer_expired", "list_closed"), Telling._ended),
    "substituted": Telling._substituted,
    "changed_mode": Telling._changed_mode,
    "meeting_changed": Telling._meeting_changed,
    "refused": Telling._refused,
    "change_refused": Telling._change_refused,
    "reminded": Telling._reminded,
    "followed_up": Telling._followed_up,
    "evaluation_asked": Telling._evaluation_asked,
    "certified": Telling._certified,
    "attendance": Telling._attendance,
}
