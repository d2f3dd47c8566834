"""What an MIS says of schools: names for registers, addresses for nudges, phases and districts for audiences."""

from services.bookings import records
from shared.contracts.mis import SchoolUpdated
from shared.store import Change, Document, Store, utc
from shared.telemetry import log


class Upstream:
    """The latest word of an MIS wins: the later event time, then the greater event id."""

    def __init__(self, store: Store) -> None:
        self._schools = store[records.SCHOOLS]

    async def school_updated(self, event: SchoolUpdated) -> None:
        told = (utc(event.time), str(event.id))

        def decide(school: Document | None) -> Change | None:
            if school is not None and told <= (school["told_at"], school["told_event"]):
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
