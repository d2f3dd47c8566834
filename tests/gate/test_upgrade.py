"""The upgrade from the exchanges that all shared, walked on real servers as docs/operations.md says it, under load.

The version before comes from this repository's own history. While registers come, a message rests on the old ladder,
events wait in outboxes as the broker refuses them, and something lies with the dead. In the end all of it has arrived.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aio_pika
import httpx
import pytest

from deploy.local import servers as local
from deploy.local import stack as stacks
from deploy.local.half_term import half_term
from deploy.local.servers import Servers
from deploy.local.stack import Stack
from deploy.setup import rabbitmq
from services.bookings.places.hosting import meeting_of
from services.notices.store.records import CASES, PUPILS
from shared.contracts import Message
from shared.contracts.hosting import PublishMeeting, RequestBooking
from shared.contracts.mis import RegisterTaken
from shared.hearing.dead import list_dead, replay
from shared.messaging import access, topology
from shared.messaging.publisher import Publisher
from tests.desk import HOST
from tests.integration.attack.brokers import exchanges_of
from tests.system.crowd import LONG_BEFORE, command
from tests.system.living import SETTINGS, Living, expected, living_on
from tests.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
BEFORE = "83035fc"
"""The last version in which all shared the exchanges `events` and `commands`."""
A_SCHOOL, AN_ORDINARY_MORNING = "990003", datetime(2024, 11, 5, 10, tzinfo=UTC)
DELAYS = (2, 20, 60)
PACE = 0.02  # seconds between two registers
SERVICES = stacks.SERVICES

pytestmark = [pytest.mark.gate, pytest.mark.timeout(1800)]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The version before, in a folder of its own."""
    place = tmp_path / "before"
    place.mkdir()
    packed = subprocess.run(["git", "archive", BEFORE], cwd=REPOSITORY, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"the history here does not go back to {BEFORE}")
    subprocess.run(["tar", "--extract", "--directory", str(place)], input=packed.stdout, check=True)
    return place


def by_the_version_before(place: Path, words: str, *arguments: str) -> str:
    """What a few words of Python say that are run with the version before."""
    told = {**os.environ, "PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", words, *arguments], env=told, capture_output=True, text=True, check=True
    )
    return done.stdout


OLD_RIGHTS = """
import json, sys
from deploy.setup.rabbitmq import definitions
print(json.dumps(definitions(json.loads(sys.argv[1]), "root")))
"""
OLD_TOPOLOGY = """
import asyncio, json, sys
from shared.messaging import topology
asyncio.run(topology.apply(sys.argv[1], json.loads(sys.argv[2])))
"""


