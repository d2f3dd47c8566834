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
class Step:
    """One entry, with the booking before and after it and the meeting that it is about."""

    before: Booking
    after: Booking
    entry: Entry
    details: MeetingDetails


class BookingEvents:
    """Turns what was decided into events, with links that this service can read back."""

    def __init__(self, links: Links, rules: Rules) -> None:
        self._links = links
        self._rules = rules

    def events_for(
        self, booking: Booking, entries: Sequence[Entry], details: MeetingDetails
    ) -> tuple[Booking, list[Event]]:
        """The booking after these entries, and the events for those that are new to it."""
        events: list[Event] = []
        new = [entry for entry in entries if not booking.has(entry)]
        for place, entry in enumerate(new):
            after = booking.with_entries((entry,))
            overtaken = any(later["cause"] == entry["cause"] for later in new[place + 1 :])
            silent = booking.is_forgotten or entry.get("because") == ERASED
            if not silent and not (entry["what"] == "meeting_changed" and overtaken):  # told with its consequence
                events += _EVENTS.get(entry["what"], _nothing)(self, Step(booking, after, entry, details))
            events += _standing(Step(booking, after, entry, details))
            booking = after
        return booking, events

    def calendar(self, booking: Booking, details: MeetingDetails) -> Diary | None:
        """The diary entry of a confirmed booking, after the last decision."""
        if booking.state != "confirmed" or booking.told_at is None:
            return None
        return diary(booking, details, self._rules, booking.told_at, join=self._join(booking))

    def _confirmed(self, step: Step) -> Iterator[Event]:
        facts = {"because": step.entry["because"], "diary": self._diary(step)}
        yield self._event(BookingConfirmed, step, "confirmed", **facts)
        yield from self._behalf(step, "confirmed", because=step.entry["because"])

    def _waitlisted(self, step: Step) -> Iterator[Event]:
        facts = {"because": step.entry["because"], "position": step.entry["position"]}
        yield self._event(BookingWaitlisted, step, "waitlisted", **facts)
        yield from self._behalf(step, "waiting", position=step.entry["position"])

    def _offered(self, step: Step) -> Iterator[Event]:
        yield self._event(BookingOffered, step, "offered", offer_until=step.entry["until"])
        yield from self._behalf(step, "offered", offer_until=step.entry["until"])

    def _ended(self, step: Step) -> Iterator[Event]:
        entry = step.entry
        facts = {name: entry[name] for name in ("reason", "words", "late") if name in entry}
        why = entry.get("because", entry["what"])
        cancelled = self._diary(step, method="CANCEL")
        yield self._event(BookingCancelled, step, "cancelled", because=why, diary=cancelled, **facts)
        yield from self._behalf(step, "ended", because=why, words=entry.get("words"))

    def _substituted(self, step: Step) -> Iterator[Event]:
        """Removes the entry from the earlier holder's diary and adds it to the new one's."""
        entry, earlier = step.entry, step.before.person
        cancelled = self._diary(step, method="CANCEL", person=earlier)
        facts = {"person": earlier, "links": BookingLinks(), "because": "substituted", "diary": cancelled}
        yield self._event(BookingCancelled, step, "handed_over", **facts)
        if step.after.state == "waiting":
            facts = {"because": "substituted", "position": entry["position"]}
            yield self._event(BookingWaitlisted, step, "taken_over", **facts)
            yield from self._behalf(step, "waiting", **facts)
        else:
            facts = {"because": "substituted", "diary": self._diary(step)}
            yield self._event(BookingConfirmed, step, "taken_over", **facts)
            yield from self._behalf(step, "confirmed", because="substituted")

    def _changed_mode(self, step: Step) -> Iterator[Event]:
        if step.after.state == "waiting":
            facts = {"because": "changed_mode", "position": step.entry["position"]}
            yield self._event(BookingWaitlisted, step, "waitlisted", **facts)
            yield from self._behalf(step, "waiting", position=step.entry["position"])
        elif step.before.state == "waiting":
            facts = {"because": "place_free", "diary": self._diary(step)}
            yield self._event(BookingConfirmed, step, "confirmed", **facts)
            yield from self._behalf(step, "confirmed", because="place_free")
        else:
            changes = {"changed": ("mode",), "was": as_it_was(step.details, step.before.mode)}
            yield self._event(BookingChanged, step, "changed", outcome="confirmed", diary=self._diary(step), **changes)
            yield from self._behalf(step, "confirmed", **changes)

    def _meeting_changed(self, step: Step) -> Iterator[Event]:
        after = step.after
        links = self.links(after)
        if after.state == "confirmed":
            asking = self._links.make("still-coming", whose(after))
            links = links.model_copy(update={"still_coming": asking})
        facts = {
            "outcome": after.state,
            "changed": step.entry["changed"],
            "was": step.entry.get("was"),
            "offer_until": after.offer_until,
            "links": links,
            "diary": self._diary(step),
        }
        yield self._event(BookingChanged, step, "changed", **facts)
        changes = {name: facts[name] for name in ("changed", "was", "offer_until")}
        yield from self._behalf(step, after.state, **changes)

    def _refused(self, step: Step) -> Iterator[Event]:
        yield self._event(BookingRefused, step, "refused", reasons=step.entry["reasons"])
        yield from self._behalf(step, "refused", reasons=step.entry["reasons"])

    def _change_refused(self, step: Step) -> Iterator[Event]:
        facts = {name: step.entry[name] for name in ("command", "reasons")} | {"asked_by": step.entry["by"]["role"]}
        yield self._event(ChangeRefused, step, "change_refused", **facts)

    def _reminded(self, step: Step) -> Iterator[Event]:
        yield self._event(ReminderDue, step, "reminder", reminders=step.entry["reminders"])

    def _followed_up(self, step: Step) -> Iterator[Event]:
        booking, details = step.after, step.details
        missed = "apologies" if booking.state == "cancelled" else booking.attendance
        facts = {"attendance": missed, "recording": details.recording, "materials": details.materials}
        yield self._event(FollowUpDue, step, "follow_up", **facts)

    def _evaluation_asked(self, step: Step) -> Iterator[Event]:
        yield self._event(EvaluationAsked, step, "evaluation", questions=len(step.details.evaluation))

    def _certified(self, step: Step) -> Iterator[Event]:
        code = step.entry["code"]
        facts = {
            "code": code,
            "held_on": local_date(step.details.starts_at),
            "hours": length(step.details),
            "check": self._links.open_to_all("certificates", code),
        }
        yield self._event(CertificateIssued, step, "certificate", **facts)

    def _attendance(self, step: Step) -> Iterator[Event]:
        entry, booking = step.entry, step.after
        yield AttendanceRecorded(
            **_envelope(step, "attendance"),
            booking=booking.reference,
            meeting=booking.meeting,
            urn=booking.urn,
            status=entry["status"],
            how=entry["how"],
            late=entry["late"],
            cause=step.details.cause,
        )

    def _behalf(self, step: Step, outcome: str, **facts: Any) -> Iterator[Event]:
        """The person who booked for them is told about each change too, once, and can cancel as well."""
        booker = step.after.booked_by
        if booker is None or booker.email is None or normalised(booker.email) == normalised(step.after.person.email):
            return
        cancel = self._links.make("cancel", f"{step.after.reference}.{BOOKER}") if step.after.is_live else None
        links = BookingLinks(cancel=cancel)
        yield self._event(BookedOnBehalf, step, "on_behalf", to=booker, outcome=outcome, links=links, **facts)

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

    def _diary(self, step: Step, person: Attendee | None = None, **facts: Any) -> Diary | None:
        join = None if person else self._join(step.after)
        return diary(step.after, step.details, self._rules, step.entry["at"], person=person, join=join, **facts)

    def _event(self, kind: type[E], step: Step, purpose: str, **facts: Any) -> E:
        booking = step.after
        known = {
            "booking": booking.reference,
            "meeting": booking.meeting,
            "person": booking.person,
            "urn": booking.urn,
            "booked_by": booking.booked_by,
            "about": meeting_facts(step.details, booking.mode),
            "links": self.links(booking),
        }
        return kind.model_validate(_envelope(step, purpose) | known | facts)


