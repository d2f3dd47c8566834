"""Every service's consumers, built as the services build theirs. What reaches a handler would have had an effect."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from faststream.rabbit import RabbitRouter

from deploy.local.servers import Servers
from shared.contracts import Message
from shared.contracts.mis import RegisterTaken
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.recovery import REASON, Recovery, middleware
from shared.messaging.failures import NotYetKnown
from shared.messaging.feeds import Feeds
from shared.messaging.publisher import Publisher
from shared.messaging.speakers import Speakers
from shared.messaging.topology import DEAD, HEARS, aside, queue_name, rung
from shared.running.service import consumer, listen
from shared.running.settings import Settings
from tests.integration.attack.brokers import DELAYS
from tests.integration.attack.who_may import ARBOR, ARBORS, MIS, SERVICES, speaker_of
from tests.system.canaries import planted
from tests.waiting import eventually

FEEDS = Feeds({MIS: "all", ARBOR: frozenset({ARBORS})})
QUEUES = sorted(queue_name(service, kind) for service, heard in HEARS.items() for kind in heard)
RUNGS = [aside(rung(seconds), service) for seconds in DELAYS for service in SERVICES]


@dataclass(frozen=True)
class Parked:
    """What lies with the dead: who put it there, by which way, and what it says of the reason."""

    by: str
    exchange: str
    reason: str


@dataclass
class Defence:
    """What the services' handlers saw, and what was parked, by the id of the message."""

    at: Servers
    seen: dict[str, dict[str, Message]] = field(default_factory=lambda: defaultdict(dict))
    """By id, the queues in which a handler saw it."""
    parked: dict[str, list[Parked]] = field(default_factory=lambda: defaultdict(list))
    fails_once: set[tuple[str, str]] = field(default_factory=set)
    """Ids that the handler of a queue refuses at the first attempt, so that they walk the ladder."""

    def handled(self, queue: str, said: Message) -> None:
        if (str(said.id), queue) in self.fails_once:
            self.fails_once.remove((str(said.id), queue))
            raise NotYetKnown("it is tried again")
        self.seen[str(said.id)][queue] = said

    async def parks(self, raw: AbstractIncomingMessage) -> None:
        why = str(raw.headers.get(REASON, ""))
        self.parked[raw.message_id or ""].append(Parked(raw.user_id or "", raw.exchange or "", why))

    async def fence(self, but: str = "") -> list[str]:
        """Have the rightful speaker of each type say it, and wait until everybody heard it; returns the ids.

        A queue keeps order, so what came into it before is worked off. One type of each service but `but`, which may
        have jammed its own, walks the ladder as well.
        """
        said = {kind: good(kind) for kind in {kind for heard in HEARS.values() for kind in heard}}
        first = {queue_name(service, heard[0]): said[heard[0]] for service, heard in HEARS.items() if service != but}
        async with AsyncExitStack() as stack:
            speakers = {speaker_of(kind) for kind in said}
            by = {each: await stack.enter_async_context(Publisher(self.at.amqp(each))) for each in sorted(speakers)}
            self.fails_once |= {(str(message.id), queue) for queue, message in first.items()}
            for kind, message in said.items():
                await by[speaker_of(kind)].publish(message)
        expected = {queue_name(service, kind): said[kind] for service, heard in HEARS.items() for kind in heard}

        async def all_heard() -> bool:
            return all(queue in self.seen[str(message.id)] for queue, message in expected.items())

        await eventually(all_heard, "good message in each queue", 60)
        return [str(message.id) for message in said.values()]

    async def rests_nothing(self, but: Iterable[str] = ()) -> None:
        """Wait until nothing rests on any service's ladder."""
        async with await aio_pika.connect(self.at.amqp_url) as connection:
            channel = await connection.channel()

            async def empty() -> bool:
                return not sum([await _waiting(channel, name) for name in RUNGS if name not in but])

            await eventually(empty, "end of the rest on the ladder")


def good(kind: type[Message], **known: Any) -> Message:
    """A valid message with an id of its own."""
    return planted(kind, **known).model_copy(update={"id": uuid4()})


@asynccontextmanager
async def defended(at: Servers) -> AsyncIterator[Defence]:
    """All services' consumers at work, each with its own identity, and whatever is parked is taken note of."""
    defence = Defence(at)
    async with AsyncExitStack() as stack:
        for service, types in HEARS.items():
            url = at.amqp(service)
            publisher = await stack.enter_async_context(Publisher(url))
            recovery = Recovery(publisher, DELAYS, Speakers(service, publisher.user, feeds=FEEDS))
            router = RabbitRouter()
            for kind in types:
                if kind is RegisterTaken:  # on the bulk path, as in the service
                    bulk = BulkConsumer(service, Bulk(kind, _takes_all(defence, queue_name(service, kind))), recovery)
                    await bulk.start(url)
                    stack.push_async_callback(bulk.stop)
                else:
                    listen(router, service, kind)(_takes(defence, queue_name(service, kind), kind))
            broker = consumer(Settings(amqp_url=url, mongo_url=""), [middleware(recovery)])
            broker.include_router(router)
            await broker.start()
            stack.push_async_callback(broker.stop)
        connection = await stack.enter_async_context(await aio_pika.connect(at.amqp_url))
        channel = await connection.channel()
        dead = await channel.get_queue(DEAD, ensure=False)
        await dead.consume(defence.parks, no_ack=True)
        yield defence


def _takes(defence: Defence, queue: str, kind: type[Message]) -> Callable[[Message], Awaitable[None]]:
    async def take(said: Message) -> None:
        defence.handled(queue, said)

    take.__annotations__["said"] = kind
    return take


def _takes_all(defence: Defence, queue: str) -> Callable[[list[Any]], Awaitable[None]]:
    async def take(batch: list[Any]) -> None:
        for said in batch:
            defence.handled(queue, said)

    return take


async def _waiting(channel: AbstractChannel, queue: str) -> int:
    found = await channel.declare_queue(queue, passive=True)
    return found.declaration_result.message_count or 0
