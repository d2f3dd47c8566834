"""Publishing with confirms, on a connection of its own, so that a blocked publisher never stops a consumer.

Each pair of exchange and key has a channel of its own: RabbitMQ closes the channel of a message it refuses, and
this way nothing else is on it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractRobustConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, DeliveryError
from aiormq.exceptions import ChannelAccessRefused

from shared.contracts import CATALOGUE, Message
from shared.messaging.speakers import user_of
from shared.messaging.topology import HEARD, HEARS, back, old_way, queue_name
from shared.time.clock import Clock

Sign = Callable[[Message, bytes], Mapping[str, str]]
"""The headers that prove who stands behind a message with this body."""

PUBLISH_TIMEOUT = 5.0  # seconds; then the outcome is unknown, and the same id is published again


class Unroutable(Exception):
    """A message that somebody should hear reaches no queue: its queue or binding is missing, or its type is wrong."""


REFUSALS = (Unroutable, ChannelAccessRefused, ChannelNotFoundEntity)
"""Errors by which the broker refuses one type of message from us; other types are not affected."""


class _Way:
    """The channel for one exchange and key; the first message on it goes alone.

    A message on a channel that a refusal has closed makes RabbitMQ close the whole connection, so nothing may follow
    until we know that the type is accepted. A plain channel: the connection's own kind would restore a closed one.
    """

    def __init__(self, channel: aio_pika.Channel, exchange: AbstractExchange) -> None:
        self._channel = channel
        self._exchange = exchange
        self._first = asyncio.Lock()
        self._taken = False
        self._refused: Exception | None = None

    @property
    def is_of_use(self) -> bool:
        return self._refused is None and not self._channel.is_closed

    async def publish(self, message: aio_pika.Message, key: str, *, mandatory: bool) -> None:
        if self._taken or not await self._was_first(message, key, mandatory):
            await self._exchange.publish(message, key, mandatory=mandatory)

    async def _was_first(self, message: aio_pika.Message, key: str, mandatory: bool) -> bool:
        """Publish a message if none was accepted yet; those that waited for the first then go on in parallel."""
        async with self._first:
            if self._refused is not None:
                raise self._refused
            if self._taken:
                return False
            try:
                await self._exchange.publish(message, key, mandatory=mandatory)
            except (ChannelAccessRefused, ChannelNotFoundEntity) as error:
                self._refused = error
                raise
            self._taken = True
            return True


class Publisher:
    """Publishes messages in its own name, and waits for the broker's confirm.

    A publish that is not confirmed within five seconds raises TimeoutError: its outcome is unknown, and it is safe to
    publish again with the same id.
    """

    def __init__(self, url: str, sign: Sign | None = None, *, old_ways: bool = False) -> None:
        """`old_ways`: publish everything on the old shared exchanges instead, during an upgrade."""
        self.user = user_of(url)
        self._sign = sign
        self._old_ways = old_ways
        self._url = url
        self._connection: AbstractRobustConnection | None = None
        self._ways: dict[tuple[str, str], asyncio.Task[_Way]] = {}

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect, or raise ConnectionError when the broker cannot be reached."""
        self._connection = await aio_pika.connect_robust(with_heartbeat(self._url), reconnect_interval=1, timeout=5)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def publish(self, message: Message) -> None:
        """Publish one event or command; raises Unroutable if it reaches none of its listeners."""
        body = message.model_dump_json().encode()
        signed = self._sign(message, body) if self._sign else {}
        await self.publish_body(
            message.type,
            body,
            message_id=str(message.id),
            correlation_id=str(message.correlation_id),
            headers={"cloudEvents:subject": message.subject, "cloudEvents:time": message.time.isoformat(), **signed},
        )

    async def publish_body(
        self,
        key: str,
        body: bytes,
        *,
        message_id: str,
        correlation_id: str | None,
        headers: Mapping[str, Any] | None = None,
        said_at: datetime | None = None,
    ) -> None:
        """Publish a serialised body, such as one from an outbox; `said_at` is the machine's time."""
        kind = CATALOGUE.get(key)
        if kind is None:
            raise Unroutable(f"{key} is no type of ours: nobody listens to it")
        message = aio_pika.Message(
            body,
            message_id=message_id,
            correlation_id=correlation_id,
            timestamp=said_at or Clock.wall(),
            type=key,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            headers={"cloudEvents:id": message_id, "cloudEvents:type": key, **(headers or {})},
        )
        await self.move(old_way(kind) if self._old_ways else kind.speaker(), key, message, mandatory=key in HEARD)

    async def move(self, exchange: str, key: str, message: aio_pika.Message, *, mandatory: bool = True) -> None:
        """Publish an AMQP message as it is, in our name."""
        message.user_id = self.user
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT):
                way = await self._way(exchange, key)
                await way.publish(message, key, mandatory=mandatory)
        except DeliveryError as error:
            raise Unroutable(f"no queue hears {key} on the exchange {exchange}") from error

    async def look_at(self, queues: Iterable[str]) -> dict[str, tuple[int, int]]:
        """How many messages wait in each queue, and how many consumers it has; missing queues are left out."""
        connection = self._connected()
        seen: dict[str, tuple[int, int]] = {}
        channel: aio_pika.Channel | None = None
        for name in queues:
            if channel is None:
                channel = aio_pika.Channel(connection)
                await channel.initialize()
            try:
                counts = (await channel.declare_queue(name, passive=True)).declaration_result
                seen[name] = (counts.message_count or 0, counts.consumer_count or 0)
            except ChannelNotFoundEntity:  # which closes the channel
                channel = None
        if channel is not None:
            await channel.close()
        return seen

    async def reachable(self) -> bool:
        """Whether the broker answers a real round trip (a connection claims to be open long after a broker hangs)."""
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(2):
                probe = await self._connection.channel()
                await probe.close()
        except Exception:
            return False
        return True

    async def binds(self, service: str) -> bool:
        """Bind a service's queues by the topology; returns whether all of them are there.

        Existing bindings stay, so this restores one that was removed. Each call to the
        broker has its own time limit: a slow broker that answers is waited for.
        """
        try:
            channel = aio_pika.Channel(self._connected())
            async with asyncio.timeout(PUBLISH_TIMEOUT):
                await channel.initialize()
            try:
                for message in HEARS[service]:
                    async with asyncio.timeout(PUBLISH_TIMEOUT):
                        queue = await channel.get_queue(queue_name(service, message), ensure=False)
                        await queue.bind(message.speaker(), routing_key=message.key())
                        await queue.bind(back(queue.name), routing_key=queue.name)
            finally:
                with suppress(Exception):  # the broker itself closes it when it refuses
                    await channel.close()
        except (OSError, TimeoutError, AMQPError):
            return False
        return True

    async def _way(self, exchange: str, key: str) -> _Way:
        """The open channel of one exchange and key. It goes on opening even if a caller stops waiting."""
        opening = self._ways.get((exchange, key))
        if opening is None or _is_of_no_use(opening):
            opening = self._ways[exchange, key] = asyncio.create_task(self._open(exchange))
        return await asyncio.shield(opening)

    async def _open(self, exchange: str) -> _Way:
        channel = aio_pika.Channel(self._connected(), publisher_confirms=True, on_return_raises=True)
        await channel.initialize()
        return _Way(channel, await channel.get_exchange(exchange, ensure=False))

    def _connected(self) -> AbstractRobustConnection:
        if self._connection is None:
            raise ConnectionError("the publisher is not connected")
        return self._connection


def _is_of_no_use(opening: asyncio.Task[_Way]) -> bool:
    if not opening.done():
        return False
    return opening.cancelled() or opening.exception() is not None or not opening.result().is_of_use


def with_heartbeat(url: str) -> str:
    """The address with a heartbeat of 10 s: a hung broker is noticed after 33 s instead of 183 s."""
    return url if "heartbeat=" in url else f"{url}{'&' if '?' in url else '?'}heartbeat=10"
