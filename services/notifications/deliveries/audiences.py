"""Who somebody is and how to reach them, as known when they are told."""

from collections.abc import Sequence
from dataclasses import replace

from services.notifications.addresses.addresses import hashed
from services.notifications.rules.rule import LISTED, Recipient
from services.notifications.settings import NotificationsSettings
from shared.contracts.fields import WhichSchools
from shared.contracts.latest import is_news, latest_fields
from shared.contracts.mis import SchoolUpdated
from shared.contracts.notifications import Channel
from shared.contracts.schools import called, those
from shared.decisions.acting import known
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock

SCHOOLS = "schools"


class Audiences:
    """The schools' contacts, as their MIS gives them, and the team's own."""

    def __init__(self, store: Store, settings: NotificationsSettings, clock: Clock) -> None:
        self._schools = store[SCHOOLS]
        self._team = str(settings.team_mailbox)
        self._address_key = settings.address_key
        self._clock = clock

    async def school_updated(self, event: SchoolUpdated) -> None:
        """Keep the latest word on a school's name and attendance contact."""

        def decide(school: Document | None) -> Change | None:
            now = self._clock.now()
            if not is_news(event, school, now):
                return None
            fields = {
                "name": called(event.name, school, event.urn),
                "email": event.attendance_email,
                "phone": event.attendance_phone,
                "district": event.district,
                "phase": event.phase,
                **latest_fields(event, now),
            }
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_contact_kept", urn=event.urn)

    async def of(self, whom: Sequence[Recipient] | WhichSchools) -> list[Recipient]:
        """Recipients with their addresses, or the schools meant, as they are now; raises NotYetKnown."""
        if not isinstance(whom, WhichSchools):
            return [await self.reach(each) for each in whom]
        found = await self._schools.find(schools_of(whom), sort=[("_id", 1)])
        return [_school(each) for each in found]

    async def reach(self, recipient: Recipient) -> Recipient:
        """The recipient with name and addresses as they are now; raises NotYetKnown."""
        kind, _, urn = recipient.key.partition(":")
        if kind == LISTED:
            return replace(recipient, key=f"{LISTED}:{self._opaque(recipient)}")
        if kind == "team":
            return Recipient("team", "Attendance Team", email=self._team)
        if kind != "school":
            return recipient
        return _school(known(await self._schools.get(urn), "school"))

    def _opaque(self, recipient: Recipient) -> str:
        channel: Channel = "email" if recipient.email else "sms"
        _, _, digest = hashed(channel, recipient.email or recipient.phone or "", self._address_key).partition(":")
        return digest[:32]


def schools_of(audience: WhichSchools) -> Document:
    """The query for the schools that are meant."""
    return those(audience.districts, audience.phases, audience.urns)


def _school(kept: Document) -> Recipient:
    return Recipient(f"school:{kept['_id']}", kept["name"], kept["email"], kept.get("phone"))
