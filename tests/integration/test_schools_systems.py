"""One school's system cannot speak for another school: on either path, at every service, and after a replay too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aio_pika
import pytest
from faststream.rabbit import RabbitRouter

from deploy.local.servers import Servers
from shared.contracts import Message, mis
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.dead import DeadLetter, list_dead, replay
from shared.hearing.recovery import Recovery, middleware
from shared.messaging import topology
from shared.messaging.feeds import Feeds
from shared.messaging.publisher import Publisher
from shared.messaging.speakers import Speakers
from shared.messaging.topology import HEARS
from shared.running.service import consumer, listen
from shared.running.settings import Settings
from tests.system.canaries import planted
from tests.waiting import eventually

OURS, THEIRS = "123456", "123457"
KINDS = [kind for kind in HEARS["notices"] if kind.speaker() == "mis"]
DELAYS = (1, 2)


@pytest.fixture
async def heard(servers: Servers) -> AsyncIterator[list[str]]:
    """What reached a handler of any service; `mis` speaks for one school."""
    if not servers.are_ours():
        pytest.skip("the servers come from the environment")
    names = await topology.apply(servers.amqp("topology"), DELAYS)
    async with await aio_pika.connect(servers.amqp_url) as connection:
        channel = await connection.channel()
        for name in names:
            await (await channel.get_queue(name, ensure=False)).purge()
    effects: list[str] = []
    async with AsyncExitStack() as stack:
        for service, types in HEARS.items():
            url = servers.amqp(service)
            publisher = await stack.enter_async_context(Publisher(url))
            speakers = Speakers(service, publisher.user, feeds=Feeds({"mis": frozenset({OURS})}))
            recovery = Recovery(publisher, DELAYS, speakers)
            router = RabbitRouter()
            for kind in {*types} & {*KINDS}:
                if kind is mis.RegisterTaken:
                    bulk = BulkConsumer(service, Bulk(kind, _all_into(effects)), recovery)
                    await bulk.start(url)
                    stack.push_async_callback(bulk.stop)
                else:
                    listen(router, service, kind)(_into(effects, kind))
            broker = consumer(Settings(amqp_url=url, mongo_url=""), [middleware(recovery)])
            broker.include_router(router)
            await broker.start()
            stack.push_async_callback(broker.stop)
        yield effects


def _into(effects: list[str], kind: type[Message]) -> Any:
    async def take(said: Message) -> None:
        effects.append(str(said.id))

    take.__annotations__["said"] = kind
    return take


def _all_into(effects: list[str]) -> Any:
    async def take(batch: list[mis.RegisterTaken]) -> None:
        effects.extend(str(said.id) for said in batch)

    return take


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key())
async def test_what_it_says_of_another_school_has_no_effect_and_is_parked_with_the_school(
    servers: Servers, heard: list[str], kind: type[Message]
) -> None:
    hearing = sum(kind in types for types in HEARS.values())
    forged = planted(kind).model_copy(update={"urn": THEIRS})
    good = planted(kind).model_copy(update={"urn": OURS})
    assert forged.id != good.id
    async with Publisher(servers.amqp("mis")) as publisher:
        await publisher.publish(forged)
        await publisher.publish(good)
    await eventually(lambda: _as(heard.count(str(good.id)) == hearing), "what it says of its own school")

    async def parked() -> list[DeadLetter]:
        dead = await list_dead(servers.amqp("operator"))
        return dead if len(dead) == hearing else []

    reasons = {letter.reason for letter in await eventually(parked, "the forged message, once for each queue")}
    assert reasons == {f"forged: mis may not speak for school {THEIRS}"}
    assert await replay(servers.amqp("operator")) == hearing
    await eventually(parked, "the same after a replay")
    assert str(forged.id) not in heard


async def _as(value: bool) -> bool:
    await asyncio.sleep(0)
    return value
