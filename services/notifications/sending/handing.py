"""A claimed delivery is handed to its provider, and what the provider answers is recorded."""

import asyncio
import time

from services.notifications.deliveries.deliveries import Deliveries, outcome
from services.notifications.providers.outcomes import NotNow, Outgoing, Provider, Refused, Unknown
from services.notifications.providers.standings import Standings
from services.notifications.sending.following import Following
from shared.observing.metrics import provider_answered
from shared.observing.telemetry import log
from shared.store.documents import Document
from shared.time.clock import Clock


class Handing:
    """`limit` and `slow` in seconds: how long an answer may take, and from when on it counts against its provider."""

    def __init__(
        self,
        deliveries: Deliveries,
        standings: Standings,
        following: Following,
        limit: float,
        slow: float,
        clock: Clock,
    ) -> None:
        self._deliveries = deliveries
        self._standings = standings
        self._following = following
        self._limit = limit
        self._slow = slow
        self._clock = clock

    async def hand_over(self, delivery: Document, provider: Provider, outgoing: Outgoing) -> None:
        """Whatever has no clear answer is unknown, and resolving.py finds out what became of it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._limit):
                accepted = await provider.send(outgoing)
        except Refused as error:
            provider_answered(provider.name, "refused", time.monotonic() - began)
            await self._standings.answered(provider.name, good=True)
            await self._refused(delivery, error)
        except NotNow as error:
            provider_answered(provider.name, "not_now", time.monotonic() - began)
            await self._not_taken(delivery, provider, error)
        except (Unknown, TimeoutError) as error:
            provider_answered(provider.name, "unknown", time.monotonic() - began)
            await self._standings.answered(provider.name, good=False)
            why = str(error) or "no answer in time"
            fields = outcome(delivery, f"unknown: {why}")
            await self._deliveries.move(delivery, "unclear", due_at=delivery["due_at"], **fields)
            log.warning("delivery_unknown", delivery=delivery["_id"], provider=provider.name, why=why)
        else:
            took = time.monotonic() - began
            provider_answered(provider.name, "accepted", took)
            await self._standings.answered(provider.name, good=took < self._slow)
            await self._standings.took(provider.name)
            await self._following.accepted(delivery, accepted, "accepted")

    async def _refused(self, delivery: Document, error: Refused) -> None:
        if not error.of_address:
            await self._deliveries.park(delivery, f"{delivery['provider']} refuses it: {error}")
            return
        fields = outcome(delivery, f"refused: {error}")
        await self._deliveries.move(delivery, "refused", why=str(error), due_at=self._clock.now(), **fields)
        log.warning("delivery_refused", delivery=delivery["_id"], provider=delivery["provider"], why=str(error))

    async def _not_taken(self, delivery: Document, provider: Provider, error: NotNow) -> None:
        """Put it back so that it can be tried again; a limit or a fault of ours does not count as a failed attempt."""
        fields = outcome(delivery, f"not taken: {error}")
        if error.limit:
            await self._standings.limited(provider.name, error.limit, str(error), delivery["tries"][-1]["at"])
            await self._deliveries.move(delivery, "not_taken", due_at=self._clock.now(), **fields)
            return
        await self._standings.answered(provider.name, good=False)
        await self._deliveries.set_back(delivery, "not_taken", str(error), **fields)
