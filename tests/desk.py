"""A meeting lived through without servers: commands in, entries and events out, time at one's fingertips."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from services.bookings.booking import reminders
from services.bookings.booking.booking import Booking, begun
from services.bookings.booking.events import BookingEvents
from services.bookings.places import asking, hosting
from services.bookings.places.asking import School, booking_of
from services.bookings.places.hosting import meeting_of
from services.bookings.places.meeting import Entry, Meeting, Moment, Outcome
from services.bookings.places.places import fallen_due, next_due
from services.bookings.places.rules import Rules
from services.bookings.settings import BookingsSettings
from shared.contracts.base import Command, Event
from shared.contracts.bookings import AboutBooking
from shared.contracts.fields import Person
from shared.contracts.hosting import (
    BookingCommand,
    CancelMeeting,
    ChangeMeeting,
    MeetingCommand,
    PublishMeeting,
    RequestBooking,
)
from shared.contracts.meetings import MeetingDetails
from shared.decisions.deciding import Refused, Repeated
from shared.identity import derived
from shared.links import Links
from shared.time.clock import LONDON

E = TypeVar("E", bound=Event)

HOST = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
HUB = {
    "place": "The Inspiration Trust Teaching School Hub",
    "address": ("Hall Road", "Norwich"),
    "capacity": 2,
    "access": "Step-free from the car park.",
}
WEBCAST = {"link": "https://meet.example.org/code-of-conduct", "capacity": 2}
SUMMER = datetime(2024, 6, 13, 9, 30, tzinfo=LONDON)
NETWORK: dict[str, Any] = {
    "title": "Attendance Service network meeting, Summer term",
    "starts_at": SUMMER,
    "ends_at": SUMMER + timedelta(hours=3),
    "in_person": HUB,
}
WEB: dict[str, Any] = {
    "title": "Webcast on the code of conduct",
    "kind": "webcast",
    "starts_at": datetime(2024, 5, 13, 11, tzinfo=LONDON),
    "online": WEBCAST,
}
LONG_BEFORE = datetime(2024, 4, 29, 9, tzinfo=UTC)
LINKS = Links("a key for tests", "https://attendance.example.org/bookings")
_ID = UUID("a3a4a5a6-0000-4000-8000-000000000001")


RULES = BookingsSettings(amqp_url="", mongo_url="", link_key="", public_url="", address_key="").rules()
"""The reference authority's."""


def details(**facts: Any) -> MeetingDetails:
    return MeetingDetails.model_validate({**NETWORK, **facts})


