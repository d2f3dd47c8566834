"""Letters: rendered, archived with their hash, sent through Notify, and followed until they are posted."""

import asyncio
import hashlib
from datetime import timedelta

from services.notifications.deliveries import Deliveries, letter_id
from services.notifications.notify import LOST, POSTED, LetterState, Notify, NotNow, Refused, Unknown
from services.notifications.wording import Unwritable, write
from shared.clock import Clock, local_date
from shared.contracts.notices import NoticeIssued, NoticeReissued
from shared.contracts.notifications import LetterDispatched, NotificationSent
from shared.store import Document, Store
from shared.telemetry import log

LETTERS = "letters"
TEMPLATE = "penalty_notice"


class Post:
    """The letter channel."""

    def __init__(self, store: Store, deliveries: Deliveries, notify: Notify, clock: Clock, poll: timedelta) -> None:
        self._letters = store[LETTERS]
        self._deliveries = deliveries
        self._notify = notify
        self._clock = clock
        self._poll = poll
        deliveries.carry("letter", self._step)

    async def notice_issued(self, event: NoticeIssued) -> None:
        """Plan the penalty notice's one letter."""
        await self._deliveries.plan(letter_id(event.notice, TEMPLATE), "letter", TEMPLATE, event.notice, event)

    async def notice_reissued(self, event: NoticeReissued) -> None:
        """Plan a further letter of the same notice, to another address: an act of its own."""
        key = letter_id(event.notice, f"{TEMPLATE}:{event.letter}")
        await self._deliveries.plan(key, "letter", f"{TEMPLATE}_reissued", event.notice, event.content)

    async def _step(self, delivery: Document) -> None:
        if delivery["state"] == "waiting":
            await self._send(delivery)
        elif delivery["state"] == "sending":
            await self._resolve(delivery)
        elif delivery["state"] == "accepted":
            await self._follow(delivery)

    async def _send(self, delivery: Document) -> None:
        try:
            pdf = await self._archived(delivery)
        except Unwritable as error:
            await self._deliveries.fail(delivery, str(error))
            return
        claimed = await self._deliveries.claim(delivery)
        if claimed is None:
            return
        try:
            notify_id = await self._notify.send_letter(delivery["_id"], pdf)
        except Refused as error:
            await self._deliveries.fail(claimed, f"Notify refuses the letter: {error}")
        except NotNow:
            await self._deliveries.later(claimed, "Notify's limit is reached")
        except Unknown as error:
            log.warning("letter_unknown", delivery=delivery["_id"], about=delivery["about"], why=str(error))
        else:
            await self._accepted(claimed, notify_id, hashlib.sha256(pdf).hexdigest())

    async def _archived(self, delivery: Document) -> bytes:
        """The letter as it was first rendered: what is sent is what is kept."""
        kept = await self._letters.get(delivery["_id"])
        if kept is not None:
            return bytes(kept["pdf"])
        pdf = (await asyncio.to_thread(write, delivery["template"], "letter", delivery["cause"])).pdf
        digest = hashlib.sha256(pdf).hexdigest()
        await self._letters.insert(delivery["_id"], {"about": delivery["about"], "pdf": pdf, "sha256": digest})
        log.info("letter_archived", delivery=delivery["_id"], about=delivery["about"], sha256=digest, bytes=len(pdf))
        kept = await self._letters.get(delivery["_id"])
        return bytes(kept["pdf"]) if kept else pdf

    async def _resolve(self, delivery: Document) -> None:
        """The outcome of a send is unknown and its lease is over: ask Notify by our reference before anything else."""
        if not self._deliveries.lease_is_over(delivery):
            await self._deliveries.move(delivery, due_at=self._clock.now() + timedelta(seconds=1))
            return
        try:
            found = await self._notify.find_letter(delivery["_id"])
        except (Refused, NotNow, Unknown) as error:
            await self._deliveries.later(delivery, f"Notify does not answer: {error}", state="sending")
            return
        log.info("letter_resolved", delivery=delivery["_id"], about=delivery["about"], accepted=found is not None)
        if found is None:
            await self._deliveries.move(delivery, state="waiting", due_at=self._clock.now())
            return
        kept = await self._letters.get(delivery["_id"])
        await self._accepted(delivery, found.id, kept["sha256"] if kept else "")

    async def _accepted(self, delivery: Document, notify_id: str, digest: str) -> None:
        sent = NotificationSent(
            **self._deliveries.envelope(delivery, "sent"),
            delivery=delivery["_id"],
            about=delivery["about"],
            channel="letter",
            template=delivery["template"],
            content_hash=digest,
        )
        await self._deliveries.move(
            delivery, sent, state="accepted", notify_id=notify_id, due_at=self._clock.now() + self._poll
        )
        log.info("letter_accepted", delivery=delivery["_id"], about=delivery["about"])

    async def _follow(self, delivery: Document) -> None:
        try:
            letter = await self._notify.letter(delivery["notify_id"])
        except (Refused, NotNow, Unknown) as error:
            await self._deliveries.later(delivery, f"Notify does not answer: {error}", state="accepted")
            return
        if letter.status in LOST:
            await self._deliveries.fail(delivery, f"the letter was not posted: {letter.status}")
        elif letter.status == POSTED:
            await self._dispatched(delivery, letter)
        else:
            await self._deliveries.move(delivery, due_at=self._clock.now() + self._poll, seen_status=letter.status)

    async def _dispatched(self, delivery: Document, letter: LetterState) -> None:
        """Posted on the provider's date, not on the day that we asked."""
        day = local_date(letter.completed_at or self._clock.now())
        posted = LetterDispatched(
            **self._deliveries.envelope(delivery, "dispatched"),
            reference=delivery["about"],
            delivery=delivery["_id"],
            dispatched_on=day,
        )
        await self._deliveries.move(delivery, posted, state="dispatched", dispatched_on=day.isoformat(), due_at=None)
        log.info("letter_dispatched", delivery=delivery["_id"], about=delivery["about"], dispatched_on=day.isoformat())
