"""Whoever has work in the store is rung: at once by the replica that leaves it, else by the service's one look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from deploy.local.servers import Servers
from shared.store.documents import Change, Document, Store
from shared.store.lookout import Lookout
from shared.store.timers import Timer
from shared.time.clock import FixedClock
from tests.making import school
from tests.waiting import eventually

NOON = datetime(2024, 10, 4, 12, tzinfo=UTC)
NEVER = 3600.0  # seconds between two looks by itself: longer than any test
DUE = {"due_at": NOON}
WAYS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "insert": lambda store: store["things"].insert("new", DUE),
    "save": lambda store: store["things"].save(Change("old", 1, DUE)),
    "swap": lambda store: store["things"].swap({"_id": "old"}, DUE),
    "set_all": lambda store: store["things"].set_all({}, DUE),
    "change_all": lambda store: store["things"].change_all({}, DUE),
}


@asynccontextmanager
async def ticking(store: Store, clock: FixedClock, taken: list[str]) -> AsyncIterator[Timer]:
    """A timer that has looked once and found nothing, and looks again when it is rung only."""

    async def step(document: Document) -> None:
        taken.append(document["_id"])
        await store["things"].save(Change(document["_id"], document["version"], {"due_at": None}))

    timer = Timer(store, "things", step, clock, tick=NEVER)
    await timer.prepare()
    running = asyncio.create_task(timer.run())

    async def rests() -> bool:
        return timer._lease._until is not None and not timer.bell.is_set()

    await eventually(rests, "timer that has looked")
    yield timer
    running.cancel()
    await timer.stop()


@pytest.mark.parametrize("way", WAYS)
async def test_what_falls_due_by_a_write_of_this_replica_is_taken_without_a_look(store: Store, way: str) -> None:
    taken: list[str] = []
    await store["things"].insert("old", {})
    async with ticking(store, FixedClock(NOON), taken):
        await WAYS[way](store)

        async def done() -> list[str]:
            return taken

        await eventually(done, "step")


async def test_what_another_replica_leaves_or_time_brings_is_found_by_the_look(store: Store, servers: Servers) -> None:
    taken: list[str] = []
    clock = FixedClock(NOON)
    other = Store(servers.mongo_url, store.name)
    async with ticking(store, clock, taken) as timer:
        lookout = Lookout(store, [timer], [], tick=0)

        async def found() -> list[str]:
            await lookout.look()
            return taken

        await other["things"].insert("due", {"due_at": NOON})
        await other["things"].insert("later", {"due_at": NOON + timedelta(hours=1)})
        await eventually(found, "step of what is due")
        assert taken == ["due"]
        taken.clear()
        clock.advance(timedelta(hours=1))
        await eventually(found, "step of what is due later")
        assert taken == ["later"]
    other.close()


async def test_one_look_says_of_each_whether_something_waits_for_it(store: Store, servers: Servers) -> None:
    """Every combination of a message unpublished, a document due, and one due later."""
    other = Store(servers.mongo_url, store.name)
    clock = FixedClock(NOON)
    waits = dict(enumerate(product((False, True), repeat=3)))

    async def nothing(_: Document) -> None:
        return

    for number, (says, is_due, is_later) in waits.items():
        name = f"things_{number}"
        await store[name].index_outbox()
        await other[name].insert("settled", {"due_at": None})
        if says:
            await other[name].insert("says", {}, [school()])
        if is_due:
            await other[name].insert("due", {"due_at": NOON})
        if is_later:
            await other[name].insert("later", {"due_at": NOON + timedelta(milliseconds=1)})
    timers = {number: Timer(store, f"things_{number}", nothing, clock) for number in waits}
    for number, (says, is_due, _) in waits.items():
        for timer in timers.values():
            timer.bell.clear()
        store.bell.clear()
        await Lookout(store, [*timers.values()], [f"things_{number}"], tick=0).look()
        assert store.bell.is_set() is says
        assert timers[number].bell.is_set() is is_due
    assert [timer.bell.is_set() for timer in timers.values()] == [is_due for _, is_due, _ in waits.values()]
    other.close()
