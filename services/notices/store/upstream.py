"""What MIS events say about schools, pupils and calendars, and an MIS's own alert checked against our rule."""

from services.notices.attendance.child import of_possible_days
from services.notices.store import records
from services.notices.store.cases import Cases
from services.notices.store.oddities import left_out, say_untidy
from services.notices.store.registers import Registers
from shared.contracts.latest import heard, is_news, latest_fields
from shared.contracts.mis import CalendarPublished, MisThresholdAlert, PupilUpdated, SchoolUpdated
from shared.contracts.notices import MisAlertChecked
from shared.contracts.schools import called
from shared.identity import derived
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, local_date


class Upstream:
    """The latest word of an MIS wins: the later event time, then the greater event id."""

    def __init__(self, store: Store, registers: Registers, cases: Cases, clock: Clock) -> None:
        self._schools = store[records.SCHOOLS]
        self._pupils = store[records.PUPILS]
        self._registers = registers
        self._cases = cases
        self._clock = clock

    async def school_updated(self, event: SchoolUpdated) -> None:
        now = self._clock.now()
        event = heard(event, now)

        def decide(school: Document | None) -> Change | None:
            is_latest = is_news(event, school, now)
            fields = left_out(school, event, now, is_latest=is_latest)
            if is_latest:
                fields |= {"name": called(event.name, school, event.urn), **latest_fields(event, now)}
            return Change(event.urn, (school or {}).get("version", 0), fields) if fields else None

        if await self._schools.update(event.urn, decide):
            log.info("school_kept", urn=event.urn)
        say_untidy(event, event.untidy)

    async def pupil_updated(self, event: PupilUpdated) -> None:
        """Keep what a school says about a pupil, and reassess the pupil: which marks count may have changed."""
        now = self._clock.now()
        event = of_possible_days(heard(event, now), local_date(now))

        def decide(pupil: Document | None) -> Change | None:
            is_latest = is_news(event, pupil, now, "details")
            fields = left_out(pupil, event, now, is_latest=is_latest) | records.roll_fields(pupil, event)
            if is_latest:
                fields |= records.pupil_fields(event, now)
            return Change(event.upn, (pupil or {}).get("version", 0), fields) if fields else None

        if await self._pupils.update(event.upn, decide):
            log.info("pupil_kept", urn=event.urn, parents=len(event.parents))
        say_untidy(event, event.untidy)
        await self._registers.reassess_pupil(event.upn, event)

    async def calendar_published(self, event: CalendarPublished) -> None:
        """Keep the calendar beside earlier ones (for each date the latest decides), and look at the school again."""
        now = self._clock.now()
        event = heard(event, now)

        def decide(school: Document | None) -> Change | None:
            calendars: list[Document] = (school or {}).get("calendars", [])
            if any(calendar["event"] == str(event.id) for calendar in calendars):
                return None
            fields = {"calendars": [*calendars, records.calendar_field(event, now)]}
            fields |= left_out(school, event, now, is_latest=True)
            return Change(event.urn, (school or {}).get("version", 0), fields)

        await self._schools.update(event.urn, decide)
        await self._registers.reassess_school(event.urn, event)
        log.info("calendar_kept", urn=event.urn, first=event.first.isoformat(), last=event.last.isoformat())
        say_untidy(event, event.untidy)

    async def mis_alert(self, event: MisThresholdAlert) -> None:
        """Never believed: we publish whether our own registers show the same."""
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
            fields = {"alerts": [*alerts, str(event.id)], **left_out(kept, event, self._clock.now(), is_latest=True)}
            return Change(event.upn, (kept or {}).get("version", 0), fields, (checked,))

        if await self._pupils.update(event.upn, decide):
            log.info("mis_alert_checked", urn=event.urn, agrees=checked.agrees, count=checked.count)
        say_untidy(event, event.untidy)
