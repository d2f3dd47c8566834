"""One message to one recipient: claimed, sent, followed to its end. Each exactly once in effect.

    email    waiting → sending → sent
    letter   waiting → sending → accepted → dispatched

A send is claimed by a conditional update before its provider is called, with a lease longer than the provider's
slowest answer. What is found in `sending` after its lease has an unknown outcome: a letter is looked up by its
reference, which is the delivery's own id; an email is sent again (an alert prefers twice to never).
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid5

from shared.clock import Clock
from shared.contracts.base import Event, Message
from shared.contracts.notifications import Channel, NotificationFailed
from shared.identity import derived
from shared.store import Change, Document, Store
from shared.telemetry import follow, log
from shared.timers import Timer

DELIVERIES = "deliveries"
BACK_OFF = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
_ACTS = UUID("9d1c2f5e-0c0b-4a63-8d0f-5a5a4a1f6c3d")

Step = Callable[[Document], Awaitable[None]]


def letter_id(about: str, template: str) -> str:
    """The id of a letter comes from the legal act that it carries, not from the message that asked for it."""
    return str(uuid5(_ACTS, f"{about}:{template}"))


class Deliveries:
    """The deliveries of the service and their moves; the channels decide which move comes next."""

    def __init__(self, store: Store, clock: Clock, lease: timedelta, tick: float = 0.5) -> None:
        self._deliveries = store[DELIVERIES]
        self._clock = clock
        self._lease = lease
        self._steps: dict[str, Step] = {}
        self.timer = Timer(store, DELIVERIES, self._step, clock, tick)

    def carry(self, channel: Channel, step: Step) -> None:
        """Let a channel take its deliveries whenever they are due."""
        self._steps[channel] = step

    async def plan(self, key: str, channel: Channel, template: str, about: str, cause: Message) -> None:
        """Intend one message; the same intent twice is one."""
        fields = {
            "channel": channel,
            "template": template,
            "about": about,
            "story": str(cause.correlation_id),
            "cause": cause.model_dump(mode="json"),
            "state": "waiting",
            "attempts": 0,
            "due_at": self._clock.now(),
        }
        if await self._deliveries.insert(key, fields):
            log.info("delivery_planned", delivery=key, channel=channel, template=template, about=about)
            self.timer.bell.set()

    async def claim(self, delivery: Document) -> Document | None:
        """Take a waiting delivery for sending; None when another replica was quicker."""
        return await self.move(
            delivery,
            state="sending",
            attempts=delivery["attempts"] + 1,
            claimed_until=Clock.wall() + self._lease,
            due_at=self._clock.now() + self._lease,
        )

    def lease_is_over(self, delivery: Document) -> bool:
        """By the machine's own time: moving the local stack's clock must not free a send that is still under way."""
        return bool(Clock.wall() >= delivery["claimed_until"])

    async def move(self, delivery: Document, *events: Event, **fields: object) -> Document | None:
        """Change a delivery, unless somebody else has meanwhile; return it as it now is."""
        if await self._deliveries.save(Change(delivery["_id"], delivery["version"], dict(fields), events)):
            return None
        return {**delivery, **fields, "version": delivery["version"] + 1}

    async def later(self, delivery: Document, why: str, state: str = "waiting") -> None:
        """Try again after a while, the longer the more attempts there were."""
        wait = BACK_OFF[min(delivery["attempts"], len(BACK_OFF)) - 1] if delivery["attempts"] else BACK_OFF[0]
        await self.move(delivery, state=state, due_at=self._clock.now() + wait)
        log.warning("delivery_waits", delivery=delivery["_id"], about=delivery["about"], why=why, wait_s=wait.seconds)

    async def fail(self, delivery: Document, why: str) -> None:
        """It cannot be delivered as it stands: parked for a person, and said."""
        failed = NotificationFailed(
            **self.envelope(delivery, "failed"),
            delivery=delivery["_id"],
            about=delivery["about"],
            channel=delivery["channel"],
            reason=why[:200],
        )
        await self.move(delivery, failed, state="failed", why=why, due_at=None)
        log.error("delivery_failed", delivery=delivery["_id"], about=delivery["about"], why=why)

    def envelope(self, delivery: Document, what: str) -> dict[str, object]:
        """The envelope of what a delivery says of itself, its id derived from the delivery."""
        return {
            "id": derived(UUID(delivery["_id"]), what),
            "time": self._clock.now(),
            "subject": delivery["about"],
            "correlation_id": delivery["story"],
            "causation_id": delivery["cause"]["id"],
        }

    async def _step(self, delivery: Document) -> None:
        follow(delivery["story"])
        await self._steps[delivery["channel"]](delivery)