class Desk:
    """One meeting with everything that the service would keep and say of it."""

    def __init__(self, now: datetime = LONG_BEFORE, rules: Rules | None = None, **facts: Any) -> None:
        self.now = now
        self.rules = rules or RULES
        self.booking_events = BookingEvents(LINKS, self.rules)
        self.schools: dict[str, School] = {}
        self.bookings: dict[str, Booking] = {}
        self.events: list[Event] = []
        self.count = 0
        given = {**NETWORK, **facts}
        command = self.command(PublishMeeting, details=given, by=HOST)
        self.meeting = Meeting("", "", details())
        self._keep(hosting.publish(command, meeting_of(command), self.moment(command)))

    def command(self, kind: type[Command], **facts: Any) -> Any:
        self.count += 1
        return kind.model_validate({"id": uuid5(_ID, f"{self.count}"), "time": self.now, **facts})

    def ask(self, name: str, **facts: Any) -> str:
        """Somebody asks for a place; the reference of their booking."""
        person = {"name": name, "email": f"{name.lower()}@school.example.org", **facts.pop("person", {})}
        command = self.command(RequestBooking, meeting=self.meeting.reference, person=person, **facts)
        self.take(command)
        return booking_of(command)

    def do(self, kind: type[BookingCommand], booking: str, **facts: Any) -> BookingCommand:
        command: BookingCommand = self.command(kind, booking=booking, **facts)
        self.take(command)
        return command

    def host(self, kind: type[MeetingCommand], **facts: Any) -> MeetingCommand:
        command: MeetingCommand = self.command(kind, meeting=self.meeting.reference, by=HOST, **facts)
        self.take(command)
        return command

    def change(self, wording_only: bool = False, **facts: Any) -> None:
        """The host changes some of the details."""
        wanted = {**self.meeting.details.model_dump(), **facts}
        self.host(ChangeMeeting, details=wanted, wording_only=wording_only)

    def call_off(self, reason: str = "Snow.") -> None:
        self.host(CancelMeeting, reason=reason)

    def take(self, command: Command) -> None:
        """What the service does with a command: what time has brought, the decision, and telling it."""
        self._tick()
        at, meeting = self.moment(command), self.meeting
        if isinstance(command, RequestBooking):
            entries = asking.request(meeting, command, booking_of(command), self.schools, at)
            outcome = Outcome(meeting.with_entries(entries), entries)
        elif isinstance(command, BookingCommand):
            if str(command.id) in meeting.places[command.booking].heard:
                return
            entries = asking.answer(meeting, command, at)
            outcome = Outcome(meeting.with_entries(entries), entries)
        elif str(command.id) in meeting.heard:
            return
        else:
            outcome = self._hosted(command)
        self._keep(outcome)

    def _hosted(self, command: Any) -> Outcome:
        at, meeting = self.moment(command), self.meeting
        kinds: dict[type[Command], Any] = {ChangeMeeting: hosting.change, CancelMeeting: hosting.cancel}
        try:
            return kinds.get(type(command), hosting.record_materials)(meeting, command, at)
        except Refused as why:
            return hosting.refused(meeting, command, at, why.reasons)
        except Repeated:
            return Outcome(meeting.having_heard(command.id))

    def go_to(self, instant: datetime) -> None:
        """Let time pass; what falls due for the meeting and its bookings comes about when it is due."""
        for _ in range(200):
            due = [next_due(self.meeting, self.now)]
            due += [self._next_of(booking) for booking in self.bookings.values()]
            first = min((each for each in due if each is not None), default=None)
            if first is None or first > instant:
                break
            self.now = max(self.now, first)
            self._tick()
            for booking in list(self.bookings.values()):
                at = Moment(self.now, uuid4(), self.rules)
                entries = reminders.due(booking, self.meeting.details, at, "K-7K4M-9PXT3")
                self.tell(booking.reference, entries)
        self.now = instant
        self._tick()

    def tell(self, reference: str, entries: Iterable[Entry]) -> None:
        entries = tuple(entries)
        booking = self.bookings.get(reference) or begun(self.meeting.reference, entries[0])
        self.bookings[reference], events = self.booking_events.events_for(booking, entries, self.meeting.details)
        self.events += events

    def state(self, booking: str) -> str:
        assert self.meeting.places[booking].state == self.bookings[booking].state
        return self.bookings[booking].state

    def states(self, *bookings: str) -> list[str]:
        return [self.state(booking) for booking in bookings]

    def said(self, kind: type[E], booking: str | None = None) -> list[E]:
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if booking is None or getattr(event, "booking", None) == booking]

    def heard_by(self, booking: str) -> list[str]:
        """The events of which a booking's person was told, by their short names."""
        about = [event for event in self.events if isinstance(event, AboutBooking) and event.booking == booking]
        return [event.key().split(".")[1] for event in about]

    def moment(self, command: Command) -> Moment:
        return Moment(self.now, command.id, self.rules)

    def _next_of(self, booking: Booking) -> datetime | None:
        return reminders.next_due(booking, self.meeting.details, self.now, self.rules)

    def _tick(self) -> None:
        cause = derived(_ID, f"{self.now}:{self.count}:{len(self.events)}")
        entries = fallen_due(self.meeting, Moment(self.now, cause, self.rules))
        self._keep(Outcome(self.meeting.with_entries(entries), entries))

    def _keep(self, outcome: Outcome) -> None:
        self.meeting = outcome.meeting
        self.events += outcome.events
        by_booking: Mapping[str, list[Entry]] = {}
        for entry in outcome.entries:
            by_booking = {**by_booking, entry["booking"]: [*by_booking.get(entry["booking"], []), entry]}
        for reference, entries in by_booking.items():
            self.tell(reference, entries)


def school(urn: str, **facts: Any) -> School:
    return replace(School(urn, f"School {urn}", f"office@{urn}.example.org"), **facts)
