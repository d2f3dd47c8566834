"""Nobody is named in anything that a running system writes down or shows beside its stores: canaries are looked for.

Every text of every message from outside is one, in valid messages and in broken ones; some are processed, some refused,
some parked, some while the stores are down. Then everything that can be read without asking a store is read.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import aio_pika
import httpx
import pytest

from deploy.local.stack import SERVICES, stack
from services.bookings.places.hosting import meeting_of
from shared.contracts import CATALOGUE, Message
from shared.contracts.hosting import PublishMeeting
from shared.contracts.mis import PupilUpdated, SchoolUpdated
from shared.messaging.publisher import Publisher
from shared.messaging.topology import DEAD, HEARS, back, queue_name
from shared.time.clock import LONDON
from tests.making import register, school_days
from tests.system import canaries
from tests.system.canaries import MARK, PUPIL, broken, commands_and_events_from_outside, planted
from tests.system.living import SETTINGS, Living, folder_of, living_on
from tests.system.test_surveys import CODE, WHO
from tests.waiting import eventually

URN = "123777"


@pytest.fixture
def chatty(tmp_path: Path) -> Iterator[Living]:
    """A stack that says everything it has to say."""
    with (
        stack(folder_of(tmp_path), print, **SETTINGS, EVERYDAY_LOG_LEVEL="DEBUG") as running,
        living_on(running) as living,
    ):
        yield living


async def test_at_the_level_of_production_no_canary_is_found(living: Living) -> None:
    await _live(living)
    found = await _found(living)
    await _bury(living)
    assert found == {}


async def test_at_debug_while_broker_and_store_are_killed_no_canary_is_found(chatty: Living) -> None:
    servers = [each for each in (chatty.stack.servers.rabbitmq, chatty.stack.servers.mongodb) if each is not None]
    await chatty.feed(_family())
    for server in servers:
        server.kill()
    for server in servers:
        server.start(wait=False)
    for server in servers:
        server.await_ready()
    await _live(chatty)
    found = await _found(chatty)
    lines = [line for each in chatty.logs().values() for line in each]
    assert {"debug", "info", "warning", "error"} <= {line["level"] for line in lines}
    assert found == {}


def test_the_search_finds_a_canary_wherever_one_is() -> None:
    texts = {"a": f"…{MARK.lower()}…", "b": f'{{"upn":"{PUPIL}"}}', "c": "nothing"}
    assert _hits(texts) == {"a": [MARK], "b": [PUPIL]}


def _family() -> list[Message]:
    week = school_days(datetime(2024, 9, 9).date(), 5)  # noqa: DTZ001 - a date
    marks = [
        register(day, {PUPIL: "G"}, session=half, urn=URN, group=f"{MARK} group")
        for day in week
        for half in ("AM", "PM")
    ]
    return [
        planted(SchoolUpdated, urn=URN),
        planted(PupilUpdated, urn=URN, on_roll_from=None, left_on=None, looked_after=None),
        *marks,
    ]


async def _live(living: Living) -> None:
    """A case with its letter, every command there is on it, and everything that is wrong."""
    living.set_clock(datetime(2024, 9, 23, 10, tzinfo=LONDON))
    await living.feed(_family())
    await eventually(lambda: living.has_case(PUPIL), "case", 60)
    story = await living.story(PUPIL)
    await living.fail_next_letters("500")
    await living.authorise(story, "p-1")
    notice = await living.notice(story["case"], "p-1", "issued")
    living.set_clock(datetime(2024, 9, 23, 12, tzinfo=LONDON))
    await living.accepted(notice["notice"])
    meeting = planted(PublishMeeting)
    await living.feed([meeting])
    autumn = living.stack.folder.parent / "autumn.yaml"
    autumn.write_text(CODE.read_text().replace("2024-04-30", "2024-09-20").replace("2024-05-17", "2024-10-18"))
    survey = _everyday(living.stack.folder.parent, ["surveys", "publish", str(autumn), *WHO]).split()[0]
    about = {
        "urn": URN,
        "case": story["case"],
        "notice": notice["notice"],
        "meeting": meeting_of(meeting),
        "survey": survey,
    }
    before = await _parked(living)
    await living.feed([planted(kind, **about) for kind in commands_and_events_from_outside()])
    wrong = await _feed_what_is_wrong(living)

    async def all_parked() -> bool:
        return await _parked(living) >= before + wrong

    await eventually(all_parked, f"{wrong} parked messages", 60)


async def _feed_what_is_wrong(living: Living) -> int:
    """Broken bodies into every queue, with canaries for ids, type and headers too; returns how many will be parked."""
    count = 0
    async with Publisher(living.stack.amqp) as publisher:
        for service, messages in HEARS.items():
            for kind in messages:
                for body in broken(CATALOGUE[kind.key()]):
                    queue = queue_name(service, kind)
                    await publisher.move(back(queue), queue, _disguised(body, kind.key()))
                    count += 1
        valid = planted(PupilUpdated, urn=URN, id=uuid4()).model_dump_json().encode()
        await publisher.move("mis", PupilUpdated.key(), _disguised(valid, PupilUpdated.key()))
    return count


def _disguised(body: bytes, kind: str) -> aio_pika.Message:
    headers = {"x-reason": MARK, "x-queue": MARK, MARK: MARK, "cloudEvents:subject": MARK, "traceparent": MARK}
    return aio_pika.Message(
        body, headers=headers, message_id=MARK, correlation_id=f"{MARK} {PUPIL}", type=kind, app_id=MARK,
        reply_to=MARK, content_type="application/json", delivery_mode=2,
    )  # fmt: skip


async def _found(living: Living) -> dict[str, list[str]]:
    """Where which canaries are, in everything that is written down or shown."""
    stack_ = living.stack
    texts = {path.name: path.read_text(errors="replace") for path in stack_.logs.iterdir()}
    for path in (stack_.folder / "servers").glob("*/log"):
        texts[f"{path.parent.name} log"] = path.read_text(errors="replace")
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            for page in ("metrics", "ready", "live"):
                texts[f"{name}/{page}"] = (await client.get(f"{stack_.http[name]}/{page}")).text
    case = (await living.story(PUPIL))["case"]
    for words in (
        ["dead", "list"],
        ["trace", case],
        ["trace", case, "--json"],
        ["logs", "--level", "warning"],
    ):
        texts[" ".join(words)] = _everyday(stack_.folder.parent, words)
    assert case in texts[f"trace {case}"]
    assert len(texts["dead list"].splitlines()) > 100
    assert "everyday_messages_total" in texts["notices/metrics"]
    return _hits(texts)


def _hits(texts: dict[str, str]) -> dict[str, list[str]]:
    hits = {where: [each for each in canaries.TRACES if each.lower() in text.lower()] for where, text in texts.items()}
    return {where: found for where, found in hits.items() if found}


def _everyday(folder: Path, words: Sequence[str]) -> str:
    command = [sys.executable, "-m", "services.cli", *words]
    environment = {**os.environ, "COLUMNS": "1000", "PYTHONPATH": os.getcwd()}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


async def _parked(living: Living) -> int:
    async with Publisher(living.stack.amqp) as publisher:
        return (await publisher.look_at([DEAD]))[DEAD][0]


async def _bury(living: Living) -> None:
    """Take away what was parked here: the stack is not ours alone."""
    connection = await aio_pika.connect(living.stack.amqp)
    async with connection:
        await (await (await connection.channel()).get_queue(DEAD)).purge()
