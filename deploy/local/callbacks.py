"""Delivery receipts as providers post them: tried again on 5xx, 429 and silence, dropped on any other refusal.

Asked to, they come twice, late, and so in another order.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

_WAITS = (0.1, 0.5, 2.0, 5.0)  # seconds between tries; the real ones wait longer


@dataclass
class Manner:
    """How receipts come: with which chance twice, and up to how many seconds late."""

    twice: float = 0.0
    late: float = 0.0


@dataclass
class Callbacks:
    """Where one provider posts its receipts, and with which authorization. Letters have none: one has to ask."""

    url: str
    authorization: str
    manner: Manner = field(default_factory=Manner)
    _posting: set["asyncio.Task[None]"] = field(default_factory=set)

    def post(self, receipt: Mapping[str, Any]) -> None:
        """Post a receipt in the background."""
        times = 2 if random.random() < self.manner.twice else 1
        for _ in range(times):
            task = asyncio.create_task(self._post(receipt, random.uniform(0, self.manner.late)))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def _post(self, receipt: Mapping[str, Any], after: float) -> None:
        await asyncio.sleep(after)
        async with httpx.AsyncClient(headers={"Authorization": self.authorization}, timeout=5) as client:
            for wait in _WAITS:
                try:
                    answer = await client.post(self.url, json=receipt)
                    if answer.status_code < 500 and answer.status_code != 429:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(wait)
