"""Whether this replica has all its consumers: notices a deleted queue, or a consumer that the broker cancelled.

The library consumes again by itself once the queue is back; this reports that one was lost, and that it is back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aio_pika.abc import AbstractQueue

from shared.messaging.subscriptions import consumes
from shared.observing import metrics
from shared.observing.telemetry import log

_EVERY = 1.0  # seconds
_BOUND_EVERY = 60.0  # seconds


@dataclass(frozen=True)
class Consumer:
    """One consumer of this replica."""

    name: str
    queue: AbstractQueue
    tag: str

    async def is_there(self) -> bool:
        return await consumes(self.queue, self.tag)


async def watch(consumers: Sequence[Consumer]) -> None:
    """Log which consumers are lost and which are back, until cancelled."""
    lost: set[str] = set()
    while True:
        for each in consumers:
            there = await each.is_there()
            metrics.CONSUMING.labels(*each.name.partition(".")[::2]).set(there)
            if not there and each.name not in lost:
                lost.add(each.name)
                log.warning("consumer_lost", queue=each.name)
            elif there and each.name in lost:
                lost.remove(each.name)
                log.info("consumer_back", queue=each.name)
        await asyncio.sleep(_EVERY)


async def keep_bound(binds: Callable[[], Awaitable[bool]]) -> None:
    """Bind the service's queues again each minute: a queue that has lost its binding hears nothing."""
    while True:
        await asyncio.sleep(_BOUND_EVERY)
        if not await binds():
            log.warning("queues_not_bound")
