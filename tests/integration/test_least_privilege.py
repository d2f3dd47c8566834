"""Every identity logs in and tries what it must not. What it may do, every other test needs and so proves.

RabbitMQ refuses much of it. What it lets through (by `CC` and `BCC`, by the ladder) is judged by its effect: none.

The expectations are written here by hand, and not taken from the rights that are tried.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelInvalidStateError
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed
from faststream.rabbit import RabbitRouter
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from deploy.local.servers import Servers
from shared import topology
from shared.bulk import Bulk, BulkConsumer
from shared.contracts import CATALOGUE, Command, Message
from shared.contracts.bookings import BookingConfirmed
from shared.contracts.casework import AuthoriseNotice, RecordPayment
from shared.contracts.circulars import SendMessage
from shared.contracts.mis import PupilUpdated, RegisterTaken, SchoolUpdated
from shared.contracts.notices import NoticeIssued
from shared.contracts.surveys import ResponseAccepted
from shared.dead import DeadLetter, list_dead, replay
from shared.publisher import Publisher
from shared.recovery import Recovery, middleware
from shared.service import consumer, listen
from shared.settings import Settings
from shared.speakers import Speakers, user_of
from shared.topology import HEARS, aside, queue_name, rung
from tests.system.canaries import planted
from tests.waiting import eventually

SERVICES = ("notices", "notifications", "bookings", "surveys")
PRODUCERS = ("mis", "casework", "finance")
FOR_FINANCE = {"notices.record_payment.v1", "notices.record_refund.v1", "notices.reverse_payment.v1"}
EVERYBODY = (*SERVICES, *PRODUCERS, "operator", "topology", "monitoring")
QUEUES = sorted(queue_name(service, message) for service, heard in HEARS.items() for message in heard)
DELAYS = (1, 2)
RUNGS = [aside(rung(seconds), service) for seconds in DELAYS for service in SERVICES]


def should_say(identity: str, message: type[Message]) -> bool:
    """Who may publish what, in the words of the design."""
    key, command = message.key(), issubclass(message, Command)
    if identity == "casework":
        return command and key not in FOR_FINANCE
    if identity == "finance":
        return key in FOR_FINANCE
    return identity in (*SERVICES, "mis") and key.startswith(f"{identity}.") and not command


@pytest.fixture(scope="module")
def at(servers: Servers) -> Servers:
    """Servers of our own: those of an address in the environment have the identities that their owner gave them."""
    if servers.amqp("mis") == servers.amqp("notices") or servers.mongo("notices") == servers.mongo("reader"):
        pytest.skip("the servers come from the environment")
    asyncio.run(topology.apply(servers.amqp("topology"), DELAYS))
    return servers


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


async def publish(channel: AbstractChannel, exchange: str, key: str, body: bytes = b"{}") -> None:
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(body), routing_key=key, mandatory=False)


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


@dataclass(frozen=True)
class Heard:
    """Every service's consumers, as its own identity has them; what reached a handler would have had an effect."""

    effects: list[str]

    async def of(self, said: Message) -> bool:
        return str(said.id) in self.effects


@pytest.fixture
async def heard(at: Servers) -> AsyncIterator[Heard]:
    effects: list[str] = []
    async with AsyncExitStack() as stack:
        for service, types in HEARS.items():
            url = at.amqp(service)
            publisher = await stack.enter_async_context(Publisher(url))
            recovery = Recovery(publisher, DELAYS, Speakers(service, publisher.user))
            router = RabbitRouter()
            for message in types:
                if message is RegisterTaken:  # on the bulk path, as in the service
                    bulk = BulkConsumer(service, Bulk(message, _all_into(effects)), recovery)
                    await bulk.start(url)
                    stack.push_async_callback(bulk.stop)
                else:
                    listen(router, service, message)(_into(effects, message))
            broker = consumer(Settings(amqp_url=url, mongo_url=""), [middleware(recovery)])
            broker.include_router(router)
            await broker.start()
            stack.push_async_callback(broker.stop)
        yield Heard(effects)


