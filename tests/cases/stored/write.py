"""Writes what this version keeps, for the next to read: `everything-VERSION.jsonl.gz`, and how this version serves it.

Run it with the code whose documents are wanted, before the store is changed: check that version out, and

    python -m tests.cases.stored.write

there (for a version that has neither this file nor `tests/stored.py`, copy both into its tree). All four services live
through two months of invented people on a real store: a half-term, cases in every state, bookings, surveys, messages.
"""

import asyncio
import gzip
import json
import logging
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from deploy.local.servers import Servers, servers
from tests.cases.stored.case_lives import LASTS, LIVES, Case
from tests.cases.stored.moments import MOMENTS, interrupted
from tests.component.test_notifications import Report
from tests.stored import DOCUMENTS, SERVED, everything, load, served, written
from tests.town import LONDON, Town, town

BEGINS = datetime(2024, 9, 23, 9, tzinfo=LONDON)


class Post(dict[str, Report]):
    """A print provider that has posted each letter that it is asked about."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town

    def get(self, key: str, default: Any = None) -> Report:
        if key not in self:
            self[key] = Report(key, "dispatched", "received", self.town.clock.now(), "first")
        return self[key]


async def fill(all_of_them: Town) -> None:
    """Every life, side by side, day by day, and what happens beside them."""
    all_of_them.clock.instant = BEGINS
    all_of_them.carriers[2].states = Post(all_of_them)  # type: ignore[attr-defined]
    waiting: list[tuple[int, AsyncIterator[int]]] = []
    for number, life in enumerate(LIVES):
        of = Case(all_of_them, number)
        await of.begins()
        waiting.append((0, life(of)))
    for day in range(LASTS):
        if day in MOMENTS:
            await MOMENTS[day](all_of_them)
        due, waiting = [each for each in waiting if each[0] <= day], [each for each in waiting if each[0] > day]
        for _, life in due:
            async for wait in life:
                if wait:
                    waiting.append((day + wait, life))
                    break
        await all_of_them.later(timedelta(days=1))
    await interrupted(all_of_them)


def _without_pages(document: dict[str, Any]) -> dict[str, Any]:
    """A letter's PDF is large, and nothing of it is read again but its bytes."""
    return document | {"pdf": document["pdf"][:100]} if document.get("pdf") else document


async def write(at: Servers) -> None:
    with pytest.MonkeyPatch.context() as patch:
        async with town(at.mongo_url, patch) as first:
            await fill(first)
            documents = [each | {"document": _without_pages(each["document"])} for each in await everything(first)]
            kept = written(documents, first.clock.now())
        places = Counter(f"{each['service']}.{each['collection']}" for each in documents)
        print(*(f"{count:6} {place}" for place, count in sorted(places.items())), sep="\n")  # noqa: T201
        DOCUMENTS.write_bytes(kept)
        async with town(at.mongo_url, patch) as second:
            await load(second, kept)
            told = await served(second)
    SERVED.write_bytes(gzip.compress(json.dumps(told, sort_keys=True).encode(), mtime=0))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), print) as running:
        asyncio.run(write(running))
