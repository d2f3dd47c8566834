"""The bulk path: many messages taken together and settled by one acknowledgement (design decision 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection
from pydantic import ValidationError

from shared.contracts.base import Message
from shared.publisher import with_heartbeat
from shared.recovery import Recovery, is_permanent
from shared.store import StoreUnavailable
from shared.telemetry import log
from shared.topology import queue_name

BATCH = 400
_PREFETCH = 2 * BATCH


@dataclass(frozen=True)
class Bulk:
    """A handler that takes lists. It must be idempotent for each message, alone or in any company."""

    message: type[Message]
    handle: Callable[[list[Any]], Awaitable[None]]


class BulkConsumer:
    """Feeds one handler from one queue, in batches of what has arrived."""

    def __init__(self, service: str, bulk: Bulk, recovery: Recovery) -> None:
        self._queue = queue_name(service, bulk.message)
        self._bulk = bulk
        self._recovery = recovery
        self._waiting: list[AbstractIncomingMessage] = []
        self._arrived = asyncio.Event()
        self._connection: AbstractRobustConnection | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, url: str) -> None:
        self._connection = await aio_pika.connect_robust(with_heartbeat(url), reconnect_interval=1)
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=_PREFETCH)
        queue = await channel.get_queue(self._queue, ensure=False)
        await queue.consume(self._take)
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop after the batch in hand; what was prefetched returns to the queue."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, raw: AbstractIncomingMessage) -> None:
        self._waiting.append(raw)
        self._arrived.set()

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._arrived.clear()
            if batch:
                await asyncio.shield(self._settle(batch))

    async def _settle(self, batch: Sequence[AbstractIncomingMessage]) -> None:
        try:
            messages = [(raw, message) for raw in batch if (message := await self._parse(raw)) is not None]
            await self._handle(messages)
            await batch[-1].ack(multiple=True)
        except Exception as error:  # nothing is acknowledged: the broker delivers all of it again
            log.error("batch_returned", queue=self._queue, messages=len(batch), error=error)
            await asyncio.sleep(1)
            with suppress(Exception):
                await batch[-1].nack(multiple=True, requeue=True)

    async def _parse(self, raw: AbstractIncomingMessage) -> Message | None:
        try:
            return self._bulk.message.parse(raw.body)
        except ValidationError as error:
            await self._recovery.recover(raw, self._queue, error)
            return None

    async def _handle(self, messages: list[tuple[AbstractIncomingMessage, Message]]) -> None:
        """Handle all together; when that fails, one by one, so that a bad message cannot take others with it."""
        if not messages:
            return
        try:
            await self._with_patience([message for _, message in messages])
        except Exception as error:
            if len(messages) == 1:
                await self._recovery.recover(messages[0][0], self._queue, error)
                return
            log.warning(
                "batch_split", queue=self._queue, messages=len(messages), permanent=is_permanent(error), error=error
            )
            for pair in messages:
                await self._handle([pair])

    async def _with_patience(self, messages: list[Message]) -> None:
        while True:
            try:
                return await self._bulk.handle(messages)
            except StoreUnavailable as error:
                log.warning("store_awaited", queue=self._queue, error=error)
                await asyncio.sleep(1)
