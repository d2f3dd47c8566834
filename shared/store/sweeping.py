"""Removes records whose time is over, by night: one sweep for each kind, by one replica at a time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock

_AGAIN = timedelta(days=1)
_TICK = 60.0  # seconds: the exact minute of a removal does not matter


class Sweep(Timer):
    """Once a day calls `forget` with the instant before which records of a kind are too old; it returns how many went.

    Each sweep has its own collection with one document that says when it is due.
    """

    def __init__(
        self, store: Store, kind: str, kept_for: timedelta, forget: Callable[[datetime], Awaitable[int]], clock: Clock
    ) -> None:
        super().__init__(store, f"sweep_{kind}", self._sweep, clock, tick=_TICK)
        self._kind = kind
        self._kept_for = kept_for
        self._forget = forget
        self._sweeps = store[self.collection]
        self._now = clock.now

    async def prepare(self) -> None:
        await super().prepare()
        await self._sweeps.insert(self._kind, {"due_at": self._now()})

    async def _sweep(self, document: Document) -> None:
        count = await self._forget(self._now() - self._kept_for)
        await self._sweeps.save(Change(document["_id"], document["version"], {"due_at": self._now() + _AGAIN}))
        if count:
            log.info("records_forgotten", kind=self._kind, count=count)
