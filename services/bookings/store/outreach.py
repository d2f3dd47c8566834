"""Schools that have not booked or were never reached, at the store: one nudge a meeting, and the year's report."""

from uuid import UUID

from services.bookings.booking.events import meeting_facts
from services.bookings.booking.reach import District, not_yet_booked
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting
from services.bookings.store import records
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from shared.contracts.bookings import ReachReported, SchoolNudged
from shared.contracts.hosting import NudgeSchools, ReportReach
from shared.decisions.acting import known
from shared.decisions.deciding import because
from shared.identity import derived
from shared.observing.telemetry import log
from shared.store.documents import Change, Store
from shared.time.clock import Clock

_NUDGES = UUID("f3a4b0a6-7a80-4ba1-9d3e-4e4f6a3b8c05")


class Outreach:
    """Each method is idempotent: a nudge is a document of its own, and there is one for each school and meeting."""

    def __init__(self, store: Store, meetings: Meetings, looking: Looking, clock: Clock) -> None:
        self._at_store = store[records.MEETINGS]
        self._nudges = store[records.NUDGES]
        self._reach = store[records.REACH]
        self._meetings = meetings
        self._looking = looking
        self._clock = clock

    async def nudge(self, command: NudgeSchools) -> None:
        """Remind every school that has not booked; schools that were already reminded are left out."""
        meeting = records.read_meeting(known(await self._at_store.get(command.meeting), "meeting"))
        if meeting.cancelled or self._clock.now() >= meeting.details.starts_at:
            words = "Schools are not reminded of a meeting that has started or is cancelled."
            await self._meetings.refuse(command, [because("too_late", words)])
            return
        unbooked = not_yet_booked(meeting, (await self._looking.schools()).values(), command.districts)
        schools = [school for school in unbooked if school.email]
        lost = await self._nudges.save(*(self._nudge(meeting, school, command) for school in schools))
        log.info(
            "schools_nudged",
            meeting=meeting.reference,
            schools=len(schools) - len(lost),
            before=len(lost),
            no_mailbox=len(unbooked) - len(schools),
        )

    async def report(self, command: ReportReach) -> None:
        """Publish which schools were never reached, district by district."""
        for district in await self._looking.reach(command.school_year):
            event = self._reported(district, command)
            fields = {"school_year": command.school_year, "district": district.name, "at": self._clock.now()}
            await self._reach.insert(f"{command.id}:{district.name}", fields, (event,))
        log.info("reach_reported", school_year=command.school_year, by=command.by.id)

    def _nudge(self, meeting: Meeting, school: School, command: NudgeSchools) -> Change:
        key = f"{meeting.reference}:{school.urn}"
        event = SchoolNudged(
            id=derived(_NUDGES, key),
            time=self._clock.now(),
            subject=meeting.reference,
            correlation_id=command.correlation_id,
            causation_id=command.id,
            meeting=meeting.reference,
            urn=school.urn,
            school=school.name,
            email=school.email,
            about=meeting_facts(meeting.details, None),
        )
        fields = {"meeting": meeting.reference, "urn": school.urn, "at": self._clock.now(), "by": command.by.id}
        return Change(key, 0, fields, (event,))

    def _reported(self, district: District, command: ReportReach) -> ReachReported:
        return ReachReported(
            id=derived(command.id, district.name),
            time=self._clock.now(),
            correlation_id=command.correlation_id,
            causation_id=command.id,
            school_year=command.school_year,
            district=district.name,
            schools=len(district.schools),
            never_reached=tuple(school.urn for school in district.never_reached),
        )
