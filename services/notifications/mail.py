"""Email to schools: the address is looked up when the message is sent, and the message handed to our mail server."""

import hashlib
import time
from datetime import timedelta

import aiosmtplib

from services.notifications.deliveries import Deliveries
from services.notifications.email_message import message as email_message
from services.notifications.settings import NotificationsSettings
from services.notifications.wording import Unwritable, write
from shared.clock import Clock
from shared.contracts.mis import SchoolUpdated
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached
from shared.contracts.notifications import NotificationSent
from shared.identity import derived
from shared.metrics import ProviderOutcome, provider_answered
from shared.store import Change, Document, Store, utc
from shared.telemetry import log

SCHOOLS = "schools"
_GIVE_UP = 6  # attempts without knowing the school's address


class Mail:
    """The email channel, and the schools' addresses that it needs."""

    def __init__(self, store: Store, deliveries: Deliveries, settings: NotificationsSettings, clock: Clock) -> None:
        self._schools = store[SCHOOLS]
        self._deliveries = deliveries
        self._settings = settings
        self._clock = clock
        deliveries.carry("email", self._step)

    async def school_updated(self, event: SchoolUpdated) -> None:
        """Keep the latest word on a school's name and attendance email."""

        def decide(school: Document | None) -> Change | None:
            told = (utc(event.time), str(event.id))
            if school is not None and told <= (school["told_at"], school["told_event"]):
                return None
            fields = {"name": event.name, "email": event.attendance_email, "told_at": told[0], "told_event": told[1]}
            return Change(event.urn, (school or {}).get("version", 0), fields)

        if await self._schools.update(event.urn, decide):
            log.info("school_contact_kept", urn=event.urn)

    async def threshold_reached(self, event: AbsenceThresholdReached) -> None:
        await self._deliveries.plan(str(derived(event.id, "email")), "email", "threshold_reached", event.case, event)

    async def threshold_cleared(self, event: AbsenceThresholdCleared) -> None:
        await self._deliveries.plan(str(derived(event.id, "email")), "email", "threshold_cleared", event.case, event)

    async def _step(self, delivery: Document) -> None:
        if delivery["state"] == "sending" and not self._deliveries.lease_is_over(delivery):
            await self._deliveries.move(delivery, due_at=self._clock.now() + timedelta(seconds=1))
            return
        claimed = await self._deliveries.claim(delivery)
        if claimed is None:
            return
        school = await self._schools.get(delivery["cause"]["urn"])
        if school is None:
            if claimed["attempts"] >= _GIVE_UP:
                await self._deliveries.fail(claimed, "no attendance email is known for this school")
            else:
                await self._deliveries.later(claimed, "the school's attendance email is not known yet")
            return
        await self._send(claimed, school)

    async def _send(self, delivery: Document, school: Document) -> None:
        try:
            written = write(delivery["template"], "email", {**delivery["cause"], "school": school["name"]})
        except Unwritable as error:
            await self._deliveries.fail(delivery, str(error))
            return
        began = time.perf_counter()
        outcome: ProviderOutcome = "accepted"
        try:
            message = email_message(
                written,
                sender=self._settings.mail_from,
                recipient=school["email"],
                reference=delivery["_id"],
                instant=self._clock.now(),
            )
            await aiosmtplib.send(
                message, hostname=self._settings.smtp_host, port=self._settings.smtp_port, timeout=30, start_tls=None
            )
        except (aiosmtplib.SMTPRecipientsRefused, ValueError):
            outcome = "refused"
            await self._deliveries.fail(delivery, "the school's attendance email does not take mail")
        except (aiosmtplib.SMTPException, OSError) as error:
            outcome = "not_now"
            await self._deliveries.later(delivery, f"the mail server does not answer ({type(error).__name__})")
        else:
            sent = NotificationSent(
                **self._deliveries.envelope(delivery, "sent"),
                delivery=delivery["_id"],
                about=delivery["about"],
                channel="email",
                template=delivery["template"],
                content_hash=hashlib.sha256(message.as_bytes()).hexdigest(),
            )
            await self._deliveries.move(delivery, sent, state="sent", due_at=None)
            log.info("email_sent", delivery=delivery["_id"], about=delivery["about"], template=delivery["template"])
        finally:
            provider_answered("smtp", outcome, time.perf_counter() - began)
