"""How far a sending has come: who has it, who waits and until when, who cannot get it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, SENT, UNDER_WAY
from services.notifications.deliveries.intent import INTENT
from services.notifications.deliveries.intents import INTENTS
from shared.store.documents import Store


@dataclass(frozen=True)
class Progress:
    """The figures of one sending, which may be several intents."""

    audience: int
    """How many it is for; 0 until that is known."""
    sent: int
    held: int
    left_out: int
    """Not wanted, cancelled, or parked for a person."""
    had: int
    """Got it earlier by another command, or have no suitable address."""
    waiting: int
    opens: datetime | None
    """When the first of those waiting continues; and what they wait for."""
    why: str
    is_over: bool
    """Whether nothing more happens without a person, or before `opens`."""

    @property
    def settled(self) -> int:
        return self.sent + self.held + self.left_out


async def progress(store: Store, intents: Sequence[str]) -> Progress:
    """How far these intents have come; recipients that others told before are not counted."""
    found = await store[INTENTS].get_many(intents)
    wanted = {"about": {"$in": sorted({each["about"] for each in found.values()})}, "intent": {"$in": list(intents)}}
    deliveries = await store[DELIVERIES].find(wanted, fields=["state", "due_at", "held_for"])
    states = Counter(DELIVERY.of(each) for each in deliveries)
    under_way = sum(states[each] for each in UNDER_WAY)
    sent, held = sum(states[each] for each in SENT), states["held"]
    open_ = [each for each in found.values() if INTENT.of(each) == "open"]
    resting = [each for each in open_ if each.get("held_for")]
    audience = sum(len(each.get("audience") or ()) for each in found.values())
    to_begin = sum(len(each["audience"]) - each["begun"] for each in resting if each.get("audience"))
    all_told = all(INTENT.of(each) == "told" for each in found.values())
    waiting = [*(each for each in deliveries if DELIVERY.of(each) == "held"), *resting]
    next_ = min(waiting, key=lambda each: each["due_at"], default=None)
    return Progress(
        audience=audience,
        sent=sent,
        held=held,
        left_out=len(deliveries) - under_way - sent - held,
        had=audience - len(deliveries) if all_told and found else 0,
        waiting=held + to_begin,
        opens=next_["due_at"] if next_ else None,
        why=str(next_["held_for"]) if next_ else "",
        is_over=len(found) == len(intents) and not under_way and len(resting) == len(open_),
    )
