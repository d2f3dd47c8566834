"""What schools' systems say about schools and calendars, and what became of messages that were sent."""

from services.surveys.store import records
from shared.contracts.latest import believed, is_news, latest_fields
from shared.contracts.mis import CalendarPublished, SchoolUpdated
from shared.contracts.notifications import NotificationDelivered, NotificationFailed, NotificationSent
from shared.contracts.schools import called
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, utc

_WHATS = {NotificationSent: "sent", NotificationDelivered: "delivered", NotificationFailed: "undelivered"}


class Upstream:
    """The latest word of an MIS wins: the later event time, then the greater event id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._schools = store[records.SCHOOLS]
        self._invitations = store[records.INVITATIONS]
        self._clock = clock

    async def school_updated(self, event: SchoolUpdated) -> None:
        def decide(school: Document | None) -> Change | None:
            now = self._clock.now()
            if not is_news(event, school, now):
                return None
            fields: Document = {
                "name": called(event.name, school, event.urn),
                "email": event.attendance_email,
                "district": event.district,
            }
            fields |= {"phase": event.phase, **latest_fields(event, now)}
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_kept", urn=event.urn)

    async def calendar_published(self, event: CalendarPublished) -> None:
        """Keep the calendar beside earlier ones: for each date the latest decides when a school is reminded."""

        def decide(school: Document | None) -> Change | None:
            calendars: list[Document] = (school or {}).get("calendars", [])
            if any(calendar["event"] == str(event.id) for calendar in calendars):
                return None
            calendar = {
                "first": event.first.isoformat(),
                "last": event.last.isoformat(),
                "closed": sorted(day.isoformat() for day in event.closed),
                "time": believed(event.time, self._clock.now()),
                "event": str(event.id),
            }
            return Change(event.urn, (school or {}).get("version", 0), {"calendars": [*calendars, calendar]})

        if await self._schools.update(event.urn, decide):
            log.info("calendar_kept", urn=event.urn, first=event.first.isoformat(), last=event.last.isoformat())

    async def notification(self, event: NotificationSent | NotificationDelivered | NotificationFailed) -> None:
        """A message about one of our invitations was sent, delivered or failed: a fact for the ledger."""

        def decide(document: Document | None) -> Change | None:
            if document is None:
                return None
            trail = document["trail"]
            is_known = any(entry["cause"] == str(event.id) for entry in trail)
            wiped = not trail  # an anonymous answer: nothing may show again when somebody was written to
            if is_known or wiped:
                return None
            entry = {
                "at": utc(event.delivered_at if isinstance(event, NotificationDelivered) else event.time),
                "what": _WHATS[type(event)],
                "cause": str(event.id),
                "channel": event.channel,
                "template": event.template,
                "delivery": event.delivery,
            }
            return Change(document["_id"], document["version"], {"trail": [*trail, entry]})

        if await self._invitations.update(event.about, decide):
            log.info("delivery_noted", invitation=event.about, what=_WHATS[type(event)])
