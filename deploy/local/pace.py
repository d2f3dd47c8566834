"""A step of the demonstration, and waiting for what comes of it."""

import asyncio
import time
from collections.abc import Callable

from deploy.local.patience import Deadline
from shared.cli.places import Places
from shared.cli.signing import signing
from shared.contracts import Message
from shared.messaging.publisher import Publisher

_WITHIN = 180.0  # seconds for the services to have taken everything


class StoryFailed(Exception):
    """The main job did not come out; the text says where it stopped."""


def send(at: Places, *messages: Message) -> None:
    """Hand messages over, one after the other, signed by whoever decides."""

    async def publish() -> None:
        async with Publisher(at.amqp, signing(at)) as publisher:
            for message in messages:
                await publisher.publish(message)

    asyncio.run(publish())


def until(reached: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is reached; raises StoryFailed."""
    deadline = Deadline(_WITHIN)
    while not reached():
        if deadline.is_over():
            raise StoryFailed(otherwise)
        time.sleep(0.2)
