"""Who somebody is and where they are reached, as it is known when they are told."""

from services.notifications.settings import NotificationsSettings
from services.notifications.telling import Recipient
from shared.contracts.mis import SchoolUpdated
from shared.store import Change, Document, Store, utc
from shared.telemetry import log

SCHOOLS = "schools"


class NotYetKnown(Exception):
    """A school whose attendance contact has not been heard of: worth another try later."""


class Audiences:
    """The schools' contacts, as their MIS tells them, and the team's own."""

    def __init__(self, store: Store, settings: NotificationsSettings) -> None:
        self._schools = store[SCHOOLS]
        self._team = str(settings.team_mailbox)

    async def school_updated(self, event: SchoolUpdated) -> None:
        """Keep the latest word on a school's name and attendance contact."""

        def decide(school: Document | None) -> Change | None:
            told = (utc(event.time), str(event.id))
            if school is not None and told <= (school["told_at"], school["told_event"]):
                return None
            fields = {
                "name": event.name,
                "email": event.attendance_email,
                "phone": event.attendance_phone,
                "told_at": told[0],
                "told_event": told[1],
            }
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_contact_kept", urn=event.urn)

    async def reach(self, recipient: Recipient) -> Recipient:
        """The recipient with name and addresses as they are now; raises NotYetKnown."""
        kind, _, urn = recipient.key.partition(":")
        if kind == "team":
            return Recipient("team", "Attendance Team", email=self._team)
        if kind != "school":
            return recipient
        school = await self._schools.get(urn)
        if school is None:
            raise NotYetKnown
        return Recipient(recipient.key, school["name"], school["email"], school.get("phone"))