def _into(effects: list[str], message: type[Message]) -> Callable[[Message], Awaitable[None]]:
    async def take(said: Message) -> None:
        effects.append(str(said.id))

    take.__annotations__["said"] = message
    return take


def _all_into(effects: list[str]) -> Callable[[list[RegisterTaken]], Awaitable[None]]:
    async def take(batch: list[RegisterTaken]) -> None:
        effects.extend(str(said.id) for said in batch)

    return take


ATTACKED = (
    NoticeIssued,
    AuthoriseNotice,
    RecordPayment,
    RegisterTaken,
    BookingConfirmed,
    SendMessage,
    ResponseAccepted,
)
"""A letter, a decision, money, evidence, and what other services tell: of events and commands, on either path."""


@pytest.mark.parametrize("identity", [*SERVICES, *PRODUCERS])
async def test_what_it_forges_has_no_effect_and_is_found_among_the_dead(
    at: Servers, heard: Heard, identity: str
) -> None:
    victims = [kind for kind in ATTACKED if not should_say(identity, kind)]
    own = next(kind for kind in CATALOGUE.values() if should_say(identity, kind))
    forged, got_through = set(), 0
    async with await aio_pika.connect(at.amqp(identity)) as connection:
        for kind, (copied, written) in itertools.product(victims, (("CC", MOVED), ("BCC", {}))):
            hearing = {service for service, types in HEARS.items() if kind in types} - {identity}
            queues = [queue_name(service, kind) for service in sorted(hearing)]  # into its own it may put anything
            for exchange, key, copies in _ways(identity, own, kind, queues) if queues else ():
                said = _said(kind)
                forged.add(str(said.id))
                message = aio_pika.Message(
                    said.model_dump_json().encode(), message_id=str(said.id), type=kind.key(), user_id=identity,
                    headers={copied: copies, **written},
                )  # fmt: skip
                with suppress(ChannelAccessRefused):
                    await _publish(await connection.channel(), exchange, key, message)
                    got_through += 1
    async with Publisher(at.amqp_url) as root:
        for kind in victims:  # each queue has worked off what was put into it before these
            await root.publish(_said(kind))

    async def all_settled() -> bool:
        waiting = [await _kept(at, name) for name in (*RUNGS, *QUEUES)]
        return sum(waiting) == 0

    await eventually(all_settled, "end of the work on what was forged", 60)
    dead = await eventually(lambda: _dead_of(at, forged, bool(got_through)), "forged messages among the dead")
    assert not forged & set(heard.effects)
    reasons = {letter.reason for letter in dead} - {NEVER_HEARD, MOVED["x-reason"]}
    assert all(each.startswith("forged: ") for each in reasons), reasons


def _said(kind: type[Message]) -> Message:
    return planted(kind).model_copy(update={"id": uuid4()})


NEVER_HEARD = "its process died again and again while working on it"
"""What is said of what lies with the dead without a reason: put there by its producer, past every consumer."""
MOVED: dict[str, Any] = {
    "x-speaker": "notices",
    "x-attempt": -7,
    "x-reason": "none",
    "x-death": [],
    "x-first-death-queue": QUEUES[0],
}
"""What only who moves a message may write."""


