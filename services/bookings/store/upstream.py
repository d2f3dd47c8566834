"""What other systems tell us: about schools (for registers, nudges and audiences), and about surveys' themes."""

from services.bookings.store import records
from shared.contracts.latest import is_news, latest_fields
from shared.contracts.mis import SchoolUpdated
from shared.contracts.schools import called
from shared.contracts.surveys import ThemeRecorded
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock


class Upstream:
    """The latest word wins: the later event time, then the greater event id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._schools = store[records.SCHOOLS]
        self._themes = store[records.THEMES]
        self._clock = clock

    async def school_updated(self, event: SchoolUpdated) -> None:
        now = self._clock.now()

        def decide(school: Document | None) -> Change | None:
            if not is_news(event, school, now):
                return None
            fields = {
                "name": called(event.name, school, event.urn),
                "email": event.attendance_email,
                "phase": event.phase,
                "district": event.district,
                **latest_fields(event, now),
            }
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_kept", urn=event.urn)

    async def theme_recorded(self, event: ThemeRecorded) -> None:
        """Keep a theme's title, survey and correlation id: a meeting that it causes carries them."""
        now = self._clock.now()

        def decide(theme: Document | None) -> Change | None:
            if not is_news(event, theme, now):
                return None
            fields: Document = {"title": event.title, "survey": event.survey, "story": str(event.correlation_id)}
            fields |= latest_fields(event, now)
            return Change(event.theme, (theme or {}).get("version", 0), fields)

        if await self._themes.update(event.theme, decide):
            log.info("theme_kept", theme=event.theme, survey=event.survey)