@pytest.fixture
def running(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack of the version before, with the rights, exchanges and queues of that version."""
    for name in ("EVERYDAY_AMQP_URL", "EVERYDAY_MONGO_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(local.containers, "unavailable", lambda: "the walk kills and changes what it runs on")
    with monkeypatch.context() as old:
        old.setattr(
            rabbitmq, "definitions",
            lambda passwords, *_: json.loads(by_the_version_before(before, OLD_RIGHTS, json.dumps(passwords))),
        )  # fmt: skip
        old.setattr(
            stacks, "_declare",
            lambda url, _: by_the_version_before(before, OLD_TOPOLOGY, url, json.dumps(DELAYS)),
        )  # fmt: skip
        ours = {
            **SETTINGS,
            "EVERYDAY_RETRY_DELAYS": json.dumps(DELAYS),
            "PYTHONPATH": str(before),
            "PYTHONSAFEPATH": "1",
        }
        with (
            local.servers(tmp_path / "servers", print) as at,
            stacks.stack(tmp_path / ".local", print, at, **ours) as up,
        ):
            yield up


@pytest.fixture
def living(running: Stack) -> Iterator[Living]:
    with living_on(running) as alive:
        yield alive


async def test_an_upgrade_from_shared_exchanges_loses_nothing_and_stands_still_nowhere(
    living: Living, running: Stack, tmp_path: Path
) -> None:
    living.set_clock(AN_ORDINARY_MORNING)
    at, half_a_term = running.servers, list(half_term(7, 150))
    random.Random(7).shuffle(half_a_term)
    first = [each for each in half_a_term if each.model_dump()["urn"] == A_SCHOOL]
    rest = [each for each in half_a_term if each not in first]
    details = {"title": "A meeting", "starts_at": living.clock.now() + LONG_BEFORE, "in_person": PLACE}
    publishing = command(living, PublishMeeting, details=details, by=HOST)
    asking = command(living, RequestBooking, meeting=meeting_of(publishing), person=SOMEBODY, urn="801901")

    refuse_events_of_notices(at)
    await say(at, "mis", first, old_ways=True)
    await say(at, "casework", [asking], old_ways=True)
    await say_nonsense(at)
    await eventually(lambda: waiting_in(at, *(f"retry.{each}s" for each in DELAYS)), "message on the old ladder")
    await eventually(lambda: parked(at), "nonsense with the dead")
    await eventually(lambda: in_outboxes(living), "event that the broker does not take")

    async with coming(at, rest) as senders_speak_on_their_own:
        grant(at, tmp_path, old_ways=True, late="notices")  # step 1
        await topology.apply(at.amqp("topology"), DELAYS, old_ways=True)
        await replace(running, "notices", "said")
        grant(at, tmp_path, old_ways=True)
        await eventually(lambda: told_of_cases(living), "event of a new service that an old one hears")
        for name in SERVICES[1:]:
            await replace(running, name, "said")
        await say(at, "casework", [publishing], old_ways=True)
        for name in SERVICES:  # step 2
            await replace(running, name, "heard")
        senders_speak_on_their_own.set()  # step 3
    await eventually(lambda: nothing_waits(at), "end of what waits", 120)
    for name in SERVICES:  # step 4
        await replace(running, name, None)
    grant(at, tmp_path, old_ways=False)
    assert await topology.retire(at.amqp("topology"), DELAYS) == []

    await eventually(lambda: all_has_arrived(living, half_a_term, asking), "end of the same as without an upgrade", 120)
    assert await replay(at.amqp("operator")) == 1
    assert await eventually(lambda: parked(at), "nonsense with the dead again") == ["notices.mis.register_taken.v1"]
    forged = [line for lines in living.logs().values() for line in lines if line["event"] == "message_forged"]
    assert not forged
    assert not {*topology.OLD_WAYS, "retry.2s.notices"} & set(exchanges_of(at))


PLACE = {"place": "Hub", "capacity": 5}
SOMEBODY = {"name": "Sam Rix", "email": "sam.rix@school.example.org"}


def refuse_events_of_notices(at: Servers) -> None:
    """As when a right comes late: what `notices` says stays in its outboxes."""
    assert at.rabbitmq is not None
    at.rabbitmq.ctl("set_topic_permissions", "notices", "events", "^$", "^$")


def grant(at: Servers, folder: Path, *, old_ways: bool, late: str = "") -> None:
    """Everybody's rights, as the operator's resources give them; those on keys come late to one."""
    assert at.rabbitmq is not None
    rights = access.broker(old_ways=old_ways)
    held = [
        {"user": name, "vhost": "/", "configure": each.configure, "write": each.write, "read": each.read}
        for name, each in rights.items()
    ]
    topics = [
        {"user": name, "vhost": "/", "exchange": exchange, "write": written, "read": read}
        for name, each in rights.items()
        for exchange, written, read in each.topics()
        if name != late
    ]
    file = folder / "rights.json"
    file.write_text(json.dumps({"permissions": held, "topic_permissions": topics}))
    at.rabbitmq.ctl("import_definitions", str(file))


async def say(at: Servers, identity: str, messages: Sequence[Message], *, old_ways: bool) -> None:
    async with Publisher(at.amqp(identity), old_ways=old_ways) as publisher:
        for message in messages:
            await publisher.publish(message)


async def say_nonsense(at: Servers) -> None:
    async with await aio_pika.connect(at.amqp("mis")) as connection:
        channel = await connection.channel()
        events = await channel.get_exchange("events", ensure=False)
        nonsense = aio_pika.Message(b'{"urn": 1}', message_id=str(uuid4()), user_id="mis")
        await events.publish(nonsense, RegisterTaken.key())


@asynccontextmanager
async def coming(at: Servers, messages: Sequence[Message]) -> AsyncIterator[asyncio.Event]:
    """Registers come all the while, on the exchange that all share until the senders are told to speak on their own."""
    own = asyncio.Event()

    async def send() -> None:
        async with (
            Publisher(at.amqp("mis"), old_ways=True) as before,
            Publisher(at.amqp("mis")) as after,
        ):
            for number, message in enumerate(messages):
                await (after if own.is_set() else before).publish(message)
                if number < len(messages) * 3 // 4:
                    await asyncio.sleep(PACE)
                else:
                    await own.wait()

    sending = asyncio.create_task(send())
    yield own
    await sending


async def replace(running: Stack, name: str, old_ways: str | None) -> None:
    """Stop a service of one version, and have it started as this one; what it works on goes back into its queue."""
    part = running.parts[name]
    ours = {k: v for k, v in part.environment.items() if k not in {"PYTHONSAFEPATH", "EVERYDAY_OLD_WAYS"}}
    part.environment = {**ours, "PYTHONPATH": str(REPOSITORY), **({"EVERYDAY_OLD_WAYS": old_ways} if old_ways else {})}
    starts = part.starts
    assert part.process is not None
    part.process.terminate()

    async def ready() -> bool:
        if part.starts == starts:
            return False
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{running.http[name]}/ready")).is_success
        except httpx.HTTPError:
            return False

    await eventually(ready, f"{name} that is ready, {old_ways or 'as it stays'}", 60)


async def waiting_in(at: Servers, *queues: str) -> int:
    async with Publisher(at.amqp_url) as publisher:
        return sum(count for count, _ in (await publisher.look_at(queues)).values())


async def nothing_waits(at: Servers) -> bool:
    """Neither in a queue nor on a ladder, old or new."""
    queues = [topology.queue_name(service, kind) for service, heard in topology.HEARS.items() for kind in heard]
    ladders = [topology.aside(topology.rung(each), service) for each in DELAYS for service in SERVICES]
    return not await waiting_in(at, *queues, *ladders, *(f"retry.{each}s" for each in DELAYS))


async def parked(at: Servers) -> list[str]:
    return [letter.queue for letter in await list_dead(at.amqp("operator"))]


async def in_outboxes(living: Living) -> bool:
    unsaid = {"outbox.id": {"$exists": True}}
    return any([await living.documents("notices", name, unsaid) for name in (PUPILS, CASES)])


async def told_of_cases(living: Living) -> set[str]:
    """The cases of which somebody is told."""
    return {
        each["about"] for each in await living.documents("notifications", "deliveries") if each["about"][:2] == "C-"
    }


async def all_has_arrived(living: Living, messages: Sequence[Message], asking: RequestBooking) -> bool:
    """Every pupil's evidence is what the messages say, everybody who is to be told was, and nothing is left to say."""
    should = expected(messages)
    if await living.evidence(should) != should or await in_outboxes(living):
        return False
    cases = {case["upn"]: case["_id"] for case in await living.documents("notices", "cases")}
    told = await told_of_cases(living)
    booked = await living.documents("bookings", "bookings", {"meeting": asking.meeting})
    return set(should) <= set(cases) and {cases[upn] for upn in should} <= told and len(booked) == 1
