"""The bulk path: many messages are handled together and acknowledged at once (design decision 10)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection
from pydantic import ValidationError

from shared.contracts.base import Message
from shared.hearing.consumers import Consumer
from shared.hearing.outcomes import Outcome, tally
from shared.hearing.recovery import Recovery, is_permanent, ours
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.publisher import with_heartbeat
from shared.messaging.speakers import is_of_a_school
from shared.messaging.topology import queue_name
from shared.observing import tracing
from shared.observing.telemetry import log
from shared.signing.officers import Officers
from shared.signing.signatories import DECIDES, Unproven
from shared.store.documents import StoreUnavailable

BATCH = 800
_PREFETCH = 2 * BATCH

_Moved = tuple[AbstractIncomingMessage, Outcome]


@dataclass(frozen=True)
class Bulk:
    """A handler that takes lists. It must be idempotent for each message, alone or in any batch."""

    message: type[Message]
    handle: Callable[[list[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message as it came, and its content or why it cannot be read."""

    raw: AbstractIncomingMessage
    read: Message | Exception


class BulkConsumer:
    """Feeds one handler from one queue, in batches of what has arrived; reads on while the last is at the store."""

    def __init__(self, service: str, bulk: Bulk, recovery: Recovery, officers: Officers | None = None) -> None:
        if bulk.message in DECIDES and officers is None:
            raise ValueError(f"{bulk.message.key()} may decide: say by whom that is checked")
        self._queue = queue_name(service, bulk.message)
        self._of_a_school = is_of_a_school(self._queue)
        self._tally = tally(self._queue)
        self._handler = ours(bulk.handle)
        self._bulk = bulk
        self._recovery = recovery
        self._officers = officers if bulk.message in DECIDES else None  # costs registers nothing
        self._waiting: list[_Taken] = []
        self._arrived = asyncio.Event()
        self._connection: AbstractRobustConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self.consumer: Consumer | None = None
        self._stopping = False

    async def start(self, url: str) -> None:
        self._connection = await aio_pika.connect_robust(with_heartbeat(url), reconnect_interval=1)
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=_PREFETCH)
        queue = await channel.declare_queue(self._queue, passive=True)  # registered with the channel, which restores it
        self.consumer = Consumer(self._queue, queue, await queue.consume(self._take))
        self._task = asyncio.create_task(self._work())

    async def works(self) -> None:
        """Wait as long as batches are worked off; raises what ended that, so that a service without them ends too."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Stop after the batch in hand; what was prefetched returns to the queue."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, raw: AbstractIncomingMessage) -> None:
        self._waiting.append(_Taken(raw, self._read(raw)))
        self._arrived.set()

    def _read(self, raw: AbstractIncomingMessage) -> Message | Exception:
        try:
            self._recovery.admit(raw, self._queue)
            message = self._bulk.message.parse(raw.body)
            if self._of_a_school:
                self._recovery.admit_school(raw, getattr(message, "urn", None))
            if self._officers is not None:
                self._officers.check(message, raw)
            return message
        except (Permanent, NotYetKnown, ValidationError) as error:
            return error
        except Unproven as why:
            return Permanent(why.as_text)

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            if self._stopping:
                return
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._arrived.clear()
            await self._settle(batch)

    async def _settle(self, batch: Sequence[_Taken]) -> None:
        began = time.perf_counter()
        self._tally.received(len(batch))
        try:
            moved = [await self._recover(taken, taken.read) for taken in batch if isinstance(taken.read, Exception)]
            moved += await self._handle([taken for taken in batch if isinstance(taken.read, Message)])
            await batch[-1].raw.ack(multiple=True)
        except Exception as error:  # nothing is acknowledged: the broker delivers everything again
            self._tally.batch_returned(len(batch), error, began)
            await asyncio.sleep(1)
            with suppress(Exception):
                await batch[-1].raw.nack(multiple=True, requeue=True)
            return
        for raw, outcome in moved:
            self._tally.ended(raw, outcome, began)
        gone = {id(raw) for raw, _ in moved}
        self._tally.batch_done([taken.raw for taken in batch if id(taken.raw) not in gone], began)

    async def _handle(self, batch: Sequence[_Taken]) -> list[_Moved]:
        """Handle all together; if that fails, one by one, so that a bad message does not fail the others.

        Returns what could not be handled, and what became of it.
        """
        if not batch:
            return []
        try:
            read = [taken.read for taken in batch if isinstance(taken.read, Message)]
            with tracing.working_on_all([taken.raw for taken in batch], read, self._queue):
                await self._with_patience(read)
        except Exception as error:
            if len(batch) == 1:
                return [await self._recover(batch[0], error)]
            log.warning(
                "batch_split", queue=self._queue, messages=len(batch), permanent=is_permanent(error), error=error
            )
            return [moved for taken in batch for moved in await self._handle([taken])]
        return []

    async def _recover(self, taken: _Taken, error: Exception) -> _Moved:
        return taken.raw, await self._recovery.recover(taken.raw, self._queue, error)

    async def _with_patience(self, messages: list[Any]) -> None:
        while True:
            try:
                return await self._handler(messages)
            except StoreUnavailable as error:
                if self._stopping:
                    raise
                log.warning("store_awaited", queue=self._queue, error=error)
                await asyncio.sleep(1)