def _ways(
    identity: str, own: type[Message], kind: type[Message], queues: list[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Exchange, key, and keys of copies: what somebody can try who has an identity and wants a message into queues."""
    yield own.speaker(), own.key(), [kind.key()]
    yield own.speaker(), own.key(), queues
    yield kind.speaker(), kind.key(), [kind.key()]
    yield kind.speaker(), own.key(), [kind.key()]
    yield "", queues[0], queues
    for service in {identity, "bookings"}:
        for place in (rung(1), topology.DEAD):
            yield aside(place, service), f"{service}.x", queues
            yield aside(place, service), queues[0], queues


async def _publish(channel: AbstractChannel, exchange: str, key: str, message: aio_pika.Message) -> None:
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(message, routing_key=key, mandatory=False)


async def _dead_of(at: Servers, forged: set[str], any_got_through: bool) -> list[DeadLetter]:
    """The dead, once some of what was forged is there, if any of it got past the broker at all."""
    dead = await list_dead(at.amqp("operator"))
    return dead if not any_got_through or forged & {letter.id for letter in dead} else []


@pytest.mark.parametrize("identity", [*SERVICES, *PRODUCERS])
async def test_nobody_publishes_in_anothers_name(at: Servers, identity: str) -> None:
    own = next(kind for kind in CATALOGUE.values() if should_say(identity, kind))
    for other in {*EVERYBODY, "root", "guest"} - {identity}:
        async with channel_of(at.amqp(identity)) as channel:
            with pytest.raises(ChannelPreconditionFailed):
                await _publish(channel, own.speaker(), own.key(), aio_pika.Message(b"{}", user_id=other))


async def test_who_may_say_it_is_heard_and_a_replay_of_what_is_forged_stays_forged(at: Servers, heard: Heard) -> None:
    assert all(user_of(at.amqp(service)) == service for service in SERVICES)  # so speakers are proven
    issued, decided, register = (_said(kind) for kind in (NoticeIssued, AuthoriseNotice, RegisterTaken))
    for identity, said in (("notices", issued), ("casework", decided), ("mis", register)):
        async with Publisher(at.amqp(identity)) as publisher:
            await publisher.publish(said)
        await eventually(lambda s=said: heard.of(s), f"{said.type} of {identity}")
    other_type = _said(SchoolUpdated)
    async with Publisher(at.amqp("mis")) as publisher:
        body = _said(PupilUpdated).model_dump_json().encode()
        ids: dict[str, Any] = {"message_id": str(other_type.id), "correlation_id": None}
        await publisher.publish_body(SchoolUpdated.key(), body, **ids)

    async def forged() -> list[DeadLetter]:
        dead = await list_dead(at.amqp("operator"))
        return dead if len(dead) == sum(SchoolUpdated in types for types in HEARS.values()) else []

    assert all(each.reason.startswith("forged: ") for each in await eventually(forged, "forged messages"))
    forged_id = str(uuid4())
    own_queue = queue_name("notices", AuthoriseNotice)
    async with channel_of(
        at.amqp("notices")
    ) as channel:  # by its ladder a service may put anything into its own queues
        message = aio_pika.Message(decided.model_dump_json().encode(), message_id=forged_id, user_id="notices")
        await _publish(channel, aside(rung(1), own_queue), own_queue, message)

    async def named() -> list[DeadLetter]:
        dead = await list_dead(at.amqp("operator"))
        return [each for each in dead if each.id == forged_id and each.queue.endswith(AuthoriseNotice.key())]

    await eventually(named, "forged decision among the dead")
    effects = len(heard.effects)
    assert await replay(at.amqp("operator"), {forged_id})
    [again] = await eventually(named, "the same after its replay")
    assert again.reason == "forged: notices may not say notices.authorise_notice.v1"
    assert len(heard.effects) == effects


async def _kept(at: Servers, queue: str) -> int:
    async with channel_of(at.amqp_url) as channel:
        found = await channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0


@pytest.fixture
def store(at: Servers) -> Iterator[Callable[[str], "Database[dict[str, object]]"]]:
    """The database that a name is asked for, as `identity` sees it."""
    clients: list[MongoClient[dict[str, object]]] = []

    def database(identity: str, name: str = "") -> "Database[dict[str, object]]":
        clients.append(MongoClient(at.mongo(identity), serverSelectionTimeoutMS=5000))
        return clients[-1][name or identity]

    yield database
    for each in clients:
        each.close()


def denied(attempt: Callable[[], object]) -> bool:
    """Whether MongoDB refuses for want of rights (code 13)."""
    try:
        attempt()
    except OperationFailure as error:
        return error.code == 13
    return False


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_keeps_its_own_database_and_can_drop_nothing_of_it(store, service: str) -> None:
    own = store(service)
    things = own[f"things_{uuid4().hex[:8]}"]
    things.insert_one({"_id": "a"})
    things.create_index("b")
    assert things.update_one({"_id": "a"}, {"$set": {"b": 1}}).modified_count == 1
    assert things.delete_one({"_id": "a"}).deleted_count == 1
    for what, attempt in {
        "drop a collection": things.drop,
        "drop its database": lambda: own.client.drop_database(service),
        "drop an index": lambda: things.drop_index("b_1"),
        "rename a collection": lambda: things.rename("other"),
        "rewrite a collection's rules": lambda: own.command("collMod", things.name, validator={}),
        "give itself rights": lambda: own.command("createUser", "x", pwd="x", roles=["root"]),
        "stop the server": lambda: own.client.admin.command("shutdown"),
        "reconfigure the set": lambda: own.client.admin.command("replSetGetConfig"),
        "read the log of all writes": own.client.local["oplog.rs"].find_one,
    }.items():
        assert denied(attempt), f"{service} may {what}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_no_other_database(store, service: str) -> None:
    for other in {*SERVICES, "admin"} - {service}:
        theirs = store(service, other)["things"]
        assert denied(theirs.find_one), f"{service} reads {other}"
        assert denied(lambda t=theirs: t.insert_one({})), f"{service} writes to {other}"
        assert denied(lambda t=theirs: t.delete_many({})), f"{service} removes from {other}"


def test_the_reader_reads_every_service_and_writes_nothing(store) -> None:
    for service in SERVICES:
        things = store("reader", service)["things"]
        things.find_one()
        assert denied(lambda t=things: t.insert_one({}))
        assert denied(lambda t=things: t.delete_many({}))
        assert denied(things.drop)


def test_the_reader_adds_to_the_audit_trail_and_takes_nothing_from_it(store) -> None:
    audit = store("reader", "audit")
    key = f"look-{uuid4()}"
    audit["entries"].insert_one({"_id": key})
    assert audit["entries"].find_one({"_id": key})
    for what, attempt in {
        "change an entry": lambda: audit["entries"].update_one({"_id": key}, {"$set": {"who": "nobody"}}),
        "replace an entry": lambda: audit["entries"].replace_one({"_id": key}, {}, upsert=True),
        "take an entry away": lambda: audit["entries"].delete_one({"_id": key}),
        "drop the trail": audit["entries"].drop,
        "drop its database": lambda: audit.client.drop_database("audit"),
        "write beside it": lambda: audit["other"].insert_one({}),
        "rename it": lambda: audit["entries"].rename("other"),
        "write over it": lambda: list(audit["entries"].aggregate([{"$out": "entries"}])),
        "let its entries end": lambda: audit["entries"].create_index("at", expireAfterSeconds=1),
    }.items():
        assert denied(attempt), f"the reader may {what}"


@pytest.mark.parametrize("identity", [*SERVICES, "backup"])
def test_nobody_else_writes_the_audit_trail(store, identity: str) -> None:
    assert denied(lambda: store(identity, "audit")["entries"].insert_one({}))
    assert denied(lambda: store(identity, "audit")["entries"].delete_many({}))


def test_the_backup_reads_everything_and_writes_to_no_service(store) -> None:
    for service in SERVICES:
        things = store("backup", service)["things"]
        things.find_one()
        assert denied(lambda t=things: t.insert_one({}))
        assert denied(things.drop)


def test_nobody_gets_in_without_a_password(at: Servers) -> None:
    address = at.mongo("reader").partition("@")[2].partition("/")[0]
    with MongoClient[dict[str, object]](f"mongodb://{address}/?directConnection=true") as client:
        assert denied(client.notices.things.find_one)
