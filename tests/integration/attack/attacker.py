"""Publishes forgeries as one identity, and says what the broker made of each."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from typing import Literal

import aio_pika
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelInvalidStateError, DeliveryError
from aiormq.exceptions import AMQPChannelError

from tests.integration.attack.ways import Attempt

Made = Literal["refused", "led nowhere", "routed"]
_CONNECTIONS = 8  # connections


async def attempt_all(url: str, attempts: Iterable[Attempt]) -> dict[Attempt, Made]:
    """Make every attempt, some at a time."""
    made: dict[Attempt, Made] = {}
    waiting = iter(attempts)
    await asyncio.gather(*(_work(url, waiting, made) for _ in range(_CONNECTIONS)))
    return made


async def _work(url: str, waiting: Iterator[Attempt], made: dict[Attempt, Made]) -> None:
    """One attempt after the other, as a refusal closes the channel; numbers of channels are not used again."""
    connection = await aio_pika.connect(url)
    channel: AbstractChannel | None = None
    numbers = count(1)
    try:
        for each in waiting:
            if channel is None:
                channel = await connection.channel(next(numbers), on_return_raises=True)
            made[each] = await _attempt(channel, each)
            if made[each] == "refused":
                channel = None
    finally:
        with suppress(ChannelInvalidStateError):
            await connection.close()


async def _attempt(channel: AbstractChannel, each: Attempt) -> Made:
    message = aio_pika.Message(
        each.body, message_id=each.id, headers=dict(each.headers), content_type="application/json"
    )
    for name, value in each.properties.items():
        setattr(message, name, float(value) / 1000 if name == "expiration" else value)
    default = channel.default_exchange
    exchange = await channel.get_exchange(each.exchange, ensure=False) if each.exchange else default
    try:
        await exchange.publish(message, each.key, mandatory=True)
    except DeliveryError:
        return "led nowhere"
    except AMQPChannelError:
        return "refused"
    return "routed"
