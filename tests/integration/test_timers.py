"""Timers on a real store: several steps at once, never one document twice, and nobody waits for a slow one."""

import asyncio
from datetime import timedelta

from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock
from tests.waiting import eventually


async def plan(store: Store, count: int) -> None:
    for number in range(count):
        await store["things"].insert(f"thing-{number}", {"due_at": Clock.wall() - timedelta(seconds=count - number)})


async def test_a_slow_step_holds_one_place_and_the_others_go_on_beside_it(store: Store) -> None:
    await plan(store, 6)
    released, under_way, most = asyncio.Event(), set[str](), 0
    done: list[str] = []

    async def step(document: Document) -> None:
        nonlocal most
        under_way.add(document["_id"])
        most = max(most, len(under_way))
        if document["_id"] == "thing-0":
            await released.wait()
        await store["things"].swap({"_id": document["_id"]}, {"due_at": None})
        under_way.discard(document["_id"])
        done.append(document["_id"])

    timer = Timer(store, "things", step, Clock(), tick=0.02, at_once=2)
    await timer.prepare()
    running = asyncio.create_task(timer.run())

    async def others_done() -> bool:
        return len(done) == 5

    await eventually(others_done, "end of the five others")
    assert under_way == {"thing-0"}
    released.set()
    running.cancel()
    await timer.stop()
    assert sorted(done) == [f"thing-{number}" for number in range(6)]
    assert most == 2


async def test_a_step_that_fails_is_left_alone_and_takes_no_other_with_it(store: Store) -> None:
    await plan(store, 3)
    taken: list[str] = []

    async def step(document: Document) -> None:
        taken.append(document["_id"])
        if document["_id"] == "thing-1":
            raise ValueError
        await store["things"].swap({"_id": document["_id"]}, {"due_at": None})

    timer = Timer(store, "things", step, Clock(), at_once=3)
    assert await timer.once() == 2
    assert await timer.once() == 0
    assert sorted(taken) == ["thing-0", "thing-1", "thing-2"]


async def test_at_a_stop_another_goes_on_at_once_and_the_step_under_way_is_ended(store: Store) -> None:
    await plan(store, 1)
    ending = asyncio.Event()
    began: list[str] = []

    async def slow(document: Document) -> None:
        began.append(document["_id"])
        await store["things"].swap({"_id": document["_id"]}, {"due_at": None})
        await ending.wait()
        began.append("ended")

    async def quick(document: Document) -> None:
        began.append(document["_id"])
        await store["things"].swap({"_id": document["_id"]}, {"due_at": None})

    async def has(step: str) -> bool:
        return step in began

    first, second = (Timer(store, "things", each, Clock(), tick=0.02) for each in (slow, quick))
    await first.prepare()
    running = asyncio.create_task(first.run())
    await eventually(lambda: has("thing-0"), "first step")
    other = asyncio.create_task(second.run())
    running.cancel()
    stopping = asyncio.create_task(first.stop())
    await store["things"].insert("later", {"due_at": Clock.wall()})
    await eventually(lambda: has("later"), "step of the other replica", 3)
    assert not stopping.done()
    ending.set()
    await stopping
    assert began[-1] == "ended"
    other.cancel()
    await second.stop()
