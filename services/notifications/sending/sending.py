"""A delivery that may go: written, a provider chosen and the choice kept before it is asked (claim), then handed over.

Only what the provider is known not to have is sent again, by it or another.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.volume import Volume
from services.notifications.providers.choosing import Choosing
from services.notifications.providers.outcomes import is_abroad
from services.notifications.providers.rates import SOON
from services.notifications.sending.composing import Composing
from services.notifications.sending.following import Following
from services.notifications.sending.handing import Handing
from services.notifications.words.wording import Unwritable
from shared.observing.telemetry import log
from shared.store.documents import Document
from shared.time.clock import Clock


class Sending:
    """Brings deliveries to a provider, exactly once in effect."""

    def __init__(
        self,
        deliveries: Deliveries,
        volume: Volume,
        composing: Composing,
        choosing: Choosing,
        handing: Handing,
        following: Following,
        clock: Clock,
    ) -> None:
        self._deliveries = deliveries
        self._volume = volume
        self._composing = composing
        self._choosing = choosing
        self._handing = handing
        self._following = following
        self._clock = clock

    async def send(self, delivery: Document) -> None:
        """Write it and hand it to one provider; where that cannot be now, it is held, passed on, or parked."""
        try:
            outgoing, digest = await self._composing.outgoing(delivery)
        except Unwritable as error:
            await self._deliveries.park(delivery, str(error))
            return
        if delivery["category"] == "service" and not await self._volume.admits_words(delivery, digest):
            await self._deliveries.hold(delivery, self._volume.next_hour(), "the same words too often")
            log.error("same_words_too_often", delivery=delivery["_id"], about=delivery["about"])
            return
        able, objections = self._choosing.able(outgoing)
        if not able:
            await self._unable(delivery, objections)
            return
        abroad = is_abroad(outgoing)
        provider = await self._choosing.place(able, abroad)
        if provider is None:
            now = self._clock.now()
            until, why = self._choosing.shut(able, abroad) or (now + SOON, "a provider's limit")
            await self._deliveries.hold(delivery, until, why)
            return
        digest = await self._composing.as_sent(delivery, provider, outgoing.written, digest)
        claimed = await self._deliveries.claim(delivery, provider.name, digest, outgoing.written)
        if claimed is not None:
            await self._handing.hand_over(claimed, provider, replace(outgoing, at=claimed["tries"][-1]["at"]))

    async def _unable(self, delivery: Document, objections: Sequence[str]) -> None:
        """No provider of this channel can carry all of it: try the next channel, else a person has to look."""
        why = "; ".join(objections) or "no provider is set up for this channel"
        if self._following.has_next(delivery):
            await self._deliveries.pass_on(delivery, why)
        else:
            await self._deliveries.park(delivery, why)
