"""The messaging core on a real broker and a real store: nothing lost, nothing looped, all parked with its reason."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
import structlog
from aio_pika.abc import AbstractChannel
from faststream import BaseMiddleware
from faststream.rabbit import RabbitBroker, RabbitRouter

from deploy.local.servers import Servers
from shared.contracts.casework import AuthoriseNotice
from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.contracts.surveys import ThemeRecorded
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.dead import DeadLetter, drop, list_dead, replay
from shared.hearing.recovery import Recovery, middleware
from shared.identity import derived
from shared.messaging import topology
from shared.messaging.failures import Permanent
from shared.messaging.outbox import Relay
from shared.messaging.publisher import Publisher, Unroutable
from shared.messaging.speakers import Speakers
from shared.observing.metrics import REGISTRY
from shared.running.service import consumer, listen
from shared.running.settings import Settings
from shared.store.documents import Change, Document, Store
from shared.store.leases import Lease
from shared.store.timers import Timer
from shared.time.clock import FixedClock
from tests.making import register, school
from tests.waiting import eventually

DELAYS = (1, 2)  # seconds: the ladder of these tests
QUEUE = topology.queue_name("notifications", SchoolUpdated)
LATE = topology.queue_name("bookings", ThemeRecorded)


@pytest.fixture
async def amqp(servers: Servers) -> AsyncIterator[str]:
    """The broker with its topology and empty queues."""
    names = await topology.apply(servers.amqp_url, DELAYS)
    connection = await aio_pika.connect(servers.amqp_url)
    async with connection:
        channel = await connection.channel()
        for name in names:
            await (await channel.get_queue(name)).purge()
        yield servers.amqp_url


@asynccontextmanager
async def listening(
    amqp: str,
    handle: Callable[[SchoolUpdated], Awaitable[None]],
    more: Sequence[Callable[..., BaseMiddleware[Any, Any]]] = (),
    delays: tuple[int, ...] = DELAYS,
) -> AsyncIterator[RabbitBroker]:
    """A consumer as every service has it, with one handler."""
    router = RabbitRouter()
    listen(router, "notifications", SchoolUpdated)(_typed(handle))
    settings = Settings(amqp_url=amqp, mongo_url="")
    async with Publisher(amqp) as publisher:
        broker = consumer(
            settings, [middleware(Recovery(publisher, delays, Speakers("notifications", publisher.user))), *more]
        )
        broker.include_router(router)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()


def _typed(handle: Callable[[SchoolUpdated], Awaitable[None]]) -> Callable[[SchoolUpdated], Awaitable[None]]:
    async def on_school(event: SchoolUpdated) -> None:
        await handle(event)

    return on_school


async def tell(amqp: str, *messages: SchoolUpdated | RegisterTaken | AuthoriseNotice) -> None:
    async with Publisher(amqp) as publisher:
        for message in messages:
            await publisher.publish(message)


async def tell_body(amqp: str, body: bytes, queue: str = QUEUE) -> None:
    async with Publisher(amqp) as publisher:
        message = aio_pika.Message(body, message_id=str(uuid4()), content_type="application/json", delivery_mode=2)
        await publisher.move(topology.back(queue), queue, message)


async def test_a_message_is_handled_once_and_leaves_nothing_behind(amqp: str) -> None:
    seen: list[str] = []

    async def handle(event: SchoolUpdated) -> None:
        seen.append(event.urn)

    async with listening(amqp, handle):
        await tell(amqp, school())
        await eventually(lambda: _as(seen), "handled message")
    assert seen == ["123456"]
    assert await list_dead(amqp) == []


async def test_a_failing_handler_walks_the_ladder_is_parked_with_its_reason_and_comes_back(amqp: str) -> None:
    attempts: list[datetime] = []
    mended = False

    async def handle(_event: SchoolUpdated) -> None:
        attempts.append(datetime.now(UTC))
        if not mended:
            raise RuntimeError("a text that must not be shown")

    async with listening(amqp, handle):
        await tell(amqp, school())
        [dead] = await eventually(lambda: list_dead(amqp), "parked message")
        assert len(attempts) == 1 + len(DELAYS)
        assert attempts[1] - attempts[0] >= timedelta(seconds=0.9)
        assert attempts[2] - attempts[1] >= timedelta(seconds=1.9)
        assert dead.queue == QUEUE
        assert dead.reason.startswith("RuntimeError at")
        assert "must not be shown" not in dead.reason
        mended = True
        assert await replay(amqp, {dead.id}) == 1
        await eventually(lambda: _as(len(attempts) == 2 + len(DELAYS)), "replayed message")
        assert await list_dead(amqp) == []


async def test_of_the_parked_one_is_dropped_for_good_and_the_others_stay(amqp: str) -> None:
    async def handle(_event: SchoolUpdated) -> None:
        raise Permanent("no")

    async with listening(amqp, handle):
        for urn in ("123456", "123457", "123458"):
            await tell(amqp, school(urn=urn))
        parked = await eventually(lambda: _dead(amqp, 3), "three parked messages")
    assert await drop(amqp, parked[1].id)
    assert not await drop(amqp, parked[1].id)
    assert {letter.id for letter in await list_dead(amqp)} == {parked[0].id, parked[2].id}


async def test_what_can_never_succeed_is_parked_at_once(amqp: str) -> None:
    attempts: list[int] = []

    async def handle(_event: SchoolUpdated) -> None:
        attempts.append(1)
        raise Permanent("the school is closed for good")

    async with listening(amqp, handle):
        await tell(amqp, school())
        [dead] = await eventually(lambda: list_dead(amqp), "parked message")
    assert (dead.reason, len(attempts)) == ("the school is closed for good", 1)


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[]", b'"text"', b'{"urn": "1"}', b"", b'{"urn": NaN}', b"9" * 5000]
)
async def test_an_invalid_body_is_parked_not_looped_and_the_next_is_handled(amqp: str, body: bytes) -> None:
    seen: list[str] = []

    async def handle(event: SchoolUpdated) -> None:
        seen.append(event.urn)

    async with listening(amqp, handle):
        await tell_body(amqp, body)
        await tell(amqp, school())
        await eventually(lambda: _as(seen), "handled message")
        [dead] = await eventually(lambda: list_dead(amqp), "parked message")
    assert dead.body == body
    assert dead.reason


async def test_a_body_that_is_too_large_is_parked(amqp: str) -> None:
    async def handle(_event: SchoolUpdated) -> None:
        raise AssertionError("it must not be handled")

    async with listening(amqp, handle):
        await tell_body(amqp, b" " * 1_100_000)
        [dead] = await eventually(lambda: list_dead(amqp), "parked message")
    assert "bytes" in dead.reason


async def test_a_command_that_nobody_listens_to_is_an_error_to_its_sender(amqp: str) -> None:
    class Nobody(AuthoriseNotice):
        type: str = "notices.nobody_listens.v1"  # type: ignore[assignment]

    officer = {"id": "o", "name": "Jo", "role": "r"}
    facts = {"id": uuid4(), "time": datetime.now(UTC), "case": "C-1", "parent_id": "p", "officer": officer}
    command = Nobody.model_validate({**facts, "reason": "r", "evidence_hash": "h"})
    with pytest.raises(Unroutable):
        await tell(amqp, command)


async def test_the_bulk_path_isolates_a_bad_message_and_parks_an_invalid_one(amqp: str, store: Store) -> None:
    queue = topology.queue_name("notices", RegisterTaken)
    good = [register(datetime(2024, 9, day, tzinfo=UTC).date(), {"B801200005001": "/"}) for day in range(2, 12)]
    bad = register(datetime(2024, 9, 20, tzinfo=UTC).date(), {"B801200005001": "O"})
    kept: set[str] = set()

    async def handle(batch: list[RegisterTaken]) -> None:
        if bad.id in {message.id for message in batch}:
            raise Permanent("this register is bad")
        kept.update(str(message.id) for message in batch)

    await tell_body(amqp, b'{"urn": "1"}', queue)
    await tell(amqp, *good[:5], bad, *good[5:])
    async with Publisher(amqp) as publisher:
        bulk = BulkConsumer(
            "notices", Bulk(RegisterTaken, handle), Recovery(publisher, DELAYS, Speakers("notices", publisher.user))
        )
        await bulk.start(amqp)
        try:
            await eventually(lambda: _as(len(kept) == len(good)), "batch of good registers")
            await eventually(lambda: _dead(amqp, 2), "two parked messages")
        finally:
            await bulk.stop()
    reasons = {letter.reason for letter in await list_dead(amqp)}
    assert "this register is bad" in reasons
    assert any("marks" in reason for reason in reasons)


async def _dead(amqp: str, count: int) -> list[DeadLetter]:
    found = await list_dead(amqp)
    return found if len(found) == count else []


async def test_a_message_written_with_its_state_is_published_by_whoever_comes_later(amqp: str, store: Store) -> None:
    """A kill between the write and the publish: the writer is gone, another relay finds the message."""
    await store["things"].index_outbox()
    event = school()
    await store["things"].save(Change("a", 0, {"state": 1}, (event,)))
    seen: list[str] = []

    async def handle(message: SchoolUpdated) -> None:
        seen.append(str(message.id))

    async with listening(amqp, handle), Publisher(amqp) as publisher:
        assert await Relay(store, ["things"], publisher).drain() == 1
        await eventually(lambda: _as(seen), "relayed message")
        assert await store["things"].pending(10) == []
    assert seen == [str(event.id)]
    assert (await store["things"].get("a") or {})["version"] == 1


async def _no_exchange(channel: AbstractChannel) -> None:
    await channel.exchange_delete(ThemeRecorded.speaker())


async def _no_binding(channel: AbstractChannel) -> None:
    queue = await channel.get_queue(LATE, ensure=False)
    await queue.unbind(ThemeRecorded.speaker(), ThemeRecorded.key())


@pytest.mark.parametrize("take_away", [_no_exchange, _no_binding])
async def test_a_type_that_the_broker_does_not_take_holds_up_no_other_and_follows_once_it_is_taken(
    amqp: str, store: Store, take_away: Callable[[AbstractChannel], Awaitable[None]]
) -> None:
    """More documents than a round takes, of a type whose exchange (or right, or binding) comes late in an upgrade."""
    stuck, others = 250, 40
    async with await aio_pika.connect(amqp) as connection:
        await take_away(await connection.channel())
    late = {number: school() for number in range(stuck)}
    things = store["things"]
    await things.index_outbox()
    for number, event in late.items():
        await things.save(Change(f"late {number}", 0, {}, (event,)))
    await things._collection.update_many({}, {"$set": {"outbox.$[].type": ThemeRecorded.key()}})
    behind = school(urn="123457")
    await things.save(Change("late 0", 1, {}, (behind,)))  # it may not overtake what stands before it
    ahead = [school() for _ in range(others)]
    for number, event in enumerate(ahead):
        await things.save(Change(f"other {number}", 0, {}, (event,)))
    seen: list[str] = []

    async def handle(message: SchoolUpdated) -> None:
        seen.append(str(message.id))

    with structlog.testing.capture_logs() as lines:
        async with listening(amqp, handle), Publisher(amqp) as publisher:
            relay = Relay(store, ["things"], publisher, poll=0.05)
            relaying = asyncio.create_task(relay.run())
            try:
                await eventually(lambda: _as(len(seen) == others), "all messages of the other type")
                assert set(seen) == {str(event.id) for event in ahead}
                assert _refused(store) == 1
                await topology.apply(amqp, DELAYS)
                await eventually(lambda: _holds(amqp, LATE, stuck), "all that had been refused", 60)
                await eventually(lambda: _as(str(behind.id) in seen), "what stood behind it")
                await eventually(lambda: _as(_refused(store) == 0), "word that nothing is refused")
                assert await things.pending(1) == []
            finally:
                relaying.cancel()
                await asyncio.gather(relaying, return_exceptions=True)
    assert len(seen) == others + 1
    ids = await _ids_in(amqp, LATE)
    assert sorted(ids) == sorted(str(event.id) for event in late.values())  # each once
    assert {line["event"] for line in lines} >= {"publish_refused", "publish_resumed"}
    assert "publish_failed" not in {line["event"] for line in lines if line.get("type") != ThemeRecorded.key()}


def _refused(store: Store) -> float | None:
    return REGISTRY.get_sample_value("everyday_outbox_refused", {"service": store.name, "type": ThemeRecorded.key()})


async def _holds(amqp: str, queue: str, count: int) -> bool:
    async with await aio_pika.connect(amqp) as connection:
        found = await (await connection.channel()).declare_queue(queue, passive=True)
        return found.declaration_result.message_count == count


async def _ids_in(amqp: str, place: str) -> list[str]:
    async with await aio_pika.connect(amqp) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(place)
        ids = []
        while (raw := await queue.get(fail=False, no_ack=True)) is not None:
            ids.append(raw.message_id or "")
        return ids


async def test_a_service_makes_a_binding_good_that_was_taken_away(amqp: str) -> None:
    """Of two who hear a type one may have lost its binding: nothing is refused then, and it would hear nothing."""
    seen: list[str] = []

    async def handle(message: SchoolUpdated) -> None:
        seen.append(str(message.id))

    async with await aio_pika.connect(amqp) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE, ensure=False)
        await queue.unbind(SchoolUpdated.speaker(), SchoolUpdated.key())
        await queue.unbind(topology.back(QUEUE), QUEUE)
    async with listening(amqp, handle), Publisher(amqp) as publisher:
        assert await publisher.binds("notifications")
        event = school()
        await publisher.publish(event)
        await eventually(lambda: _as(seen == [str(event.id)]), "message by the binding that was made good")
        async with await aio_pika.connect(amqp) as connection:
            await (await connection.channel()).exchange_delete(topology.back(QUEUE))
        assert not await publisher.binds("notifications")
        await topology.apply(amqp, DELAYS)
        assert await publisher.binds("notifications")


async def test_two_relays_lose_nothing_and_one_takes_over_when_the_other_dies(amqp: str, store: Store) -> None:
    await store["things"].index_outbox()
    seen: set[str] = set()

    async def handle(message: SchoolUpdated) -> None:
        seen.add(str(message.id))

    async with listening(amqp, handle), Publisher(amqp) as first, Publisher(amqp) as second:
        relays = [Relay(store, ["things"], each, poll=0.05) for each in (first, second)]
        for relay in relays:
            relay._lease = Lease(store, "relay", timedelta(seconds=1))
        tasks = [asyncio.create_task(relay.run()) for relay in relays]
        events = [school() for _ in range(60)]
        for number, event in enumerate(events[:30]):
            await store["things"].save(Change(str(number), 0, {}, (event,)))
        await eventually(lambda: _as(len(seen) == 30), "the first thirty")
        holder = 0 if await relays[0]._lease.held() else 1
        tasks[holder].cancel()
        for number, event in enumerate(events[30:], start=30):
            await store["things"].save(Change(str(number), 0, {}, (event,)))
        await eventually(lambda: _as(len(seen) == 60), "all sixty")
        tasks[1 - holder].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert seen == {str(event.id) for event in events}


async def test_of_two_writers_one_loses_the_race_and_is_told(store: Store) -> None:
    things = store["things"]
    assert await things.save(Change("a", 0, {"n": 1}), Change("b", 0, {"n": 1})) == set()
    assert await things.save(Change("a", 1, {"n": 2})) == set()
    assert await things.save(Change("a", 1, {"n": 3}), Change("b", 1, {"n": 2})) == {"a"}
    assert await things.save(Change("a", 0, {"n": 4})) == {"a"}
    assert (await things.get("a") or {})["n"] == 2
    assert (await things.get("b") or {})["n"] == 2


async def test_updates_by_many_writers_are_all_kept(store: Store) -> None:
    def one_more(document: Document | None) -> Change:
        return Change("a", (document or {}).get("version", 0), {"n": (document or {}).get("n", 0) + 1})

    await asyncio.gather(*(store["things"].update("a", one_more) for _ in range(20)))
    assert (await store["things"].get("a") or {})["n"] == 20


async def test_a_lease_is_held_by_one_until_it_is_released(store: Store) -> None:
    first, second = Lease(store, "job"), Lease(store, "job")
    assert await first.held()
    assert not await second.held()
    await first.release()
    assert await second.held()
    assert not await first.held()


async def test_a_timer_takes_what_is_due_and_nothing_before(store: Store) -> None:
    clock = FixedClock(datetime(2024, 10, 9, 22, 59, tzinfo=UTC))
    taken: list[str] = []

    async def step(document: Document) -> None:
        taken.append(document["_id"])
        await store["things"].save(Change(document["_id"], document["version"], {"due_at": None}))

    timer = Timer(store, "things", step, clock)
    await timer.prepare()
    await store["things"].insert("a", {"due_at": datetime(2024, 10, 9, 23, 0, tzinfo=UTC)})
    assert await timer.once() == 0
    clock.advance(timedelta(minutes=1))
    assert await timer.once() == 1
    assert await timer.once() == 0
    assert taken == ["a"]


def test_derived_ids_are_the_same_for_the_same_cause_and_purpose_only() -> None:
    cause = uuid4()
    assert derived(cause, "letter") == derived(cause, "letter") != derived(cause, "email")


async def _as(value: object) -> object:
    return value
