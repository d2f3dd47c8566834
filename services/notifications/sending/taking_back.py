"""A delivery that is not to go any more is taken back: what it tells has changed, or whoever it is for was erased."""

from collections.abc import Awaitable, Callable, Mapping

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import DELIVERY, Why
from services.notifications.deliveries.left_out import WHY, LeftOut
from services.notifications.deliveries.still_true import StillTrue
from shared.store.documents import Document

Moot = Callable[[Document], Awaitable[Why | None]]
"""Says why a delivery is no longer to be sent; None while it is."""


class TakingBack:
    """Looks at everything again that may have changed since a delivery was planned."""

    def __init__(
        self, deliveries: Deliveries, still_true: StillTrue, left_out: LeftOut, moot: Mapping[str, Moot]
    ) -> None:
        self._deliveries = deliveries
        self._still_true = still_true
        self._left_out = left_out
        self._moot = moot

    async def taken_back(self, delivery: Document) -> bool:
        """Whether it is not to go any more, and has been taken back."""
        if late := await self._still_true.why_not(delivery):
            await self._deliveries.cancel(delivery, late)
        elif await self._left_out.is_erased(delivery):
            await self._deliveries.forget(delivery, WHY)
        elif await self._has_arrived(delivery.get("follows")):
            await self._deliveries.cancel(delivery, "what it follows has arrived after all")
        elif why := await self._why_moot(delivery):
            await self._deliveries.cancel(delivery, why.words, why.code)
        else:
            return False
        return True

    async def _has_arrived(self, earlier: str | None) -> bool:
        """Whether a message with a temporary failure was delivered late after all."""
        found = await self._deliveries.get(earlier) if earlier else None
        return found is not None and DELIVERY.of(found) == "delivered"

    async def _why_moot(self, delivery: Document) -> Why | None:
        look = self._moot.get(delivery["telling"])
        return await look(delivery) if look else None
