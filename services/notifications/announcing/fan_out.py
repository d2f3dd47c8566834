"""Who is told of an event is settled once; then each gets a delivery, as far as the limits of volume allow."""

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.deliveries import Deliveries, back_off
from services.notifications.deliveries.delivery import DELIVERY, DeliveryState
from services.notifications.deliveries.intents import Intents, read_event, read_recipient
from services.notifications.deliveries.left_out import LeftOut
from services.notifications.deliveries.retention import event_kept_for
from services.notifications.deliveries.volume import Volume, is_unusual
from services.notifications.rules.rule import Recipient, Rule, next_rung
from shared.contracts import Message
from shared.contracts.notifications import NotificationFailed
from shared.identity import derived
from shared.messaging.failures import NotYetKnown
from shared.store.documents import Document
from shared.time.clock import Clock

_GIVE_UP = 6  # attempts while a school's contact is unknown


class FanOut:
    """Makes deliveries of an intent: after a crash it goes on with the same list."""

    def __init__(
        self,
        intents: Intents,
        deliveries: Deliveries,
        audiences: Audiences,
        volume: Volume,
        left_out: LeftOut,
        digest_window: timedelta,
        clock: Clock,
    ) -> None:
        self._intents = intents
        self._deliveries = deliveries
        self._audiences = audiences
        self._volume = volume
        self._left_out = left_out
        self._digest = digest_window
        self._clock = clock

    async def tell(self, intent: Document, rule: Rule) -> None:
        """Fix who is told, then plan a delivery to each: after a crash it continues with the same list."""
        event = read_event(intent)
        if intent.get("audience") is None:
            try:
                audience = await self._audiences.of(rule.whom(event))
            except NotYetKnown:
                await self._later(intent, rule)
                return
            frozen = await self._intents.change(intent, audience=[asdict(each) for each in audience], begun=0)
            if frozen is None:
                return
            intent = frozen
        count = len(intent["audience"])
        if rule.agreed and not intent.get("allowed_by") and is_unusual(count, rule.agreed(event)):
            await self._ask(intent, rule, count)
            return
        left = [read_recipient(each) for each in intent["audience"][intent["begun"] :]]
        now = left[: await self._volume.draw(len(left))] if rule.category == "campaign" else left
        begun = intent["begun"] + len(now)
        recipients = await self._left_out.of(rule, now, event, intent["about"])
        rungs = [(each, next_rung(rule.ladder, each)) for each in recipients]
        await asyncio.gather(*(self._plan(intent, rule, event, each, rung) for each, rung in rungs if rung is not None))
        unreached = [each for each, rung in rungs if rung is None] if rule.needed else []
        failed = [self._unreached(intent, rule, each) for each in unreached]
        if begun < len(intent["audience"]):
            await self._intents.hold(
                intent, self._volume.next_hour(), "the campaigns' limit of an hour", *failed, begun=begun
            )
        else:
            planned = len(intent["audience"]) - len(unreached)
            await self._intents.end(intent, "told", f"{planned} planned", *failed)

    async def _ask(self, intent: Document, rule: Rule, count: int) -> None:
        """It reaches many and nobody has agreed to that: a person is asked, and it waits for their answer."""
        until = intent.get("asked") or self._clock.now() + event_kept_for("campaign")
        if self._clock.now() >= until:
            await self._intents.end(intent, "cancelled", "nobody has let it go in time")
            return
        why = f"it would reach {count:,}, and nobody has agreed to so many"
        await self._intents.hold(
            intent, until, why, _failed(intent, rule, "unusual", why, self._clock.now()), asked=until
        )

    async def _plan(self, intent: Document, rule: Rule, event: Message, to: Recipient, rung: int) -> None:
        channel = rule.ladder[rung]
        state: DeliveryState = DELIVERY.start
        more: dict[str, Any] = {"event_at": intent["event_at"], "until": intent["until"]}
        if self._digest and channel == "email" and rule.may_be_merged and not rule.alone(event):
            state = "held"
            more |= {"held_for": "digest", "mailbox": to.key, "due_at": self._clock.now() + self._digest}
        key = self._deliveries.key(rule, intent, event, to, channel)
        await self._deliveries.plan(key, intent, rule, to, rung, state, **more)

    async def _later(self, intent: Document, rule: Rule) -> None:
        """The school is not known yet: its contact may be on its way."""
        attempts = intent["attempts"] + 1
        if attempts < _GIVE_UP:
            until = self._clock.now() + back_off(attempts)
            await self._intents.hold(intent, until, "the school is not known yet", attempts=attempts)
            return
        whom = rule.whom(read_event(intent))
        failed = [self._unreached(intent, rule, each) for each in whom if isinstance(each, Recipient)]
        await self._intents.end(intent, "failed", "no attendance contact is known for this school", *failed)

    def _unreached(self, intent: Document, rule: Rule, recipient: Recipient) -> NotificationFailed:
        why = "no address is known for this recipient"
        return _failed(intent, rule, f"unreached:{recipient.key}", why, self._clock.now(), recipient.key)


def _failed(
    intent: Document, rule: Rule, what: str, why: str, now: datetime, recipient: str | None = None
) -> NotificationFailed:
    return NotificationFailed(
        id=derived(UUID(intent["_id"]), what),
        time=now,
        subject=intent["about"],
        correlation_id=intent["story"],
        causation_id=intent["cause_id"],
        delivery=intent["_id"],
        about=intent["about"],
        channel=rule.ladder[-1],
        template=rule.template,
        recipient=recipient,
        reason=why,
    )
