"""What MIS events say of schools, pupils and calendars, and an MIS's own alert held against our rule."""

from services.notices import records
from services.notices.cases import Cases
from services.notices.registers import Registers
from shared.clock import Clock
from shared.contracts.mis import CalendarPublished, MisThresholdAlert, PupilUpdated, SchoolUpdated
from shared.contracts.notices import MisAlertChecked
from shared.identity import derived
from shared.store import Change, Document, Store, utc
from shared.telemetry import log


class Upstream:
    """The latest word of an MIS wins: the later event time, then the greater event id."""

    def __init__(self, store: Store, registers: Registers, cases: Cases, clock: Clock) -> None:
        self._schools = store[records.SCHOOLS]
        self._pupils = store[records.PUPILS]
        self._registers = registers
        self._cases = cases
        self._clock = clock

    async def school_updated(self, event: SchoolUpdated) -> None:
        def decide(school: Document | None) -> Change | None:
            if not records.newer(school, "told", event.time, str(event.id)):
                return None
            fields = {"name": event.name, "told_at": utc(event.time), "told_event": str(event.id)}
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_kept", urn=event.urn)

    async def pupil_updated(self, event: PupilUpdated) -> None:
        """Keep what a school says of a pupil, and hold their marks against it: which of them count may have changed."""

        def decide(pupil: Document | None) -> Change | None:
            fields = records.roll_fields(pupil, event)
            if records.newer(pupil, "details", event.time, str(event.id)):
                fields |= records.pupil_fields(event)
            return Change(event.upn, (pupil or {}).get("version", 0), fields) if fields else None

        if await self._pupils.update(event.upn, decide):
            log.info("pupil_kept", urn=event.urn, parents=len(event.parents))
        await self._registers.reassess_pupil(event.upn, event)

    async def calendar_published(self, event: CalendarPublished) -> None:
        """Keep the calendar beside earlier ones (for each date the latest decides), and look at the school again."""

        def decide(school: Document | None) -> Change | None:
            calendars: list[Document] = (school or {}).get("calendars", [])
            if any(calendar["event"] == str(event.id) for calendar in calendars):
                return None
            fields = {"calendars": [*calendars, records.calendar_field(event, self._clock.now())]}
            return Change(event.urn, (school or {}).get("version", 0), fields)

        await self._schools.update(event.urn, decide)
        await self._registers.reassess_school(event.urn, event)
        log.info("calendar_kept", urn=event.urn, first=event.first.isoformat(), last=event.last.isoformat())

    async def mis_alert(self, event: MisThresholdAlert) -> None:
        """Never believed: said whether our own registers show the same."""
        pupil = await self._pupils.get(event.upn) or {"_id": event.upn}
        assessment = await self._cases.assess(pupil)
        ours = {(mark.day, str(mark.session)) for mark in records.read_marks(pupil).values() if mark.code}
        checked = MisAlertChecked(
            id=derived(event.id, "checked"),
            time=self._clock.now(),
            correlation_id=event.correlation_id,
            causation_id=event.id,
            upn=event.upn,
            urn=event.urn,
            agrees=assessment.met,
            count=assessment.count,
            unknown_sessions=sum(1 for each in event.sessions if (each.date, str(each.session)) not in ours),
        )

        def decide(kept: Document | None) -> Change | None:
            alerts: list[str] = (kept or {}).get("alerts", [])
            if str(event.id) in alerts:
                return None
            return Change(event.upn, (kept or {}).get("version", 0), {"alerts": [*alerts, str(event.id)]}, (checked,))

        if await self._pupils.update(event.upn, decide):
            log.info("mis_alert_checked", urn=event.urn, agrees=checked.agrees, count=checked.count)
