"""One regular query for a whole service: messages waiting in outboxes, and documents that are due.

Work that this replica created rings a bell at once. This finds what another replica left, what was due later, and
what a crash left behind; it costs one round trip a tick, however many timers there are.
"""

import asyncio
from collections.abc import Sequence

from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.outboxes import UNPUBLISHED
from shared.store.timers import Timer


class Lookout:
    """Rings, every tick, the bells of timers and relays with waiting work."""

    def __init__(self, store: Store, timers: Sequence[Timer], outboxes: Sequence[str], tick: float) -> None:
        self._store = store
        self._timers = {f"timer {timer.name}": timer for timer in timers}
        self._outboxes = {f"outbox {name}": name for name in outboxes}
        self._tick = tick

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.warning("lookout_waits", error=error)
            await asyncio.sleep(self._tick)

    async def look(self) -> None:
        """Look once, and ring."""
        looks: dict[str, tuple[str, Document]] = {name: (of, UNPUBLISHED) for name, of in self._outboxes.items()}
        looks |= {name: (timer.collection, timer.due()) for name, timer in self._timers.items()}
        found = await self._store.found(looks)
        if found & self._outboxes.keys():
            self._store.bell.set()
        for name in found & self._timers.keys():
            self._timers[name].bell.set()
