"""Numbers asked of the store and the broker: true, asked by one replica, and a gap where they cannot be had."""

from datetime import UTC, datetime, timedelta

import aio_pika
import pytest
import structlog

from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.messaging import topology
from shared.messaging.publisher import Publisher
from shared.observing.metrics import REGISTRY
from shared.running.gauges import Answer, Gauges, of_outboxes, of_queues, of_the_dead, of_timers
from shared.store.documents import Change, Store
from shared.store.leases import Lease
from shared.store.timers import Timer
from shared.time.clock import Clock, FixedClock
from tests.integration.test_messaging import DELAYS, amqp, listening, tell_body  # noqa: F401
from tests.making import school
from tests.waiting import eventually


def told(answers: list[Answer]) -> dict[tuple[str, ...], float]:
    return {(answer.asked.name, *answer.labels): answer.value for answer in answers}


async def test_an_outbox_that_nobody_empties_has_its_depth_and_age(store: Store) -> None:
    await store["things"].index_outbox()
    ask = of_outboxes(store, ["things"])
    assert set(told(await ask()).values()) == {0}
    old = school().model_copy(update={"time": datetime(2020, 1, 1, tzinfo=UTC)})  # of its own time, but left just now
    await store["things"].save(Change("a", 0, {}, (old, school())), Change("b", 0, {}, (school(),)))
    answers = told(await ask())
    assert answers["everyday_outbox_messages", store.name] == 3
    assert 0 <= answers["everyday_outbox_oldest_seconds", store.name] < 60


async def test_what_is_due_is_counted_with_how_long_it_has_been_by_the_clock_of_the_business(store: Store) -> None:
    clock = FixedClock(datetime(2024, 10, 10, 9, tzinfo=UTC))

    async def step(_document: object) -> None: ...

    ask = of_timers(store, [Timer(store, "things", step, clock)], clock)
    await store["things"].insert("a", {"due_at": clock.now() - timedelta(minutes=2)})
    await store["things"].insert("b", {"due_at": clock.now() - timedelta(minutes=1)})
    await store["things"].insert("c", {"due_at": clock.now() + timedelta(minutes=1)})
    assert told(await ask()) == {
        ("everyday_timer_due", store.name, "things"): 2,
        ("everyday_timer_overdue_seconds", store.name, "things"): 120,
    }


async def test_queues_are_looked_at_with_their_messages_and_consumers_and_one_that_is_missing(amqp: str) -> None:  # noqa: F811
    async def handle(_event: SchoolUpdated) -> None: ...

    await tell_body(amqp, b"{", topology.queue_name("notices", RegisterTaken))
    async with Publisher(amqp) as publisher, listening(amqp, handle):
        await publisher.move(topology.DEAD, "notices.x", aio_pika.Message(b"{"))
        heard = told(await of_queues("notifications", publisher)())
        assert heard["everyday_queue_consumers", "notifications", "mis.school_updated.v1"] == 1
        assert heard["everyday_queue_consumers", "notifications", "notices.notice_issued.v1"] == 0
        [parked] = await eventually(of_the_dead(publisher), "answer")
        assert parked.value == 1
        channel = await publisher._connection.channel()  # type: ignore[union-attr]
        await channel.queue_delete("notices.mis.school_updated.v1")
        seen = told(await of_queues("notices", publisher)())
        assert seen["everyday_queue_messages", "notices", "mis.register_taken.v1"] == 1
        assert seen["everyday_queue_missing", "notices", "mis.school_updated.v1"] == 1
        assert ("everyday_queue_messages", "notices", "mis.school_updated.v1") not in seen
        assert sum(value for (name, *_), value in seen.items() if name == "everyday_queue_missing") == 1
        assert await publisher.reachable()
    await topology.apply(amqp, DELAYS)


async def test_one_replica_asks_and_the_others_are_silent_until_it_is_gone(store: Store) -> None:
    first, second = (Gauges(store, [of_outboxes(store, ["things"])]) for _ in range(2))
    await first.once()
    await second.once()
    assert len(list(first.collect())) == 2
    assert list(second.collect()) == []
    held = {"service": store.name, "job": "gauges"}
    assert REGISTRY.get_sample_value("everyday_lease_held", held) == 0  # the second is this process's last to say
    await first.stop()
    await second.once()
    assert len(list(second.collect())) == 2
    assert REGISTRY.get_sample_value("everyday_lease_held", held) == 1


async def test_a_lease_that_ran_out_is_not_said_to_be_held(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = Clock.wall()
    monkeypatch.setattr(Clock, "wall", lambda: now)
    lease = Lease(store, "brief", timedelta(seconds=10))
    labels = {"service": store.name, "job": "brief"}
    assert REGISTRY.get_sample_value("everyday_lease_held", labels) == 0
    assert await lease.held()
    assert REGISTRY.get_sample_value("everyday_lease_held", labels) == 1
    monkeypatch.setattr(Clock, "wall", lambda: now + timedelta(seconds=10))
    assert REGISTRY.get_sample_value("everyday_lease_held", labels) == 0


async def test_a_question_that_fails_leaves_a_gap_and_a_line_of_log_and_the_others_are_answered(store: Store) -> None:
    async def fails() -> list[Answer]:
        raise ConnectionError("a text that is not shown")

    gauges = Gauges(store, [fails, of_outboxes(store, ["things"])])
    with structlog.testing.capture_logs() as lines:
        await gauges.once()
    assert {family.name for family in gauges.collect()} == {
        "everyday_outbox_messages",
        "everyday_outbox_oldest_seconds",
    }
    assert [line["event"] for line in lines] == ["gauge_not_read"]
