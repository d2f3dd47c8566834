"""Meetings at the store: load, decide, save; then every booking that a decision concerns is told.

A meeting's document holds its places and, until they stand in their bookings' own documents, the entries that were just
decided (`untold`): both are written by one update. Whoever dies before telling leaves the entries there; the message
comes again, or the meeting's timer falls due, and they are told once (decision record 7).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from services.bookings.booking.booking import Booking, begun
from services.bookings.booking.events import BookingEvents
from services.bookings.booking.reminders import next_due as next_due_of_booking
from services.bookings.places import hosting
from services.bookings.places.asking import Schools, answer, give_back, request
from services.bookings.places.meeting import Entry, Meeting, Moment, Outcome
from services.bookings.places.places import fallen_due, next_due
from services.bookings.places.rules import Rules
from services.bookings.places.states import Kind
from services.bookings.places.words import ENTRY_KINDS
from services.bookings.store import records
from services.bookings.store.needs import Needs
from shared.contracts.base import Command, Event
from shared.contracts.bookings import HostRefused
from shared.contracts.hosting import (
    BookingCommand,
    CancelMeeting,
    ChangeMeeting,
    MeetingCommand,
    PublishMeeting,
    RecordMaterials,
    RequestBooking,
    Substitute,
)
from shared.contracts.notices import Reason
from shared.decisions.acting import LostRace, known, repeated, until_kept
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.people.returning import Erased
from shared.signing.signatories import Unproven
from shared.store.documents import Change, Document, Store
from shared.store.references import References
from shared.time.clock import Clock, utc

_TICKS = UUID("0c0b6c1e-2f0b-4f44-8f43-3f0f5f6a7e11")
_LOOK_AGAIN = timedelta(seconds=2)  # then the timer tells what was left untold, usually nothing
_BATCH = 200  # bookings told in one round trip
_ENDS: frozenset[Kind] = frozenset(
    {"cancelled", "offer_declined", "offer_expired", "list_closed", "refused", "substituted"}
)
Decides = Callable[[Meeting, Any, Moment], Outcome]
_HOSTS: Mapping[type[MeetingCommand], tuple[Decides, str]] = {
    ChangeMeeting: (hosting.change, "meeting_changed"),
    CancelMeeting: (hosting.cancel, "meeting_cancelled"),
    RecordMaterials: (hosting.record_materials, "meeting_materials_recorded"),
}
"""What decides a host's command, and what its line of log is called."""
LOG_EVENTS = frozenset(
    {*(step for _, step in _HOSTS.values()), "meeting_refused", *(f"booking_{kind}" for kind in ENTRY_KINDS)}
)
"""Every event name that a meeting's or a booking's log line may have."""

Decide = Callable[[Meeting, datetime], Outcome]
Then = Callable[[Meeting], Awaitable[None]]


