"""What FastStream and aio-pika know of a subscription and do not offer. No other module reaches inside them.

`tests/unit/test_subscriptions.py` says which of it an upgrade has moved.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

from aio_pika.abc import AbstractQueue
from faststream import BaseMiddleware
from faststream.rabbit import RabbitBroker

_ANSWERS_WITHIN = 0.5  # seconds: a channel that is there answers without waiting


def queue_of(handling: BaseMiddleware[Any, Any]) -> str:
    """The name of the queue from which a middleware was given its message."""
    return str(handling.context.resolve("handler_").queue.name)


def subscriptions(broker: RabbitBroker) -> Iterator[tuple[AbstractQueue, str]]:
    """The queues on which a started broker object consumes, each with the consumer's tag."""
    for each in cast("list[Any]", broker.subscribers):
        yield each._queue_obj, each._consumer_tag


async def consumes(queue: AbstractQueue, tag: str) -> bool:
    """Whether a queue's channel knows the consumer; the broker's own cancellation makes the channel forget it."""
    if queue.channel.is_closed:
        return False
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            underlay: Any = await queue.channel.get_underlay_channel()
    except Exception:
        return False
    return tag in underlay.consumers
