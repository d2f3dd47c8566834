"""What people need in order to come (access, diet): health data, kept apart, for the host only, and not for long."""

from collections.abc import Iterable, Mapping

from services.bookings.places.meeting import Meeting
from services.bookings.places.rules import Rules
from services.bookings.store import records
from shared.contracts.hosting import RequestBooking
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock


class Needs:
    """Needs by booking, deleted when the booking ends or passes to somebody else, or some days after the meeting."""

    def __init__(self, store: Store, rules: Rules, clock: Clock) -> None:
        self._needs = store[records.NEEDS]
        self._meetings = store[records.MEETINGS]
        self._rules = rules
        self._clock = clock

    async def keep(self, meeting: Meeting, asked: Mapping[str, RequestBooking]) -> None:
        """Keep the needs of live bookings; a request that comes again after its booking ended keeps nothing."""
        until = self._rules.ends_at(meeting.details) + self._rules.needs_kept
        kept = []
        for booking, command in asked.items():
            place = meeting.places[booking]
            if command.needs and place.is_live and place.holder and place.turn == 0:
                about = {"_id": place.booking, "meeting": meeting.reference, "version": 1, "due_at": until}
                kept.append(about | command.needs.model_dump())
        await self._needs.insert_facts(kept)

    async def drop(self, bookings: Iterable[str]) -> None:
        await self._needs.remove({"_id": {"$in": list(bookings)}})

    async def due(self, document: Document) -> None:
        """Delete needs whose time is over; if the meeting was moved to a later day, they stay until then."""
        meeting = await self._meetings.get(document["meeting"])
        if meeting is not None:
            until = self._rules.ends_at(records.read_details(meeting)) + self._rules.needs_kept
            if until > self._clock.now():
                await self._needs.save(Change(document["_id"], document["version"], {"due_at": until}))
                return
        await self.drop([document["_id"]])
        log.info("needs_deleted", booking=document["_id"])
