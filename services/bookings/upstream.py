"""What others say: schools' systems of schools, for registers, nudges and audiences; surveys of their themes."""

from datetime import datetime

from services.bookings import records
from shared.contracts.mis import SchoolUpdated
from shared.contracts.surveys import ThemeRecorded
from shared.store import Change, Document, Store, utc
from shared.telemetry import log


class Upstream:
    """The latest word wins: the later event time, then the greater event id."""

    def __init__(self, store: Store) -> None:
        self._schools = store[records.SCHOOLS]
        self._themes = store[records.THEMES]

    async def school_updated(self, event: SchoolUpdated) -> None:
        told = (utc(event.time), str(event.id))

        def decide(school: Document | None) -> Change | None:
            if _is_old(school, told):
                return None
            fields = {
                "name": event.name,
                "email": event.attendance_email,
                "phase": event.phase,
                "district": event.district,
                "told_at": told[0],
                "told_event": told[1],
            }
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_kept", urn=event.urn)

    async def theme_recorded(self, event: ThemeRecorded) -> None:
        """Keep a theme's title, survey and story: a meeting that is put on because of it carries them."""
        told = (utc(event.time), str(event.id))

        def decide(theme: Document | None) -> Change | None:
            if _is_old(theme, told):
                return None
            fields: Document = {"title": event.title, "survey": event.survey, "story": str(event.correlation_id)}
            fields |= {"told_at": told[0], "told_event": told[1]}
            return Change(event.theme, (theme or {}).get("version", 0), fields)

        if await self._themes.update(event.theme, decide):
            log.info("theme_kept", theme=event.theme, survey=event.survey)


def _is_old(kept: Document | None, told: tuple[datetime, str]) -> bool:
    return kept is not None and told <= (kept["told_at"], kept["told_event"])
