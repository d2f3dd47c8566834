"""Long waits are data: documents with `due_at`, looked for by a tick that one replica runs at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from shared import tracing
from shared.clock import Clock
from shared.leases import Lease
from shared.store import Document, Store
from shared.telemetry import log

_AT_ONCE = 200
_LEAVE_ALONE = 10.0  # seconds before a document whose step failed is tried again


class Timer:
    """Calls `step` with each document of a collection whose `due_at` has come.

    The step must move or clear `due_at` by a change conditional on the document's version, so that two replicas
    cannot both take it.
    """

    def __init__(
        self,
        store: Store,
        collection: str,
        step: Callable[[Document], Awaitable[None]],
        clock: Clock,
        tick: float = 0.5,
    ) -> None:
        self.collection = collection
        self._documents = store[collection]
        self._lease = Lease(store, f"timer.{collection}")
        self._step = step
        self._clock = clock
        self._tick = tick
        self._failed: dict[str, float] = {}
        self.bell = asyncio.Event()

    async def prepare(self) -> None:
        await self._documents.index("due_at", only_where="due_at")

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            self.bell.clear()
            try:
                worked = await self._lease.held() and await self.once()
            except Exception as error:
                log.warning("timer_waits", collection=self.collection, error=error)
                worked = 0
            if not worked:
                try:
                    async with asyncio.timeout(self._tick):
                        await self.bell.wait()
                except TimeoutError:
                    continue

    async def once(self) -> int:
        """Take every document that is due now; return how many steps succeeded."""
        now = time.monotonic()
        self._failed = {key: until for key, until in self._failed.items() if until > now}
        query = {"due_at": {"$lte": self._clock.now()}, "_id": {"$nin": list(self._failed)}}
        done = 0
        for document in await self._documents.find(query, sort=[("due_at", 1)], limit=_AT_ONCE):
            done += await self._take(document)
        return done

    async def _take(self, document: Document) -> bool:
        """Take one document's step, under the correlation id of its story; whether it succeeded."""
        story = document.get("story")
        with structlog.contextvars.bound_contextvars(**{"correlation_id": story} if story else {}):
            try:
                with tracing.stepping(self.collection, story):
                    await self._step(document)
            except Exception as error:
                self._failed[document["_id"]] = time.monotonic() + _LEAVE_ALONE
                log.error("timer_step_failed", collection=self.collection, id=document["_id"], error=error)
                return False
            return True

    async def waiting(self) -> tuple[int, datetime | None]:
        """How many documents are due, and since when the longest of them has been."""
        query = {"due_at": {"$lte": self._clock.now()}}
        first = await self._documents.find(query, sort=[("due_at", 1)], limit=1, fields=["due_at"])
        return (await self._documents.count(query), first[0]["due_at"]) if first else (0, None)

    async def stop(self) -> None:
        try:
            await self._lease.release()
        except Exception as error:
            log.warning("lease_not_released", error=error)
