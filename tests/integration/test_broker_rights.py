"""Every identity logs in at RabbitMQ and tries what it must not. What it may do, every other test needs and so proves.

What RabbitMQ lets through all the same is judged by its effect: see `test_least_privilege.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelInvalidStateError
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed

from deploy.local.servers import Servers
from shared.contracts import CATALOGUE
from shared.hearing.dead import list_dead, replay
from shared.messaging import topology
from shared.messaging.topology import HEARS, aside, queue_name, rung
from tests.integration.attack.brokers import DELAYS, ROOTS, rabbitmq_of
from tests.integration.attack.who_may import EVERYBODY, PRODUCERS, SERVICES, should_say
from tests.waiting import eventually

QUEUES = sorted(queue_name(service, message) for service, heard in HEARS.items() for message in heard)
RUNGS = [aside(rung(seconds), service) for seconds in DELAYS for service in SERVICES]


@pytest.fixture(scope="module", params=sorted(ROOTS))
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The server that all tests share, where it is ours (an owner's own has other identities), and all others."""
    if ROOTS[request.param] is not None:
        with rabbitmq_of(request.param, tmp_path_factory.mktemp(request.param)) as servers:
            yield servers
        return
    servers = request.getfixturevalue("servers")
    if servers.amqp("mis") == servers.amqp("notices"):
        pytest.skip("the server comes from the environment")
    asyncio.run(topology.apply(servers.amqp("topology"), DELAYS))
    yield servers


@asynccontextmanager
async def channel_of(url: str) -> AsyncIterator[AbstractChannel]:
    """A channel with confirms. A refusal closes it, and may make closing it fail."""
    connection = await aio_pika.connect(url)
    try:
        yield await connection.channel(publisher_confirms=True)
    finally:
        with suppress(ChannelInvalidStateError):
            await connection.close()


async def refused(url: str, attempt: Callable[[AbstractChannel], Awaitable[object]]) -> bool:
    """Whether RabbitMQ refuses an attempt for want of rights; any other failure is this test's."""
    async with channel_of(url) as channel:
        try:
            await attempt(channel)
        except ChannelAccessRefused:
            return True
        return False


async def publish(channel: AbstractChannel, exchange: str, key: str, by: str | None = None) -> None:
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(b"{}", user_id=by), routing_key=key, mandatory=False)


@pytest.fixture(autouse=True)
async def empty_queues(at: Servers) -> AsyncIterator[None]:
    """What was allowed to be said is taken away again."""
    yield
    async with channel_of(at.amqp_url) as channel:
        for name in (*QUEUES, topology.DEAD, *RUNGS):
            await (await channel.get_queue(name, ensure=False)).purge()


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_it_says_what_is_its_own_to_say_and_nothing_else(at: Servers, identity: str) -> None:
    for key, message in CATALOGUE.items():
        turned_away = await refused(at.amqp(identity), lambda c, m=message, k=key: publish(c, m.speaker(), k))
        assert turned_away is not should_say(identity, message), f"{identity} and {key}"


@pytest.mark.parametrize("identity", [each for each in EVERYBODY if each not in {"operator", "topology"}])
async def test_it_puts_nothing_straight_into_a_queue(at: Servers, identity: str) -> None:
    for name in QUEUES:
        assert await refused(at.amqp(identity), lambda c, n=name: publish(c, "", n)), name


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_it_reads_and_empties_its_own_queues_only(at: Servers, identity: str) -> None:
    for name in (*QUEUES, topology.DEAD, *RUNGS):
        own = (
            name.startswith(f"{identity}.") or (identity, name) == ("operator", topology.DEAD) or identity == "topology"
        )

        async def take(channel: AbstractChannel, name: str = name) -> None:
            await (await channel.get_queue(name, ensure=False)).get(fail=False, no_ack=True)

        async def empty(channel: AbstractChannel, name: str = name) -> None:
            await (await channel.get_queue(name, ensure=False)).purge()

        for attempt in (take, empty):
            assert await refused(at.amqp(identity), attempt) is not own, f"{identity}: {attempt.__name__} {name}"


