"""Reads what the bookings service knows about meetings and bookings; changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.bookings.booking.booking import Booking
from services.bookings.booking.reach import District, by_district, pattern, span
from services.bookings.booking.register import Needs
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting
from services.bookings.store import records
from shared.contracts.meetings import MeetingCause
from shared.identity import read_reference
from shared.store.documents import Document, NotFound, Store

_MOST = 100  # meetings on a list for people
_WITH_ONE_SCHOOL = "support_meeting"  # colleagues arrange it with the school: nobody else sees or books it


@dataclass(frozen=True)
class Certified:
    """What a certificate's code stands for, and whether it still does."""

    booking: Booking
    meeting: Meeting
    stands: bool


class Looking:
    """The reader's side of the bookings service."""

    def __init__(self, store: Store) -> None:
        self._meetings = store[records.MEETINGS]
        self._bookings = store[records.BOOKINGS]
        self._needs = store[records.NEEDS]
        self._schools = store[records.SCHOOLS]
        self._nudges = store[records.NUDGES]
        self._themes = store[records.THEMES]

    async def meetings(self) -> list[Meeting]:
        """Every meeting, the latest first."""
        documents = await self._meetings.find({}, sort=[("starts_at", -1)])
        return [records.read_meeting(document) for document in documents]

    async def coming(self, now: datetime) -> list[Meeting]:
        """Meetings that anybody may book and that have not begun, the next first; at most a hundred."""
        query = {"starts_at": {"$gt": now}, "cancelled": False, "details.kind": {"$ne": _WITH_ONE_SCHOOL}}
        documents = await self._meetings.find(query, sort=[("starts_at", 1)], limit=_MOST)
        return [records.read_meeting(document) for document in documents]

    async def meeting(self, asked: str) -> Meeting:
        """The meeting of this reference; raises NotFound."""
        reference = _read(asked, "M", "meeting")
        document = await self._meetings.get(reference)
        if document is None:
            raise NotFound(f"there is no meeting {reference}. See `everyday bookings meetings`")
        return records.read_meeting(document)

    async def public_meeting(self, asked: str) -> Meeting:
        """The meeting of this reference, which anybody may see and book; raises NotFound."""
        meeting = await self.meeting(asked)
        if meeting.details.kind == _WITH_ONE_SCHOOL:
            raise NotFound(f"{meeting.reference} is a meeting with one school")
        return meeting

    async def booking(self, asked: str) -> tuple[Booking, Meeting]:
        """The booking of this reference and its meeting; raises NotFound."""
        document = await self.booking_document(_read(asked, "B", "booking"))
        return records.read_booking(document), await self.meeting(document["meeting"])

    async def booking_document(self, reference: str) -> Document:
        document = await self._bookings.get(reference)
        if document is None:
            raise NotFound(f"there is no booking {reference}")
        return document

    async def bookings(self, meeting: str) -> list[Booking]:
        """Every booking ever requested for a meeting, in order of acceptance; refused ones last."""
        documents = await self._bookings.find({"meeting": meeting})
        found = [records.read_booking(document) for document in documents]
        return sorted(found, key=lambda booking: (not booking.number, booking.number, booking.reference))

    async def needs(self, meeting: str) -> Needs:
        """What people need, by booking: for the host's register."""
        return {document["_id"]: document for document in await self._needs.find({"meeting": meeting})}

    async def schools(self) -> dict[str, School]:
        return {document["_id"]: records.read_school(document) for document in await self._schools.find({})}

    async def school(self, urn: str) -> School | None:
        document = await self._schools.get(urn)
        return records.read_school(document) if document else None

    async def nudged(self, meeting: str) -> set[str]:
        """The URNs of schools that were reminded of a meeting."""
        return {document["urn"] for document in await self._nudges.find({"meeting": meeting})}

    async def cause(self, asked: str) -> tuple[MeetingCause, str]:
        """A survey's theme as the cause of a meeting, and the survey's correlation id; raises NotFound."""
        theme = await self._themes.get(reference := _read(asked, "T", "theme"))
        if theme is None:
            raise NotFound(f"there is no theme {reference}. See `everyday surveys themes S-…`")
        cause = MeetingCause(theme=theme["title"], survey=theme["survey"], theme_reference=reference)
        return cause, theme["story"]

    async def reach(self, year: int) -> list[District]:
        """Every district with the schools that no meeting of a school year has reached."""
        came = await self._bookings.find(await self._of_year(year) | {"attendance": "attended"}, fields=["urn"])
        return by_district((await self.schools()).values(), frozenset(each["urn"] for each in came if each["urn"]))

    async def pattern(self, year: int) -> list[dict[str, Any]]:
        """How the people of each school kept their bookings in a school year."""
        return pattern(records.read_booking(each) for each in await self._bookings.find(await self._of_year(year)))

    async def _of_year(self, year: int) -> Document:
        """The query for bookings of meetings in a school year."""
        first, after = span(year)
        held = await self._meetings.find({"starts_at": {"$gte": first, "$lt": after}}, fields=["_id"])
        return {"meeting": {"$in": [meeting["_id"] for meeting in held]}}

    async def certificate(self, asked: str) -> Certified:
        """What a certificate's code stands for; raises NotFound."""
        code = _read(asked, "K", "certificate")
        for field, stands in (("certificate", True), ("withdrawn", False)):
            if found := await self._bookings.find({field: code}, limit=1):
                booking = records.read_booking(found[0])
                return Certified(booking, await self.meeting(booking.meeting), stands)
        raise NotFound(f"no certificate has the code {code}")


def _read(asked: str, kind: str, name: str) -> str:
    try:
        reference = read_reference(asked)
    except ValueError as error:
        raise NotFound(str(error)) from None
    if not reference.startswith(kind):
        raise NotFound(f"give the reference of a {name}, which begins with {kind}-")
    return reference
