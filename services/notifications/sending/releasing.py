"""Whether a delivery may go now: in working hours, to an address that wants it, and within a campaign's limits."""

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import Why
from services.notifications.deliveries.preferences import Preferences
from services.notifications.deliveries.quiet import Windows, next_midnight, opening
from services.notifications.deliveries.volume import Volume
from services.notifications.sending.taking_back import TakingBack
from shared.store.documents import Document
from shared.time.clock import Clock


class Releasing:
    """Asks again at every release; what may not go is taken back, held, or not sent to this address."""

    def __init__(
        self,
        deliveries: Deliveries,
        taking_back: TakingBack,
        preferences: Preferences,
        volume: Volume,
        quiet: Windows,
        clock: Clock,
    ) -> None:
        self._deliveries = deliveries
        self._taking_back = taking_back
        self._preferences = preferences
        self._volume = volume
        self._windows = quiet
        self._clock = clock

    async def may_go(self, delivery: Document) -> bool:
        """Whether it may go at this moment; where not, what follows from that has been done."""
        if await self._taking_back.taken_back(delivery):
            return False
        opens = opening(self._windows, delivery["category"], delivery["at_any_time"], self._clock.now())
        if opens is not None:
            await self._deliveries.hold(delivery, opens, "quiet hours")
        elif why := await self._refusal(delivery):
            await self._deliveries.suppress(delivery, why)
        elif delivery["category"] == "campaign" and not await self._volume.admits(delivery):
            await self._deliveries.hold(delivery, next_midnight(self._clock.now()), "the campaigns' limit of a day")
        else:
            return True
        return False

    async def _refusal(self, delivery: Document) -> Why | None:
        return await self._preferences.refusal(
            delivery["recipient"]["key"], delivery["category"], delivery["channel"], delivery["address_hash"]
        )
