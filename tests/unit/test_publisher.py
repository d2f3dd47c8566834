"""The first message on a channel goes alone; once it is taken, all that waited for it go together."""

import asyncio
from typing import Any

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from shared.messaging.publisher import Publisher, _Way
from shared.messaging.topology import HEARS


class _Exchange:
    """Confirms when it is told to."""

    def __init__(self) -> None:
        self.in_flight: list[asyncio.Future[None]] = []

    async def publish(self, _message: Any, _key: str, *, mandatory: bool) -> None:
        assert mandatory
        confirm = asyncio.get_running_loop().create_future()
        self.in_flight.append(confirm)
        await confirm


class _Channel:
    is_closed = False


async def _published(exchange: _Exchange) -> list[asyncio.Task[None]]:
    way = _Way(_Channel(), exchange)  # type: ignore[arg-type]
    message = aio_pika.Message(b"{}")
    tasks = [asyncio.create_task(way.publish(message, "mis.x", mandatory=True)) for _ in range(100)]
    await asyncio.sleep(0)
    assert len(exchange.in_flight) == 1
    return tasks


async def _settled() -> None:
    for _ in range(300):
        await asyncio.sleep(0)


async def test_when_the_first_is_taken_all_others_are_in_flight_at_once() -> None:
    exchange = _Exchange()
    tasks = await _published(exchange)
    exchange.in_flight[0].set_result(None)
    await _settled()
    assert len(exchange.in_flight) == 100
    for confirm in exchange.in_flight[1:]:
        confirm.set_result(None)
    await asyncio.gather(*tasks)


async def test_when_the_first_is_refused_no_other_follows_it() -> None:
    exchange = _Exchange()
    tasks = await _published(exchange)
    exchange.in_flight[0].set_exception(ChannelAccessRefused("no"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, ChannelAccessRefused) for each in outcomes)
    assert len(exchange.in_flight) == 1


async def test_when_the_outcome_of_the_first_is_unknown_the_next_goes_alone() -> None:
    exchange = _Exchange()
    tasks = await _published(exchange)
    exchange.in_flight[0].set_exception(TimeoutError())
    await _settled()
    assert len(exchange.in_flight) == 2
    with pytest.raises(TimeoutError):
        await tasks[0]
    exchange.in_flight[1].set_result(None)
    await _settled()
    assert len(exchange.in_flight) == 100
    for confirm in exchange.in_flight[2:]:
        confirm.set_result(None)
    await asyncio.gather(*tasks[1:])


class _SlowQueue:
    """Takes a hundredth of a second for each binding, which all together is longer than one question may take."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def bind(self, _exchange: str, routing_key: str) -> None:
        assert routing_key
        await asyncio.sleep(0.01)


class _SlowChannel:
    closed = 0

    def __init__(self, _connection: object) -> None: ...

    async def initialize(self) -> None: ...

    async def get_queue(self, name: str, *, ensure: bool) -> _SlowQueue:
        assert not ensure
        return _SlowQueue(name)

    async def close(self) -> None:
        type(self).closed += 1


async def test_a_slow_broker_that_answers_is_waited_for_and_one_that_does_not_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aio_pika, "Channel", _SlowChannel)
    publisher = Publisher("amqp://notices@nowhere/")
    publisher._connection = object()  # type: ignore[assignment]
    monkeypatch.setattr("shared.messaging.publisher.PUBLISH_TIMEOUT", 0.3)
    assert len(HEARS["notices"]) * 0.02 > 0.3
    assert await publisher.binds("notices")
    monkeypatch.setattr("shared.messaging.publisher.PUBLISH_TIMEOUT", 0.001)
    assert not await publisher.binds("notices")
    assert _SlowChannel.closed == 2
