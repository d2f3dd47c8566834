"""Asking the notices service's store, and handing commands over to it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from services.notices.explain import Explain, NoSuchStory
from services.notices.policy import Policies, PolicyInvalid, policies
from shared.cli.output import BAD_INPUT, FAILURE, fail
from shared.cli.places import Places
from shared.contracts.base import Message
from shared.publisher import Publisher, Unroutable
from shared.store import Store, StoreUnavailable

T = TypeVar("T")


def ask(at: Places, question: Callable[[Explain], Awaitable[T]]) -> T:
    """Ask the notices service's store, or end with a word on what is wrong."""

    async def answer() -> T:
        store = Store(at.mongo, "notices")
        try:
            return await question(Explain(store, rules(), at.clock()))
        finally:
            store.close()

    try:
        return asyncio.run(answer())
    except NoSuchStory as error:
        fail(str(error), BAD_INPUT)
    except StoreUnavailable:
        fail("the notices store does not answer: is the stack running?", FAILURE)


def rules() -> Policies:
    """The policies that the running system is set up with, by the same variable of the environment."""
    folder = os.environ.get("EVERYDAY_POLICIES")
    try:
        return policies(Path(folder) if folder else None)
    except PolicyInvalid as error:
        fail(str(error), BAD_INPUT)


def hand_over(at: Places, *commands: Message) -> None:
    """Publish commands, or end with a word on why they could not be."""

    async def publish() -> None:
        async with Publisher(at.amqp) as publisher:
            for command in commands:
                await publisher.publish(command)

    try:
        asyncio.run(publish())
    except (Unroutable, OSError, TimeoutError) as error:
        fail(f"the decision was not handed over ({type(error).__name__}): try again", FAILURE)