class Meetings:
    """The meetings of the bookings service. Each method handles a message, or several, and is idempotent."""

    def __init__(self, store: Store, booking_events: BookingEvents, rules: Rules, erased: Erased, clock: Clock) -> None:
        self._meetings = store[records.MEETINGS]
        self._bookings = store[records.BOOKINGS]
        self._schools = store[records.SCHOOLS]
        self._references = References(store)
        self._needs = Needs(store, rules, clock)
        self._booking_events = booking_events
        self._rules = rules
        self._erased = erased
        self._clock = clock

    async def publish(self, command: PublishMeeting) -> None:
        references = await self._references.of("M", [command.id], self._held_meetings)
        outcome = hosting.publish(command, references[command.id], self._moment(command.id))
        fields = records.meeting_fields(None, outcome.meeting, (), None)
        if await self._meetings.insert(outcome.meeting.reference, fields, outcome.events):
            log.info("meeting_published", meeting=outcome.meeting.reference, by=command.by.id)

    async def host(self, command: MeetingCommand) -> None:
        """A host changes a meeting, cancels it, or shares its materials."""
        decide, step = _HOSTS[type(command)]
        done = await self._act(command.meeting, lambda meeting, now: self._taken(meeting, command, now, decide))
        if done is not None and done.is_news:
            refused = any(isinstance(event, HostRefused) for event in done.events)
            step = "meeting_refused" if refused else step
            log.info(step, meeting=command.meeting, by=command.by.id, revision=done.meeting.revision)

    async def refuse(self, command: MeetingCommand, reasons: Sequence[Reason]) -> None:
        """Publish that a host's command cannot be carried out, once, whatever happens to the meeting later."""

        def decide(*_: Any) -> Outcome:
            raise Refused(*reasons)

        await self._act(command.meeting, lambda meeting, now: self._taken(meeting, command, now, decide))
        log.info("meeting_refused", meeting=command.meeting, by=command.by.id, reasons=[each.code for each in reasons])

    async def refuse_unproven(self, command: Command, why: Unproven) -> None:
        """Publish that a decision is not proven to be the named colleague's."""
        if not isinstance(command, MeetingCommand):
            raise Permanent(why.as_text)
        await self.refuse(command, [because(why.code, str(why))])

    async def request(self, commands: Sequence[RequestBooking]) -> None:
        """Requests for places, in order of arrival: one read and one write for each meeting.

        An erased person is not booked: that they are named again is a question for a person.
        """
        gone = await self._erased.among(address for each in commands for address in _named(each))
        for command in commands:
            if back := gone.intersection(filter(None, _named(command))):
                await self._erased.ask(back, command.key(), command.meeting)
        commands = [each for each in commands if gone.isdisjoint(filter(None, _named(each)))]
        by_meeting: dict[str, list[RequestBooking]] = defaultdict(list)
        for command in commands:
            by_meeting[command.meeting].append(command)
        schools = await self._known_schools(command.urn for command in commands)
        for meeting, asked in by_meeting.items():
            await self._request(meeting, asked, schools)

    async def answer(self, command: BookingCommand) -> None:
        """A command about an existing booking."""
        document = known(await self._bookings.get(command.booking), "booking")
        if isinstance(command, Substitute) and (back := await self._erased.among([command.person.email])):
            await self._erased.ask(back, command.key(), command.booking)
            return
        await self._act(document["meeting"], lambda meeting, now: self._taken(meeting, command, now, _booked))

    async def give_back(self, booking: str, command: Command) -> None:
        """Free the place of an erased person's booking."""
        document = await self._bookings.get(booking)
        if document is None:
            return
        at = self._moment(derived(command.id, booking))

        def decide(meeting: Meeting, _now: datetime) -> Outcome:
            entries = give_back(meeting, booking, at)
            return Outcome(meeting.with_entries(entries), entries)

        await self._act(document["meeting"], decide)

    async def disown(self, reference: str, *bookings: str) -> None:
        """Forget who held bookings: an address no longer leads to its person here."""
        await self._act(reference, lambda meeting, _: Outcome(meeting.without_holders(bookings)))

    async def due(self, document: Document) -> None:
        """Something has fallen due for a meeting, or entries were left untold."""
        meeting = records.read_meeting(document)
        entries = fallen_due(meeting, self._tick(meeting, document["version"]))
        after = meeting.with_entries(entries)
        untold = [*document["untold"], *entries]
        due_at = self._due_at(after, untold)
        fields = records.meeting_fields(meeting, after, untold, due_at)
        if not await self._meetings.save(Change(meeting.reference, document["version"], fields)):
            await self._tell(after, untold)

    async def _request(self, reference: str, commands: Sequence[RequestBooking], schools: Schools) -> None:
        references = await self._references.of("B", [each.id for each in commands], self._held_bookings)

        def decide(meeting: Meeting, now: datetime) -> Outcome:
            entries: tuple[Entry, ...] = ()
            for command in commands:
                booking = references[command.id]
                step = request(meeting, command, booking, schools, Moment(now, command.id, self._rules))
                meeting, entries = meeting.with_entries(step), entries + step
            return Outcome(meeting, entries)

        asked = {references[each.id]: each for each in commands}
        done = await self._act(reference, decide, lambda meeting: self._needs.keep(meeting, asked))
        if done is not None and len(commands) > 1:
            log.info("requests_taken", meeting=reference, requests=len(commands), decided=len(done.entries))

    def _taken(self, meeting: Meeting, command: Any, now: datetime, decide: Decides) -> Outcome:
        """What comes of a command. What changes nothing now must change nothing when it comes again later."""
        if meeting.has_heard(command.id, getattr(command, "booking", None)):
            return Outcome(meeting, is_news=False)
        at = Moment(now, command.id, self._rules)
        try:
            return decide(meeting, command, at)
        except Repeated:
            repeated(command, meeting=meeting.reference)
            return Outcome(meeting.having_heard(command.id), is_news=False)
        except Refused as why:
            return hosting.refused(meeting, command, at, why.reasons)

    @until_kept
    async def _act(self, reference: str, decide: Decide, then: Then | None = None) -> Outcome | None:
        """What time has brought comes first. Returns the outcome, or None if nothing changed."""
        document = known(await self._meetings.get(reference), "meeting")
        before = records.read_meeting(document)
        ticked = fallen_due(before, self._tick(before, document["version"]))
        decided = decide(before.with_entries(ticked), utc(self._clock.now()))
        outcome = replace(decided, entries=ticked + decided.entries)
        untold = [*document["untold"], *outcome.entries]
        changed = bool(outcome.entries or outcome.events or outcome.meeting != before)
        if changed:
            fields = records.meeting_fields(before, outcome.meeting, untold, self._due_at(outcome.meeting, untold))
            if await self._meetings.save(Change(reference, document["version"], fields, outcome.events)):
                raise LostRace
        if then is not None:
            await then(outcome.meeting)
        await self._tell(outcome.meeting, untold)
        return outcome if changed else None

    async def _tell(self, meeting: Meeting, untold: Iterable[Entry]) -> None:
        """Write what was decided into the bookings' own documents, with its events."""
        by_booking: dict[str, list[Entry]] = defaultdict(list)
        for entry in untold:
            by_booking[entry["booking"]].append(entry)
        waiting = iter(by_booking.items())
        while part := dict(islice(waiting, _BATCH)):
            ended = [booking for booking, entries in part.items() if any(each["what"] in _ENDS for each in entries)]
            if ended:
                await self._needs.drop(ended)
            left = part
            while left:
                lost = await self._tell_once(meeting, left)
                left = {booking: entries for booking, entries in left.items() if booking in lost}
            ids = [entry["id"] for entries in part.values() for entry in entries]
            await self._meetings.forget(meeting.reference, "untold", ids)

    async def _tell_once(self, meeting: Meeting, decided: dict[str, list[Entry]]) -> set[str]:
        """Tell bookings once; return those whose document somebody else changed meanwhile."""
        documents = await self._bookings.get_many(decided)
        changes: list[Change] = []
        to_log: list[tuple[Booking, Entry]] = []
        for reference, entries in decided.items():
            document = documents.get(reference)
            if document is None and "asked" not in entries[0]:
                log.error("booking_missing", booking=reference, meeting=meeting.reference)
                continue
            booking = records.read_booking(document) if document else begun(meeting.reference, entries[0])
            after, events = self._booking_events.events_for(booking, entries, meeting.details)
            if after is not booking:
                to_log += [(after, entry) for entry in entries if not booking.has(entry)]
                changes.append(self._change(after, document, meeting, events))
        lost = await self._bookings.save(*changes)
        for booking, entry in to_log:
            if booking.reference not in lost:
                log_entry(booking, entry)
        return lost

    def _change(self, booking: Booking, document: Document | None, meeting: Meeting, events: Sequence[Event]) -> Change:
        due_at = next_due_of_booking(booking, meeting.details, self._clock.now(), self._rules)
        version = document["version"] if document else 0
        return Change(booking.reference, version, records.booking_fields(booking, due_at), tuple(events))

    async def _held_meetings(self, references: Collection[str]) -> dict[str, str]:
        found = await self._meetings.get_many(references)
        return {each: str(document["heard"][0]) for each, document in found.items()}

    async def _held_bookings(self, references: Collection[str]) -> dict[str, str]:
        found = await self._bookings.get_many(references)
        return {each: str(document["history"][0]["cause"]) for each, document in found.items()}

    async def _known_schools(self, urns: Iterable[str | None]) -> Schools:
        found = await self._schools.get_many({urn for urn in urns if urn})
        return {urn: records.read_school(school) for urn, school in found.items()}

    def _due_at(self, meeting: Meeting, untold: Sequence[Entry]) -> datetime | None:
        now = self._clock.now()
        due = [next_due(meeting, now), now + _LOOK_AGAIN if untold else None]
        return min((each for each in due if each is not None), default=None)

    def _tick(self, meeting: Meeting, version: int) -> Moment:
        return self._moment(derived(_TICKS, f"{meeting.reference}:{version}"))

    def _moment(self, cause: UUID) -> Moment:
        return Moment(utc(self._clock.now()), cause, self._rules)


def _booked(meeting: Meeting, command: BookingCommand, at: Moment) -> Outcome:
    entries = answer(meeting, command, at)
    if not entries:
        raise Repeated
    return Outcome(meeting.with_entries(entries), entries)


def _named(command: RequestBooking) -> tuple[str | None, ...]:
    return (command.person.email, command.booked_by.email if command.booked_by else None)


def log_entry(booking: Booking, entry: Entry) -> None:
    """One log line for each step; references, states and codes only."""
    facts = {
        name: entry[name] for name in ("because", "freed", "reason", "late", "number", "given_to") if name in entry
    }
    if "reasons" in entry:
        facts["reasons"] = [reason["code"] for reason in entry["reasons"]]
    log.info(
        f"booking_{entry['what']}",
        booking=booking.reference,
        meeting=booking.meeting,
        state=booking.state,
        correlation_id=booking.correlation_id,
        **facts,
    )
