"""The loop at the store: what the bookings service says about meetings that a survey caused. It gets no names."""

from collections import defaultdict
from collections.abc import Callable

from services.surveys.results.turnout import Kept, Turnout, stands, turnout
from services.surveys.store import records
from shared.contracts.bookings import (
    AttendanceRecorded,
    MeetingCancelled,
    MeetingChanged,
    MeetingPublished,
    StandingChanged,
)
from shared.contracts.latest import is_news, latest_fields
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock


class Loop:
    """Idempotent for each event, in any order. Meetings without a survey as their cause leave nothing here."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._meetings = store[records.MEETINGS]
        self._places = store[records.PLACES]
        self._clock = clock

    async def meeting(self, event: MeetingPublished | MeetingChanged | MeetingCancelled) -> None:
        """Keep the latest revision of a meeting; one that loses its cause no longer counts for a survey."""
        cause = event.cause

        def decide(kept: Document | None) -> Change | None:
            if kept is None and (cause is None or cause.survey is None):
                return None
            if kept is not None and event.revision <= kept["revision"]:
                return None
            fields = {
                "survey": cause.survey if cause else None,
                "theme": cause.theme_reference if cause else None,
                "because": cause.theme if cause else "",
                "title": event.title,
                "starts_at": event.starts_at,
                "ends_at": event.ends_at,
                "cancelled": isinstance(event, MeetingCancelled),
                "revision": event.revision,
            }
            return Change(event.meeting, (kept or {}).get("version", 0), fields)

        if await self._meetings.update(event.meeting, decide):
            log.info("meeting_of_a_survey_kept", meeting=event.meeting, survey=cause.survey if cause else None)

    async def standing(self, event: StandingChanged) -> None:
        """Keep how a booking stands."""
        now = self._clock.now()
        facts: Document = {
            "meeting": event.meeting,
            "urn": event.urn,
            "state": event.standing,
            **latest_fields(event, now),
        }
        await self._keep(event.booking, facts, lambda kept: stands(kept, event.standing, is_news(event, kept, now)))

    async def attendance(self, event: AttendanceRecorded) -> None:
        """Keep whether somebody came, by the register's latest word."""
        now = self._clock.now()
        if event.cause is not None and event.cause.survey is not None:
            facts: Document = {"meeting": event.meeting, "urn": event.urn, "attendance": event.status}
            facts |= latest_fields(event, now, "marked")
            await self._keep(event.booking, facts, lambda kept: is_news(event, kept, now, "marked"))

    async def of(self, survey: str) -> list[Turnout]:
        """What came of a survey, meeting by meeting, the earliest first."""
        meetings = await self._meetings.find({"survey": survey}, sort=[("starts_at", 1)])
        places: dict[str, list[Kept]] = defaultdict(list)
        for place in await self._places.find({"meeting": {"$in": [each["_id"] for each in meetings]}}):
            places[place["meeting"]].append(place)
        return [turnout(each, places[each["_id"]]) for each in meetings]

    async def _keep(self, booking: str, facts: Document, is_news: Callable[[Kept | None], bool]) -> None:
        def decide(kept: Document | None) -> Change | None:
            return Change(booking, (kept or {}).get("version", 0), facts) if is_news(kept) else None

        if await self._places.update(booking, decide):
            log.info("booking_of_a_survey_kept", booking=booking, meeting=facts["meeting"])