@pytest.mark.parametrize("identity", [each for each in EVERYBODY if each != "topology"])
async def test_it_declares_binds_and_deletes_nothing_of_ours(at: Servers, identity: str) -> None:
    queue = QUEUES[0]

    async def redirect(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind("mis", "#")

    async def copy_all(channel: AbstractChannel) -> None:
        await channel.declare_queue(f"{identity}.everything", durable=True)

    attempts: dict[str, Callable[[AbstractChannel], Awaitable[object]]] = {
        "delete a queue": lambda channel: channel.queue_delete(queue),
        "delete an exchange": lambda channel: channel.exchange_delete("mis"),
        "declare an exchange": lambda channel: channel.declare_exchange(f"{identity}.own"),
        "bind another's queue": redirect,
        "declare a queue": copy_all,
    }
    for what, attempt in attempts.items():
        assert await refused(at.amqp(identity), attempt), f"{identity} may {what}"


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_it_binds_its_own_queues_by_the_keys_that_it_hears_and_nothing_else(at: Servers, identity: str) -> None:
    hears = {kind.key() for kind in HEARS.get(identity, ())}
    queue = next((name for name in QUEUES if name.startswith(f"{identity}.")), QUEUES[0])
    wide = [(speaker, key) for speaker in (*SERVICES, *PRODUCERS) for key in ("#", "*.#", "*.*.*", f"{speaker}.#", "")]
    for exchange, key in (*wide, *((kind.speaker(), key) for key, kind in CATALOGUE.items())):

        async def bind(channel: AbstractChannel, exchange: str = exchange, key: str = key) -> None:
            await (await channel.get_queue(queue, ensure=False)).bind(exchange, key)

        async def lead_on(channel: AbstractChannel, exchange: str = exchange, key: str = key) -> None:
            await (await channel.get_exchange(f"return.{identity}", ensure=False)).bind(exchange, key)

        if identity != "topology":
            assert await refused(at.amqp(identity), bind) is not (key in hears), f"{identity}: {exchange} by {key}"
            if key in ("", "#"):
                assert await refused(at.amqp(identity), lead_on), f"{identity} leads {exchange} on by {key}"
    async with channel_of(at.amqp_url) as channel:  # what it bound beside its own is taken away again
        for key in hears - {queue.partition(".")[2]}:
            await (await channel.get_queue(queue, ensure=False)).unbind(CATALOGUE[key].speaker(), key)


@pytest.mark.parametrize("service", SERVICES)
async def test_by_the_ladder_and_the_dead_it_reaches_its_own_queues_only(at: Servers, service: str) -> None:
    """Who lays a message aside says to which queue it returns: that must not be another service's."""
    for place in (rung(1), topology.DEAD):
        for other in SERVICES:
            if other != service:
                assert await refused(at.amqp(service), lambda c, o=other, p=place: publish(c, aside(p, o), QUEUES[0]))
        assert await refused(at.amqp(service), lambda c, p=place: publish(c, p, QUEUES[0]))
    strangers = [name for name in QUEUES if not name.startswith(f"{service}.")]
    for name in strangers:
        assert await refused(at.amqp(service), lambda c, n=name: publish(c, aside(topology.DEAD, service), n))
    async with channel_of(at.amqp(service)) as channel:
        for name in (*strangers, f"{service}.own"):
            await publish(channel, aside(rung(1), service), name)  # allowed, and led nowhere
        await publish(channel, aside(topology.DEAD, service), f"{service}.own")
    assert await _kept(at, topology.DEAD) == 1
    assert await _kept(at, aside(rung(1), service)) == 0
    assert all([await _kept(at, name) == 0 for name in strangers])


async def test_the_operator_looks_at_the_dead_brings_them_back_and_watches_but_hears_no_commands(at: Servers) -> None:
    own = next(name for name in QUEUES if name.startswith("notices."))
    async with channel_of(at.amqp("notices")) as channel:
        await publish(channel, aside(topology.DEAD, "notices"), own)
    assert [letter.queue for letter in await list_dead(at.amqp("operator"))] == [own]
    assert await replay(at.amqp("operator")) == 1

    async def arrived() -> bool:
        return await _kept(at, own) == 1

    await eventually(arrived, "message that the operator brought back")

    async def listen(channel: AbstractChannel, exchange: str) -> None:
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(exchange, "#")
        await queue.get(no_ack=True, fail=False)

    assert not await refused(at.amqp("operator"), lambda channel: listen(channel, "mis"))
    assert await refused(at.amqp("operator"), lambda channel: listen(channel, "casework"))


async def test_a_parked_message_that_names_a_queue_of_nobodys_stops_no_replay(at: Servers) -> None:
    """What the broker parked says where in a header that its producer may have written."""
    own = next(name for name in QUEUES if name.startswith("notices."))
    async with channel_of(at.amqp_url) as channel:
        way = await channel.get_exchange(topology.DEAD, ensure=False)
        await way.publish(aio_pika.Message(b"{}", headers={"x-first-death-queue": "nobody.heard_it"}), "")
    async with channel_of(at.amqp("notices")) as channel:
        await publish(channel, aside(topology.DEAD, "notices"), own)
    assert await replay(at.amqp("operator")) == 1
    assert [letter.queue for letter in await list_dead(at.amqp("operator"))] == ["nobody.heard_it"]


@pytest.mark.parametrize("identity", [*SERVICES, *PRODUCERS])
async def test_nobody_publishes_in_anothers_name(at: Servers, identity: str) -> None:
    own = next(kind for kind in CATALOGUE.values() if should_say(identity, kind))
    for other in {*EVERYBODY, "root", "guest"} - {identity}:
        async with channel_of(at.amqp(identity)) as channel:
            with pytest.raises(ChannelPreconditionFailed):
                await publish(channel, own.speaker(), own.key(), other)


async def _kept(at: Servers, queue: str) -> int:
    async with channel_of(at.amqp_url) as channel:
        found = await channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0
