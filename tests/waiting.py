"""Waiting for a condition with a deadline, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from deploy.local.patience import Deadline

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T]], what: str, within: float = 30) -> T:
    """The first true answer; fails saying what did not come within so many seconds of an ordinary machine."""
    deadline = Deadline(within)
    while True:
        answer = await ask()
        if answer:
            return answer
        if deadline.is_over():
            raise AssertionError(f"within {deadline} there was no {what}; the last answer was {answer!r}")
        await asyncio.sleep(0.05)
