"""An event becomes intents; one that falls due is cancelled, waits, or is told, and in the end forgotten."""

from collections.abc import Mapping

from services.notifications.announcing.fan_out import FanOut
from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import DELIVERY, TO_GO, DeliveryState
from services.notifications.deliveries.intent import INTENT
from services.notifications.deliveries.intents import Intents
from services.notifications.deliveries.quiet import Windows, opening
from services.notifications.deliveries.still_true import IS_SETTLED, StillTrue
from services.notifications.rules.rule import Rule, about
from shared.contracts import Message
from shared.observing.telemetry import follow, log
from shared.store.documents import Document
from shared.time.clock import Clock

_NEVER_WENT: frozenset[DeliveryState] = frozenset({"cancelled", "suppressed"})


class Announcing:
    """Takes events, and looks at an intent again whenever it is due, since much may have happened meanwhile."""

    def __init__(
        self,
        rules: Mapping[str, Rule],
        intents: Intents,
        deliveries: Deliveries,
        still_true: StillTrue,
        fan_out: FanOut,
        quiet: Windows,
        clock: Clock,
    ) -> None:
        self._rules = rules
        self._intents = intents
        self._deliveries = deliveries
        self._still_true = still_true
        self._fan_out = fan_out
        self._windows = quiet
        self._clock = clock

    async def hear(self, event: Message) -> None:
        """Create an intent for each rule of this event; the same event twice makes one.

        If nobody is told of an event, nothing about it is kept, except that a notice is settled.
        """
        for rule in self._rules.values():
            if rule.event is not type(event):
                continue
            if rule.settles:
                await self._settle(event)
            if rule.whom(event):
                await self._intents.open(rule, event)

    async def due(self, intent: Document) -> None:
        """Go on with an intent, or forget what it said."""
        follow(intent["story"])
        if INTENT.of(intent) == "open":
            await self._tell(intent)
        else:
            await self._intents.change(intent, cause=None, audience=None, due_at=None)
            log.info("intent_forgotten", intent=intent["_id"], about=intent["about"])

    async def _settle(self, event: Message) -> None:
        """Record that the notice is settled, then cancel unsent demands; later ones find the record."""
        await self._still_true.settle(event)
        pressing = {"about": about(event), "telling": {"$in": self._still_true.pressing}}
        for intent in await self._intents.find({**pressing, **INTENT.among("open")}):
            await self._intents.end(intent, "cancelled", IS_SETTLED)
        for delivery in await self._deliveries.find({**pressing, **DELIVERY.among(*TO_GO)}):
            await self._deliveries.cancel(delivery, IS_SETTLED)

    async def _tell(self, intent: Document) -> None:
        rule = self._rules[intent["telling"]]
        opens = opening(self._windows, rule.category, rule.at_any_time, self._clock.now())
        if why := await self._still_true.why_not(intent):
            await self._intents.end(intent, "cancelled", why)
        elif opens is not None:
            await self._intents.hold(intent, opens, "quiet hours")
        elif rule.takes_back and not await self._was_told(rule, intent):
            await self._intents.end(intent, "cancelled", "nobody was told of what it takes back")
        else:
            await self._fan_out.tell(intent, rule)

    async def _was_told(self, rule: Rule, intent: Document) -> bool:
        """Cancel the unsent messages of the rules that this one takes back; returns whether anybody was told.

        If nothing is known about them, somebody may have been told, so this one is sent too.
        """
        query = {
            "about": intent["about"],
            "telling": {"$in": rule.takes_back},
            "event_at": {"$lte": intent["event_at"]},
        }
        earlier = await self._intents.find(query)
        for each in earlier:
            if INTENT.of(each) == "open" and await self._intents.end(each, "cancelled", "taken back") is None:
                return await self._was_told(rule, intent)
        ids = [each["_id"] for each in earlier]
        for delivery in await self._deliveries.find({"intent": {"$in": ids}}):
            if DELIVERY.of(delivery) in TO_GO:
                await self._deliveries.cancel(delivery, "taken back")
        left = await self._deliveries.find({"intent": {"$in": ids}})
        return not earlier or any(DELIVERY.of(each) not in _NEVER_WENT for each in left)
