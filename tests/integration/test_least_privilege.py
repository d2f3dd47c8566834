"""Every identity attacks: at every exchange, by every property and header that can carry a key, a speaker or a way.

RabbitMQ refuses much of it, or leads it nowhere. What gets through is judged by its effect on consumers that are built
as the services build theirs: no handler sees it, it lies with the dead as forged, and nothing good is held up or lost.
All of it on every RabbitMQ that can be had: the one that is installed, and those that `make rabbitmq-4` brings.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import aio_pika
import aiormq
import pytest
from pamqp import commands

from deploy.local.servers import Servers
from shared.contracts import Message
from shared.contracts.casework import AuthoriseNotice
from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.contracts.notices import NoticeIssued
from shared.messaging.publisher import Publisher
from shared.messaging.topology import DEAD, HEARS, aside, queue_name, rung
from tests.integration.attack import ways
from tests.integration.attack.attacker import Made, attempt_all
from tests.integration.attack.brokers import DELAYS, ROOTS, exchanges_of, rabbitmq_of
from tests.integration.attack.defence import Defence, Parked, defended, good
from tests.integration.attack.ways import Attempt
from tests.integration.attack.who_may import ARBOR, ARBORS, EVERYBODY, MIS, SERVICES, speaker_of
from tests.waiting import eventually

Report = Callable[[str, object], None]


@pytest.fixture(scope="module", params=sorted(ROOTS))
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with rabbitmq_of(request.param, folder) as servers:
        yield servers


@pytest.fixture(scope="module")
async def defence(at: Servers) -> AsyncIterator[Defence]:
    async with defended(at) as working:
        yield working


@pytest.fixture(scope="module")
def exchanges(at: Servers) -> list[str]:
    return exchanges_of(at)


async def attacks(at: Servers, identity: str, exchanges: list[str]) -> dict[Attempt, Made]:
    """Everything that an identity can try at every exchange: all tricks wherever one message is not refused."""
    url = at.amqp(identity)
    made = await attempt_all(url, (each for name in exchanges for each in ways.at_a_closed_door(identity, name)))
    for name in sorted({each.exchange for each, answer in made.items() if answer != "refused"}):
        made |= await attempt_all(url, ways.everything_at(identity, name))
        made |= await attempt_all(url, ways.everything_to_all(identity, name))
        made |= await attempt_all(url, ways.every_type_at(identity, name))
    return made


@pytest.mark.parametrize("identity", [*EVERYBODY, ARBOR])
async def test_no_forgery_of_any_identity_has_any_effect(
    at: Servers, defence: Defence, exchanges: list[str], identity: str, record_property: Report
) -> None:
    assert {"", "amq.topic", "mis", "return.notices", "dead.notices"} <= set(exchanges)
    made = await attacks(at, identity, exchanges)
    await judge(defence, identity, made)
    record_property("attempts", tell(identity, made, defence))


async def judge(defence: Defence, identity: str, made: dict[Attempt, Made]) -> None:
    """Nothing that was forged has an effect, all of it that got through is with the dead, and nothing else is."""
    routed = [each for each, answer in made.items() if answer == "routed" and not believed(identity, each)]
    await defence.rests_nothing()
    fences = await defence.fence()
    own = f"{identity}."

    async def all_accounted_for() -> bool:
        return all(each.id in defence.parked or in_own(defence, each, own) for each in routed)

    await eventually(all_accounted_for, "end of each forgery that got through", 60)
    for each in made:
        reached = {queue for queue in defence.seen.get(each.id, {}) if not queue.startswith(own)}
        assert not reached or believed(identity, each), f"{identity} was heard in {reached}: {each}"
        assert all(told_truly(identity, parked) for parked in defence.parked.get(each.id, ())), defence.parked[each.id]
    assert not any(fence in defence.parked for fence in fences)


def believed(identity: str, each: Attempt) -> bool:
    """Who brings messages back is believed about who said them first: there is nobody else to ask."""
    return identity == "operator" and each.exchange.startswith("return.") and "x-speaker" in each.headers


def in_own(defence: Defence, each: Attempt, own: str) -> bool:
    """A service can put anything into queues of its own, by its ladder: nobody else hears it there."""
    return bool(each.id in defence.seen and all(queue.startswith(own) for queue in defence.seen[each.id]))


def told_truly(identity: str, parked: Parked) -> bool:
    """A service that parks says: forged. What the broker or the attacker itself put there, nobody has judged yet."""
    return parked.reason.startswith("forged: ") or parked.by in {identity, ""} or parked.exchange == DEAD


def tell(identity: str, made: dict[Attempt, Made], defence: Defence) -> str:
    counts = Counter(made.values())
    parked = sum(each.id in defence.parked for each in made)
    return (
        f"{identity}: {len(made)} attempts, {counts['refused']} refused, {counts['led nowhere']} led nowhere, "
        f"{counts['routed']} routed, {parked} of them with the dead"
    )


async def test_a_schools_system_is_heard_for_its_own_schools_only_however_it_names_one(
    at: Servers, defence: Defence
) -> None:
    made = await attempt_all(at.amqp(ARBOR), ways.another_school())
    assert set(made.values()) == {"routed"}
    own = [good(kind, urn=ARBORS) for kind in ways.HEARD if speaker_of(kind) == MIS]
    async with Publisher(at.amqp(ARBOR)) as publisher:
        for said in own:
            await publisher.publish(said)
    await defence.fence()

    async def answered() -> bool:
        return all(
            str(each) in {*defence.seen, *defence.parked} for each in [*(a.id for a in made), *(s.id for s in own)]
        )

    await eventually(answered, "answer to each")
    for each in made:
        for queue, said in defence.seen.get(each.id, {}).items():
            assert said.model_dump()["urn"] == ARBORS, f"{queue} heard {each.body!r}"
    assert all(str(said.id) in defence.seen for said in own)


class Raw(commands.Basic.Properties):
    """Properties of which some are given as the bytes that they are on the wire."""

    def encode_property(self, name: str, value: object) -> bytes:
        return bytes(value) if isinstance(value, bytearray) else super().encode_property(name, value)


NOBODY_CAN_READ = {
    "timestamp": bytearray((2**63).to_bytes(8, "big")),
    "message_type": bytearray(b"\x02\xff\xfe"),
    "correlation_id": bytearray(b"\x02\xff\xfe"),
    "headers": bytearray(b"\x00\x00\x00\x0b\x01aT" + (2**63).to_bytes(8, "big")),
}
NOBODY_CAN_WRITE_AGAIN = {"headers": bytearray(b"\x00\x00\x00\x09\x01aS\x00\x00\x00\x02\xff\xfe")}


@pytest.mark.parametrize("by", [MIS, None], ids=["said by who may", "forged"])
async def test_a_message_that_nobody_can_read_or_write_again_holds_up_nothing(
    at: Servers, defence: Defence, by: str | None
) -> None:
    sent = []
    async with await aiormq.connect(at.amqp(MIS)) as connection:
        channel = await connection.channel()
        for kind in (RegisterTaken, SchoolUpdated):
            for name, value in [*NOBODY_CAN_READ.items(), *NOBODY_CAN_WRITE_AGAIN.items()]:
                said = good(kind)
                properties = Raw(message_id=str(said.id), user_id=by, content_type="application/json")
                setattr(properties, name, value)
                body = said.model_dump_json().encode()
                await channel.basic_publish(body, exchange=MIS, routing_key=kind.key(), properties=properties)
                sent.append(str(said.id))
    await defence.fence()

    async def answered() -> bool:
        return all(each in (defence.seen if by else defence.parked) for each in sent)

    await eventually(answered, "answer to each")


@pytest.mark.parametrize("service", SERVICES)
async def test_what_has_no_way_back_from_the_ladder_is_parked_and_holds_up_nothing(
    at: Servers, defence: Defence, service: str
) -> None:
    """As after a queue was taken down whose messages rest: RabbitMQ keeps what it cannot hand on, 32 at most."""
    gone, resting = f"{service}.gone", aside(rung(DELAYS[0]), service)
    left = [str(uuid4()) for _ in range(40)]
    async with await aio_pika.connect(at.amqp_url) as connection:
        channel = await connection.channel()
        await (await channel.get_queue(resting, ensure=False)).bind(resting, gone)
        way = await channel.get_exchange(resting, ensure=False)
        await asyncio.gather(*(way.publish(aio_pika.Message(b"{}", message_id=each), gone) for each in left))
    await defence.fence()

    async def parked() -> bool:
        return all(each in defence.parked for each in left)

    await eventually(parked, "messages without a way back among the dead")


async def test_who_may_say_it_is_heard_and_what_is_forged_is_forged_again_when_it_is_brought_back(
    at: Servers, defence: Defence
) -> None:
    said: dict[str, Message] = {
        "notices": good(NoticeIssued),
        "casework": good(AuthoriseNotice),
        MIS: good(RegisterTaken),
    }
    for identity, message in said.items():
        async with Publisher(at.amqp(identity)) as publisher:
            await publisher.publish(message)
    forged = good(AuthoriseNotice)
    queue = queue_name("notices", AuthoriseNotice)
    body = forged.model_dump_json().encode()
    async with Publisher(at.amqp("operator")) as operator:
        for claimed in ("finance", ""):
            moved = aio_pika.Message(body, message_id=str(forged.id), headers={"x-speaker": claimed})
            await operator.move("return.notices", queue, moved)

    async def done() -> bool:
        return all(str(each.id) in defence.seen for each in said.values()) and len(defence.parked[str(forged.id)]) == 2

    await eventually(done, "good messages heard, and the forged ones parked")
    assert {each.reason for each in defence.parked[str(forged.id)]} == {
        "forged: finance may not say notices.authorise_notice.v1",
        "forged: it has no user_id: who publishes it is not proven",
    }
    assert str(forged.id) not in defence.seen


async def test_both_defences_hold_alone(
    at: Servers, defence: Defence, exchanges: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumers', where every exchange leads to every queue; and RabbitMQ's, where consumers doubt nothing."""
    doubt = "shared.messaging.speakers.Speakers.doubt"
    with monkeypatch.context() as patch:
        patch.setattr(doubt, lambda *_: "")
        await judge(defence, "finance", await attacks(at, "finance", exchanges))
    async with await aio_pika.connect(at.amqp_url) as connection:
        channel = await connection.channel()
        queues = [(queue_name(service, kind), kind) for service, heard in HEARS.items() for kind in heard]
        wrong = [(queue, "finance", kind.key()) for queue, kind in queues if speaker_of(kind) != "finance"]
        for queue, exchange, key in wrong:
            await (await channel.get_queue(queue, ensure=False)).bind(exchange, key)
        await judge(defence, "finance", await attacks(at, "finance", exchanges))
        for queue, exchange, key in wrong:
            await (await channel.get_queue(queue, ensure=False)).unbind(exchange, key)
