"""How the command line asks a service's store and sends commands to a service."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import typer
from aio_pika.exceptions import AMQPError

from shared.cli.input import read_lines
from shared.cli.output import BAD_INPUT, FAILURE, NOT_CONFIRMED, err, fail
from shared.cli.places import Places
from shared.cli.signing import check, signing
from shared.contracts.base import Command, Message
from shared.messaging.publisher import Publisher, Unroutable
from shared.store.documents import NotFound, Store, StoreUnavailable
from shared.time.clock import Clock

T = TypeVar("T")

_PATIENCE = 15.0  # seconds until the command line stops waiting for an answer
_AGAIN, _SELDOM = 0.1, 1.0  # seconds between two looks: short at first


def ask(at: Places, service: str, question: Callable[[Store], Awaitable[T]]) -> T:
    """Ask a service's store, or end by saying what is wrong."""

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
    """Publish commands, signed by the person who decides, or end by saying why that failed."""

    for each in commands:
        check(at, each)

    async def publish() -> None:
        async with Publisher(at.amqp, signing(at)) as publisher:
            for command in commands:
                await publisher.publish(command)

    try:
        asyncio.run(publish())
    except Unroutable as error:
        fail(f"{error}: is its service running, and has `everyday topology` been run?", FAILURE)
    except (OSError, TimeoutError, AMQPError) as error:
        fail(f"the broker did not take it ({type(error).__name__}): try again", FAILURE)


def command(clock: Clock, of: type[Command], /, **facts: Any) -> Any:
    """A command from what somebody typed, or every field that is wrong and how to fix it.

    A command's fields may have any name, so the other arguments are positional.
    """
    given = {name: value for name, value in facts.items() if value not in (None, "", [], ())}
    line = {"id": str(uuid4()), "type": of.key(), **given}
    messages, problems = read_lines([json.dumps(line, default=str)], clock.now())
    if problems:
        lines = [f"{each.field.removeprefix('details.')}: {each.fix}" for each in problems]
        fail("\n".join(lines), BAD_INPUT)
    return messages[0]


def answered(look: Callable[[], T | None], check: str, patience: float | None = None) -> T:
    """The result of a command; ends by saying where to check it if there is none after so many seconds."""
    found = until(look, patience)
    if found is None:
        err.print(f"Sent, not confirmed yet. Check with: {check}", markup=False, soft_wrap=True)
        raise typer.Exit(NOT_CONFIRMED)
    return found


def at_least(patience: float) -> float:
    """Seconds that a command waits for its result; longer if `EVERYDAY_PATIENCE` says so."""
    try:
        return max(patience, float(os.environ.get("EVERYDAY_PATIENCE") or 0))
    except ValueError:
        fail("EVERYDAY_PATIENCE: write how many seconds a command waits, such as 30", BAD_INPUT)


def until(look: Callable[[], T | None], patience: float | None = None) -> T | None:
    """Waits for an answer; None if there is none after so many seconds, or those in `EVERYDAY_PATIENCE`."""
    wanted = at_least(_PATIENCE if patience is None else patience)
    deadline, pause = time.monotonic() + wanted, _AGAIN
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, _SELDOM)
    return found