def whose(booking: Booking) -> str:
    """What a link names: the booking, and which of its holders; an earlier holder's links no longer work."""
    return f"{booking.reference}.{booking.turn}"


def meeting_facts(details: MeetingDetails, mode: Mode | None) -> MeetingTold:
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


def _envelope(step: Step, purpose: str) -> dict[str, Any]:
    return {
        "id": derived(UUID(step.entry["id"]), purpose),
        "time": step.entry["at"],
        "subject": step.after.reference,
        "correlation_id": step.after.correlation_id,
        "causation_id": step.entry["cause"],
    }


def _standing(step: Step) -> Iterator[Event]:
    """For counting what a survey led to: each change of a booking, without its person."""
    cause, standing = step.details.cause, _STANDINGS.get(step.after.state)
    if cause and cause.survey and standing and standing != _STANDINGS.get(step.before.state):
        facts = {"booking": step.after.reference, "meeting": step.after.meeting, "urn": step.after.urn}
        yield StandingChanged(**_envelope(step, "standing"), **facts, standing=standing, cause=cause)


_STANDINGS: Mapping[BookingState, Literal["booked", "waiting", "ended"]] = {
    "confirmed": "booked",
    "waiting": "waiting",
    "offered": "waiting",
    **dict.fromkeys(("cancelled", "offer_declined", "offer_expired", "list_closed"), "ended"),
}


def _nothing(_booking_events: BookingEvents, _step: Step) -> Iterator[Event]:
    return iter(())


_EVENTS: Mapping[Happened, Callable[[BookingEvents, Step], Iterator[Event]]] = {
    "confirmed": BookingEvents._confirmed,
    "waitlisted": BookingEvents._waitlisted,
    "offered": BookingEvents._offered,
    **dict.fromkeys(("cancelled", "offer_declined", "offer_expired", "list_closed"), BookingEvents._ended),
    "substituted": BookingEvents._substituted,
    "changed_mode": BookingEvents._changed_mode,
    "meeting_changed": BookingEvents._meeting_changed,
    "refused": BookingEvents._refused,
    "change_refused": BookingEvents._change_refused,
    "reminded": BookingEvents._reminded,
    "followed_up": BookingEvents._followed_up,
    "evaluation_asked": BookingEvents._evaluation_asked,
    "certified": BookingEvents._certified,
    "attendance": BookingEvents._attendance,
}
