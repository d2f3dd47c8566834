"""A delivery's way: which step it takes when it falls due, one for each state."""

from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, DeliveryState
from services.notifications.deliveries.digests import Digests
from services.notifications.sending.following import Following
from services.notifications.sending.releasing import Releasing
from services.notifications.sending.resolving import Resolving
from services.notifications.sending.sending import Sending
from shared.contracts.notifications import Channel
from shared.observing.telemetry import follow
from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock


class Steps:
    """Knows who takes a delivery on from the state that it is in."""

    def __init__(
        self, digests: Digests, releasing: Releasing, sending: Sending, resolving: Resolving, following: Following
    ) -> None:
        self._digests = digests
        self._releasing = releasing
        self._sending = sending
        self._steps: Mapping[DeliveryState, Callable[[Document], Awaitable[None]]] = {
            "gathering": digests.gather,
            "waiting": self._release,
            "held": self._release,
            "sending": resolving.take_over,
            "unknown": resolving.resolve,
            "accepted": following.ask,
            "temporary_failure": following.descend,
            "permanent_failure": following.descend,
            "suppressed": following.descend,
            "passed_on": following.descend,
        }

    def timers(self, store: Store, clock: Clock, at_once: int) -> list[Timer]:
        """One for each channel: letters go on while the mail server hangs."""
        return [
            Timer(store, DELIVERIES, self._step, clock, at_once, {"channel": channel}) for channel in get_args(Channel)
        ]

    async def _step(self, delivery: Document) -> None:
        follow(delivery["story"])
        await self._steps[DELIVERY.of(delivery)](delivery)

    async def _release(self, delivery: Document) -> None:
        if delivery.get("held_for") == "digest":
            await self._digests.open(delivery)
        elif await self._releasing.may_go(delivery):
            await self._sending.send(delivery)
