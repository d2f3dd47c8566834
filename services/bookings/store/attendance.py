"""One booking at a time at the store: what falls due for it, what could not be delivered, whether its person came."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from services.bookings.booking import evaluation, register, reminders
from services.bookings.booking.booking import Booking
from services.bookings.booking.evaluation import Answers
from services.bookings.booking.events import BookingEvents
from services.bookings.places.meeting import Entry, Meeting, Moment
from services.bookings.places.rules import Rules
from services.bookings.store import records
from services.bookings.store.meetings import Meetings, log_entry
from shared.contracts.base import Command
from shared.contracts.hosting import RecordAttendance, WaiveEvaluation
from shared.contracts.meetings import MeetingDetails
from shared.contracts.notifications import NotificationFailed
from shared.decisions.acting import LostRace, known, until_kept
from shared.identity import derived
from shared.observing.telemetry import follow
from shared.store.documents import Change, Document, Store
from shared.store.references import References, new_reference
from shared.time.clock import Clock, utc

_TICKS = UUID("b3f5c3a8-0b0e-4c7d-8d86-7d1a4a5e2c19")
_JOINS = UUID("6c1b5a0f-5e0c-4e0a-9c55-0a4c7d2b8f43")
_EVALUATIONS = UUID("2f0a7c1d-9d0e-4c53-8a39-4b7f60c5d7e2")


@dataclass(frozen=True)
class Door:
    """What somebody finds who opens the joining link of a booking: `open`, `early`, `over` or `closed`."""

    state: register.Door
    details: MeetingDetails


class Attendance:
    """Bookings before, during and after the meeting. Each method is idempotent."""

    def __init__(
        self, store: Store, meetings: Meetings, booking_events: BookingEvents, rules: Rules, clock: Clock
    ) -> None:
        self._at_store = store[records.MEETINGS]
        self._references = References(store)
        self._bookings = store[records.BOOKINGS]
        self._meetings = meetings
        self._booking_events = booking_events
        self._rules = rules
        self._clock = clock

    async def due(self, document: Document) -> None:
        """A reminder, a certificate or the follow-up of one booking has fallen due."""
        follow(document["story"])
        kept, meeting = await self._meeting(document["meeting"])
        booking = records.read_booking(document)
        if meeting.places[booking.reference].state != booking.state:  # what was just decided has not been published yet
            await self._meetings.due(kept)
            return
        at = self._moment(derived(_TICKS, f"{booking.reference}:{document['version']}"))
        entries = await self._with_code(booking, lambda code: reminders.due(booking, meeting.details, at, code))
        if any(entry["what"] == "forgotten" for entry in entries):
            await self._meetings.disown(meeting.reference, booking.reference)
        await self._save([(document, entries)], meeting.details)

    @until_kept
    async def undelivered(self, event: NotificationFailed) -> None:
        """A message about a booking could not be delivered: the duty line sees that."""
        document = await self._bookings.get(event.about)
        if document is not None:
            _, meeting = await self._meeting(document["meeting"])
            facts = {"template": event.template or event.channel, "channel": event.channel, "why": event.reason}
            entry = self._moment(event.id).entry_for(event.about, "undelivered", **facts)
            await self._keep(document, (entry,), meeting.details)

    @until_kept
    async def forget(self, booking: str, command: Command) -> None:
        """Remove the names from a booking early, because the person asks for it."""
        document = await self._bookings.get(booking)
        if document is not None:
            await self._meetings.disown(document["meeting"], booking)
            _, meeting = await self._meeting(document["meeting"])
            await self._keep(document, (self._moment(command.id).entry_for(booking, "forgotten"),), meeting.details)

    async def record(self, command: RecordAttendance) -> None:
        """The marks of a host's register: all of them, or none with every reason."""
        _, meeting = await self._meeting(command.meeting)
        if str(command.id) in meeting.heard:
            return
        at = self._moment(command.id)
        documents = await self._bookings.find({"meeting": command.meeting})
        bookings = {document["_id"]: records.read_booking(document) for document in documents}
        if reasons := register.problems(bookings, command, meeting, at):
            await self._meetings.refuse(command, reasons)
            return
        marks = register.marks(bookings, command)
        left = set(marks)
        while left:
            found = await self._bookings.get_many(left)
            edits = [
                (each, register.edit(records.read_booking(each), marks[key], meeting.details, at, command.by.id))
                for key, each in found.items()
            ]
            left = await self._save(edits, meeting.details)

    @until_kept
    async def evaluate(self, booking: str, answers: Answers) -> None:
        """Somebody evaluates the meeting by their link; the same update gives them the certificate."""
        document = await self._bookings.get(booking)
        if document is not None:
            _, meeting = await self._meeting(document["meeting"])
            ours, at = records.read_booking(document), self._moment(derived(_EVALUATIONS, booking))
            entries = await self._with_code(ours, partial(evaluation.answered, ours, answers, at))
            await self._keep(document, entries, meeting.details)

    @until_kept
    async def waive(self, command: WaiveEvaluation) -> None:
        """Staff give somebody their certificate without the evaluation."""
        _, meeting = await self._meeting(command.meeting)
        document = await self._bookings.get(command.booking)
        booking = records.read_booking(document) if document else None
        heard = {entry["cause"] for entry in booking.history} if booking else set()
        if str(command.id) in {*heard, *meeting.heard}:
            return
        ours = booking if booking is not None and booking.meeting == command.meeting else None
        reasons = tuple(evaluation.not_to_be_waived(ours, meeting.details))
        if reasons or document is None or ours is None:
            await self._meetings.refuse(command, reasons)
            return
        waived = partial(evaluation.waived, ours, command, meeting.details, self._moment(command.id))
        await self._keep(document, await self._with_code(ours, waived), meeting.details)

    async def _with_code(self, booking: Booking, decide: Callable[[str], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """The decision, with a new unique code if it needs a certificate."""
        while True:
            code = new_reference("K")
            entries = decide(code)
            if not any(entry.get("code") == code for entry in entries):
                return entries
            others = {"$or": [{"certificate": code}, {"withdrawn": code}]}
            if await self._references.claim(code, booking.reference) and not await self._bookings.count(others):
                return entries

    @until_kept
    async def join(self, booking: str) -> Door:
        """Somebody joins by their link: if the door is open, they have attended."""
        document = known(await self._bookings.get(booking), "booking")
        door, entries = await self._door(document)
        if entries:
            await self._keep(document, entries, door.details)
        return door

    async def door(self, booking: str) -> Door:
        """What a booking's joining link leads to now; looking records nothing."""
        return (await self._door(known(await self._bookings.get(booking), "booking")))[0]

    async def _door(self, document: Document) -> tuple[Door, tuple[Entry, ...]]:
        _, meeting = await self._meeting(document["meeting"])
        booking, details = records.read_booking(document), meeting.details
        if meeting.places[booking.reference].state != booking.state:
            return Door("closed", details), ()
        at = self._moment(derived(_JOINS, f"{booking.reference}:{details.starts_at.isoformat()}"))
        state = register.door(booking, details, at.now, self._rules)
        return Door(state, details), register.joined(booking, at) if state == "open" else ()

    async def _keep(self, document: Document, entries: tuple[Entry, ...], details: MeetingDetails) -> None:
        if await self._save([(document, entries)], details):
            raise LostRace

    async def _save(self, decided: Sequence[tuple[Document, tuple[Entry, ...]]], details: MeetingDetails) -> set[str]:
        """Save what was decided about bookings; return those that somebody else changed meanwhile."""
        changes: list[Change] = []
        to_log: list[tuple[Booking, Entry]] = []
        for document, entries in decided:
            booking = records.read_booking(document)
            after, events = self._booking_events.events_for(booking, entries, details)
            due_at = reminders.next_due(after, details, self._clock.now(), self._rules)
            if after is booking and due_at == document["due_at"]:
                continue
            to_log += [(after, entry) for entry in entries if not booking.has(entry)]
            fields = records.booking_fields(after, due_at)
            changes.append(Change(booking.reference, document["version"], fields, tuple(events)))
        lost = await self._bookings.save(*changes)
        for booking, entry in to_log:
            if booking.reference not in lost:
                log_entry(booking, entry)
        return lost

    async def _meeting(self, reference: str) -> tuple[Document, Meeting]:
        document = known(await self._at_store.get(reference), "meeting")
        return document, records.read_meeting(document)

    def _moment(self, cause: UUID) -> Moment:
        return Moment(utc(self._clock.now()), cause, self._rules)
