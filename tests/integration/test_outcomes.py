"""Every delivery ends in exactly one line of log and one count, and a consumer that is lost is said and comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import Any

import aio_pika
import pytest
import structlog

from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.consumers import watch
from shared.hearing.dead import list_dead, replay
from shared.hearing.recovery import Recovery
from shared.messaging import topology
from shared.messaging.failures import Permanent
from shared.messaging.publisher import Publisher
from shared.messaging.speakers import Speakers
from shared.observing.metrics import REGISTRY
from shared.running.service import _consumers
from tests.integration.test_messaging import DELAYS, QUEUE, amqp, listening, tell, tell_body  # noqa: F401
from tests.making import register, school
from tests.waiting import eventually

REGISTERS = topology.queue_name("notices", RegisterTaken)


def count(outcome: str, queue: str = QUEUE) -> float:
    service, _, kind = queue.partition(".")
    labels = {"service": service, "type": kind, "outcome": outcome}
    return REGISTRY.get_sample_value("everyday_messages_total", labels) or 0.0


@contextmanager
def counted(queue: str = QUEUE) -> Iterator[dict[str, float]]:
    """How much each count has grown, once the block is over."""
    names = ("done", "retried", "parked", "forged", "returned", "interrupted")
    before = {name: count(name, queue) for name in names}
    grown: dict[str, float] = {}
    yield grown
    grown |= {name: more for name in names if (more := count(name, queue) - before[name])}


def ended(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line["event"].startswith(("message_", "batch_"))]


async def test_each_attempt_ends_in_one_line_with_its_queue_attempt_duration_and_outcome(amqp: str) -> None:  # noqa: F811
    mended = False

    async def handle(_event: SchoolUpdated) -> None:
        if not mended:
            raise RuntimeError("a text that must not be shown")

    event = school()
    with counted() as grown, structlog.testing.capture_logs() as lines:
        async with listening(amqp, handle):
            await tell(amqp, event)
            await eventually(lambda: list_dead(amqp), "parked message")
            mended = True
            await replay(amqp)
            await eventually(lambda: _said(lines, "message_done"), "word that it is done")
    assert [(line["event"], line["outcome"], line["attempt"]) for line in ended(lines)] == [
        ("message_retried", "retried", 1),
        ("message_retried", "retried", 2),
        ("message_parked", "parked", 3),
        ("message_done", "done", 1),
    ]
    for line in ended(lines):
        assert (line["queue"], line["message_id"], line["correlation_id"]) == (QUEUE, str(event.id), str(event.id))
        assert line["duration_ms"] > 0
    assert [line["delay_s"] for line in lines if "delay_s" in line] == list(DELAYS)
    assert grown == {"done": 1, "retried": 2, "parked": 1}
    age = {"service": "notifications", "type": "mis.school_updated.v1"}
    assert (REGISTRY.get_sample_value("everyday_message_age_seconds_sum", age) or 0) > 2  # retries are part of it


async def test_on_the_bulk_path_lines_and_counts_add_up_to_the_deliveries(amqp: str) -> None:  # noqa: F811
    good = [register(date(2024, 9, day), {"B801200005001": "/"}) for day in range(2, 12)]
    bad = register(date(2024, 9, 20), {"B801200005001": "O"})

    mended = False

    async def handle(batch: list[RegisterTaken]) -> None:
        if bad.id in {message.id for message in batch} and not mended:
            raise Permanent("this register is bad")

    with counted(REGISTERS) as grown, structlog.testing.capture_logs() as lines:
        await tell_body(amqp, b'{"urn": "1"}', REGISTERS)
        await tell(amqp, *good[:5], bad, *good[5:])
        async with bulk(amqp, handle):
            await eventually(lambda: _all_ended(lines, 12), "twelve deliveries that ended")
            first_twelve, mended = list(lines), True
            await replay(amqp, {str(bad.id)})
            await eventually(lambda: _all_ended(lines, 13), "replayed register that is done")
    again = [line for line in ended(lines[len(first_twelve) :]) if line["log_level"] != "debug"]
    assert [(line["event"], line["message_id"]) for line in again] == [("message_done", str(bad.id))]
    lines = first_twelve
    info = [line for line in ended(lines) if line["log_level"] != "debug"]
    assert sum(line["messages"] for line in info if line["event"] == "batch_done") == 10
    assert sum(line["event"] == "message_parked" for line in info) == 2
    assert len([line for line in info if line["event"] != "batch_split"]) <= 2 + 12
    details = {line["message_id"] for line in ended(lines) if line["log_level"] == "debug"}
    assert details == {str(each.id) for each in good}
    assert grown == {"done": 11, "parked": 2}


async def test_a_service_that_is_stopped_says_what_it_left(amqp: str) -> None:  # noqa: F811
    began = asyncio.Event()

    async def handle(_event: SchoolUpdated) -> None:
        began.set()
        raise asyncio.CancelledError

    with counted() as grown, structlog.testing.capture_logs() as lines:
        async with listening(amqp, handle):
            await tell(amqp, school())
            await began.wait()
            await eventually(lambda: _said(lines, "message_interrupted"), "word of it")
    assert grown == {"interrupted": 1}


async def test_what_could_not_be_moved_on_is_said_to_be_given_back_and_is_delivered_again(amqp: str) -> None:  # noqa: F811
    attempts: list[int] = []

    async def handle(_event: SchoolUpdated) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError

    with counted() as grown, structlog.testing.capture_logs() as lines:
        async with listening(amqp, handle, delays=(9,)):  # a step that the topology does not have
            await tell(amqp, school())
            await eventually(lambda: _said(lines, "message_done"), "second delivery that is done")
    assert [line["event"] for line in ended(lines)] == ["message_returned", "message_done"]
    assert grown == {"returned": 1, "done": 1}


@pytest.mark.parametrize("path", ["one by one", "in bulk"])
async def test_a_queue_that_is_deleted_is_said_and_its_consumer_comes_back_with_it(amqp: str, path: str) -> None:  # noqa: F811
    seen: list[str] = []

    async def handle(event: SchoolUpdated) -> None:
        seen.append(event.urn)

    async def keep(batch: list[RegisterTaken]) -> None:
        seen.extend(message.urn for message in batch)

    one_by_one = path == "one by one"
    queue, message = (
        (QUEUE, school()) if one_by_one else (REGISTERS, register(date(2024, 9, 2), {"B801200005001": "/"}))
    )
    with structlog.testing.capture_logs() as lines:
        async with listening(amqp, handle) if one_by_one else bulk(amqp, keep) as consumer:
            consumers = _consumers(consumer, []) if one_by_one else [consumer.consumer]
            watching = asyncio.create_task(watch(consumers))
            await eventually(lambda: _gauge(queue, 1), "consumer that is there")
            await _delete(amqp, queue)
            await eventually(lambda: _said(lines, "consumer_lost"), "word that the consumer is lost", 10)
            assert await _gauge(queue, 0)
            await topology.apply(amqp, DELAYS)
            await eventually(lambda: _said(lines, "consumer_back"), "word that it is back", 20)
            assert await _gauge(queue, 1)
            await tell(amqp, message)
            await eventually(lambda: _as(seen), "message that is handled")
            watching.cancel()


async def test_a_bulk_consumer_comes_back_when_its_connection_does(amqp: str) -> None:  # noqa: F811
    seen: list[str] = []

    async def keep(batch: list[RegisterTaken]) -> None:
        seen.extend(message.urn for message in batch)

    async with bulk(amqp, keep) as consumer:
        assert consumer._connection is not None
        await consumer._connection.reconnect()
        await tell(amqp, register(date(2024, 9, 2), {"B801200005001": "/"}))
        await eventually(lambda: _as(seen), "message that is handled after the connection was lost")


@asynccontextmanager
async def bulk(url: str, handle: Any) -> AsyncIterator[BulkConsumer]:
    async with Publisher(url) as publisher:
        consumer = BulkConsumer(
            "notices", Bulk(RegisterTaken, handle), Recovery(publisher, DELAYS, Speakers("notices", publisher.user))
        )
        await consumer.start(url)
        try:
            yield consumer
        finally:
            await consumer.stop()


async def _delete(url: str, queue: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        await (await connection.channel()).queue_delete(queue)


async def _said(lines: list[Any], event: str) -> bool:
    return any(line["event"] == event for line in lines)


async def _all_ended(lines: list[Any], deliveries: int) -> bool:
    info = [line for line in ended(lines) if line["log_level"] != "debug" and line["event"] != "batch_split"]
    return sum(line.get("messages", 1) for line in info) == deliveries


async def _gauge(queue: str, value: float) -> bool:
    service, _, kind = queue.partition(".")
    labels = {"service": service, "type": kind}
    return REGISTRY.get_sample_value("everyday_consumer_connected", labels) == value


async def _as(value: object) -> object:
    return value
