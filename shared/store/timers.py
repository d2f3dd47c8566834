"""Long waits are data: documents with `due_at`; one replica at a time takes their steps."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from shared.observing import tracing
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.leases import Lease
from shared.time.clock import Clock

_UNTOLD = 3.0  # seconds until a timer looks without a bell: often enough to keep its lease
_A_LOOK = 200  # documents found at one look
_LEAVE_ALONE = 10.0  # seconds before a document whose step failed is tried again
_TO_END = 12.0  # seconds that running steps get at shutdown: longer than providers get to answer


class Timer:
    """Calls `step` for each document of a collection whose `due_at` has come, `at_once` of them in parallel.

    `only` names fields and their required values: timers on one collection that do not hold each other up.
    The step must move or clear `due_at` by a change conditional on the document's version, so that two replicas
    cannot both take it. A slow step takes up only one place: the others continue.
    """

    def __init__(
        self,
        store: Store,
        collection: str,
        step: Callable[[Document], Awaitable[None]],
        clock: Clock,
        at_once: int = 1,
        only: Mapping[str, str] | None = None,
        tick: float = _UNTOLD,
    ) -> None:
        self.collection = collection
        self._only = dict(only or {})
        self.name = ".".join((collection, *self._only.values()))
        self._documents = store[collection]
        self._lease = Lease(store, f"timer.{self.name}")
        self._step = step
        self._clock = clock
        self._tick = tick
        self._places = asyncio.Semaphore(at_once)
        self._failed: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[bool]] = {}
        self.bell = asyncio.Event()
        store.ring_when_due(collection, self.bell)

    async def prepare(self) -> None:
        await self._documents.index(*self._only, "due_at", only_where="due_at")

    async def run(self) -> None:
        """Look whenever the bell rings, and at every tick without one, until cancelled."""
        while True:
            self.bell.clear()
            try:
                started = await self._start(self._lease.held) if await self._lease.held() else []
            except Exception as error:
                log.warning("timer_waits", collection=self.name, error=error)
                started = []
            if not started:
                try:
                    async with asyncio.timeout(self._tick):
                        await self.bell.wait()
                except TimeoutError:
                    continue

    async def once(self) -> int:
        """Take every document that is due now and wait until all steps are done; return how many succeeded."""
        return sum(await asyncio.gather(*await self._start(_always)))

    async def _take(self, document: Document) -> bool:
        """Take one document's step, under its correlation id; returns whether it succeeded."""
        correlation_id = document.get("story")
        with structlog.contextvars.bound_contextvars(**{"correlation_id": correlation_id} if correlation_id else {}):
            try:
                with tracing.stepping(self.collection, correlation_id):
                    await self._step(document)
            except Exception as error:
                self._failed[document["_id"]] = time.monotonic() + _LEAVE_ALONE
                log.error("timer_step_failed", collection=self.collection, id=document["_id"], error=error)
                return False
            return True

    def due(self) -> Document:
        """The query for due documents."""
        return {**self._only, "due_at": {"$lte": self._clock.now()}}

    async def waiting(self) -> tuple[int, datetime | None]:
        """How many documents are due, and since when the oldest of them."""
        query = self.due()
        first = await self._documents.find(query, sort=[("due_at", 1)], limit=1, fields=["due_at"])
        return (await self._documents.count(query), first[0]["due_at"]) if first else (0, None)

    async def stop(self) -> None:
        """Give the lease back, so that another replica continues at once; let running steps finish, within limits."""
        try:
            await self._lease.release()
        except Exception as error:
            log.warning("lease_not_released", error=error)
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=_TO_END)
            for task in late:
                task.cancel()

    async def _start(self, may_go_on: Callable[[], Awaitable[bool]]) -> "list[asyncio.Task[bool]]":
        """Start a step for every due document that is not running yet, as places become free."""
        now = time.monotonic()
        self._failed = {key: until for key, until in self._failed.items() if until > now}
        left_out = [*self._failed, *self._under_way]
        query = {**self.due(), "_id": {"$nin": left_out}}
        started = []
        for document in await self._documents.find(query, sort=[("due_at", 1)], limit=_A_LOOK):
            await self._places.acquire()
            if not await may_go_on():
                self._places.release()
                break
            task = asyncio.create_task(self._take(document))
            self._under_way[document["_id"]] = task
            task.add_done_callback(partial(self._done, document["_id"]))
            started.append(task)
        return started

    def _done(self, key: str, _task: "asyncio.Task[bool]") -> None:
        del self._under_way[key]
        self._places.release()


class Expiry(Timer):
    """Removes the documents of a collection when they fall due."""

    def __init__(self, store: Store, collection: str, clock: Clock) -> None:
        super().__init__(store, collection, self._remove, clock)

    async def _remove(self, document: Document) -> None:
        await self._documents.remove({"_id": document["_id"], "version": document["version"]})


async def _always() -> bool:
    return True
