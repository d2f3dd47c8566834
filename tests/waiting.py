"""Waiting for a condition with a deadline, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from deploy.local.patience import Deadline

T = TypeVar("T")
_SHORTEST, _LONGEST = 0.05, 1.0  # seconds between two questions


async def eventually(ask: Callable[[], Awaitable[T]], what: str, within: float = 30) -> T:
    """The first true answer; fails saying what did not come within so many seconds of an ordinary machine.

    It leaves the machine to those who are waited for: what takes long to ask is asked less often.
    """
    deadline = Deadline(within)
    while True:
        asked = time.monotonic()
        answer = await ask()
        if answer:
            return answer
        if deadline.is_over():
            raise AssertionError(f"within {deadline} there was no {what}; the last answer was {answer!r}")
        await asyncio.sleep(min(max(_SHORTEST, 2 * (time.monotonic() - asked)), _LONGEST))
