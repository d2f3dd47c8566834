"""Whether what was to be told is still so: not too late, not settled, and nothing later about it takes its place."""

from collections.abc import Mapping

from services.notifications.deliveries.intents import INTENTS
from services.notifications.deliveries.retention import WITH_THE_FILE
from services.notifications.rules.rule import Rule, about
from shared.contracts import Message
from shared.store.documents import Document, Store
from shared.store.timers import Expiry
from shared.time.clock import Clock

SETTLED = "settled"
IS_SETTLED = "the notice is paid or withdrawn"


class StillTrue:
    """Knows what was told of later, and which notices are settled."""

    def __init__(self, store: Store, rules: Mapping[str, Rule], clock: Clock) -> None:
        self._intents = store[INTENTS]
        self._settled = store[SETTLED]
        self._takers = {
            name: [other.name for other in rules.values() if name in (*other.takes_back, *other.overtakes)]
            for name in rules
        }
        self._clock = clock
        self.pressing = [each.name for each in rules.values() if each.presses]
        """Tellings that ask for money or warn of court."""
        self.expiry = Expiry(store, SETTLED, clock)

    async def why_not(self, of: Document) -> str | None:
        """Why an intent or a delivery is not to be sent any more; None while it is current."""
        if of.get("until") is not None and self._clock.now() >= of["until"]:
            return "too late: what it is about has begun or is over"
        if of["telling"] in self.pressing and await self._settled.get(of["about"]):
            return IS_SETTLED
        takers = self._takers.get(of["telling"])
        later = {"about": of["about"], "telling": {"$in": takers}, "event_at": {"$gt": of["event_at"]}}
        return "not true any more" if takers and await self._intents.count(later) else None

    async def settle(self, event: Message) -> None:
        """Keep that a notice is settled, for as long as its file."""
        end = self._clock.now() + WITH_THE_FILE
        await self._settled.insert(about(event), {"event": event.key(), "due_at": end})
