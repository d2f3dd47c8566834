"""Asking a service's store, and handing commands over to a service, as the command line does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aio_pika.exceptions import AMQPError

from shared.cli.output import BAD_INPUT, FAILURE, fail
from shared.cli.places import Places
from shared.contracts.base import Message
from shared.publisher import Publisher, Unroutable
from shared.store import NotFound, Store, StoreUnavailable

T = TypeVar("T")

_PATIENCE = 5.0  # seconds until the command line says that it goes on without it
_AGAIN = 0.1


def ask(at: Places, service: str, question: Callable[[Store], Awaitable[T]]) -> T:
    """Ask a service's store, or end with a word on what is wrong."""

    async def answer() -> T:
        store = Store(at.mongo, service)
        try:
            return await question(store)
        finally:
            store.close()

    try:
        return asyncio.run(answer())
    except NotFound as error:
        fail(str(error), BAD_INPUT)
    except StoreUnavailable:
        fail(f"the {service} store does not answer: is the stack running?", FAILURE)


def hand_over(at: Places, *commands: Message) -> None:
    """Publish commands, or end with a word on why they could not be."""

    async def publish() -> None:
        async with Publisher(at.amqp) as publisher:
            for command in commands:
                await publisher.publish(command)

    try:
        asyncio.run(publish())
    except Unroutable as error:
        fail(f"{error}: is its service running, and has `everyday topology` been run?", FAILURE)
    except (OSError, TimeoutError, AMQPError) as error:
        fail(f"the broker did not take it ({type(error).__name__}): try again", FAILURE)


def until(look: Callable[[], T | None]) -> T | None:
    """What somebody waits for at the command line, once it is there; None where their patience ends first."""
    deadline = time.monotonic() + _PATIENCE
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(_AGAIN)
    return found
