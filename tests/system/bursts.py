"""Answers in bursts, with duplicates, while the surveys service is killed; and what must come of it."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import aio_pika

from services.surveys.questionnaire.document import canonical
from services.surveys.settings import terms
from services.surveys.store import records
from services.surveys.store.box import Box
from services.surveys.store.reading import Reading
from shared.contracts import Message
from shared.contracts.surveys import (
    Invite,
    PublishResults,
    PublishSurvey,
    ResponseAccepted,
    SubmitResponse,
)
from shared.identity import derived_reference
from tests.surveying import message, school_of, survey
from tests.system.living import Living
from tests.waiting import eventually

OPENS = datetime(2024, 4, 30, 9, tzinfo=UTC)
CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)
WORDS = ("yes", "nearly", "no")


@dataclass
class Burst:
    """A survey with invited schools; what was sent, and who sent nothing."""

    living: Living
    schools: int
    mode: str
    chance: random.Random
    reference: str = ""
    sent: dict[str, list[SubmitResponse]] = field(default_factory=dict)
    """By invitation."""

    async def open(self) -> None:
        self.living.set_clock(OPENS)
        before = await self._count(records.SCHOOLS)
        await self.living.feed([school_of(number) for number in range(self.schools)])
        document = survey(mode=self.mode)
        command = message(PublishSurvey, self.living.clock.now(), document=canonical(document))
        self.reference = derived_reference("S", command.id)
        await self.living.feed([command])
        await self._until(lambda: self._has("surveys", {"_id": self.reference, "state": "open"}, 1), "an open survey")
        urns = [school_of(number).urn for number in range(self.schools)]
        assert before <= self.schools
        await self._until(lambda: self._has(records.SCHOOLS, {"_id": {"$in": urns}}, self.schools), "the schools")
        for start in range(0, len(urns), 4000):
            audience = {"urns": urns[start : start + 4000]}
            facts = {"survey": self.reference, "schools": audience}
            await self.living.feed([message(Invite, self.living.clock.now(), **facts)])
        await self._until(lambda: self._has(records.INVITATIONS, {}, self.schools), "the invitations")

    async def send(self, kills: int) -> int:
        """Most schools answer, some of them differently twice, a third of everything again; returns the kills."""
        now = self.living.clock.now()
        found = await self._documents(records.INVITATIONS)
        for document in found:
            if self.chance.random() < 0.9:
                times = 1 + (self.chance.random() < 0.2)
                self.sent[document["_id"]] = [self._answer(document["_id"], now) for _ in range(times)]
        told = [each for several in self.sent.values() for each in several]
        told += self.chance.sample(told, len(told) // 3)
        self.chance.shuffle(told)
        fed = asyncio.create_task(self._feed(told))
        done = 0
        while not fed.done() or done < kills:
            await asyncio.sleep(self.chance.uniform(0.2, 0.8))  # a moment by chance, not a condition
            if done < kills:
                self.living.stack.parts["surveys"].kill()
                done += 1
        await fed
        answered = {"state": {"$in": ["boxed", "answered"]}}
        await self._until(lambda: self._has(records.INVITATIONS, answered, len(self.sent)), "the answers")
        return done

    async def close(self) -> None:
        """Let the window pass, and every box be emptied."""
        self.living.set_clock(CLOSES + timedelta(minutes=31))
        await self._until(lambda: self._has("surveys", {"_id": self.reference, "tidied": True}, 1), "a settled survey")
        await self._until(lambda: self._has(records.INVITATIONS, {"state": "boxed"}, 0), "empty boxes")

    async def publish(self) -> tuple[dict[str, Any], float]:
        """The published results, and the seconds that they took."""
        started = time.monotonic()
        facts = {"survey": self.reference, "tell": False}
        await self.living.feed([message(PublishResults, self.living.clock.now(), **facts)])
        published = {"_id": self.reference, "publications": 1}
        await eventually(lambda: self._has("surveys", published, 1), "results", within=60)
        took = time.monotonic() - started
        async with self.living.store("surveys") as store:
            reading = Reading(store, terms(None), self.living.clock)
            return await reading.results(await reading.running(self.reference), now=False), took

    async def each_school_has_answered_once(self) -> None:
        """The stored answers are exactly one of each school that sent any, with the words of that one."""
        invitations = {each["_id"]: each for each in await self._documents(records.INVITATIONS)}
        assert {key for key, each in invitations.items() if each["state"] == "answered"} == set(self.sent)
        box = Box(self.living.stack.parts["surveys"].environment["EVERYDAY_ADDRESS_KEY"])
        remembered = box.known_as if self.mode == "anonymous" else lambda submission: submission
        accepted = {key: UUID(invitations[key]["submission"]) for key in self.sent}
        words = Counter()
        for key, submission in accepted.items():
            [command] = [each for each in self.sent[key] if remembered(each.submission) == submission]
            words[str(command.answers["ready"])] += 1
            if self.mode != "anonymous":
                assert invitations[key]["answer"]["answers"] == command.answers
        if self.mode == "anonymous":
            kept = Counter(each["answers"]["ready"] for each in await self._documents(records.ANSWERS))
            assert kept == words
        async with self.living.store("surveys") as store:
            reading = Reading(store, terms(None), self.living.clock)
            rates = await reading.rates(await reading.running(self.reference))
        assert rates.total == (self.schools, len(self.sent))
        for dimension in ("district", "phase"):
            for name, invited, answered in rates.of(dimension):
                mine = [key for key, each in invitations.items() if each[dimension] == name]
                assert (invited, answered) == (len(mine), len(set(mine) & set(self.sent)))

    def _answer(self, invitation: str, now: datetime) -> SubmitResponse:
        facts = {"invitation": invitation, "submission": uuid4(), "answers": {"ready": self.chance.choice(WORDS)}}
        return message(SubmitResponse, now, **facts, minutes=self.chance.randint(1, 15))

    async def _feed(self, told: Sequence[Message]) -> None:
        for start in range(0, len(told), 2000):
            await self.living.feed(told[start : start + 2000])

    async def _until(self, reached: Callable[[], Any], what: str) -> None:
        await eventually(reached, what, within=60 + self.schools / 40)

    async def _has(self, collection: str, query: dict[str, Any], count: int) -> bool:
        mine = {} if collection in ("surveys", records.SCHOOLS) else {"survey": self.reference}
        async with self.living.store("surveys") as store:
            return await store[collection].count({**mine, **query}) == count

    async def _count(self, collection: str) -> int:
        async with self.living.store("surveys") as store:
            return await store[collection].count({"_id": {"$gte": "100000", "$lt": f"{100_000 + self.schools}"}})

    async def _documents(self, collection: str) -> list[dict[str, Any]]:
        return await self.living.documents("surveys", collection, {"survey": self.reference})


@asynccontextmanager
async def acceptances(living: Living) -> AsyncIterator[Callable[[], Any]]:
    """Hears every acceptance that is said; gives the ids of those heard so far."""
    connection = await aio_pika.connect(living.stack.amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(ResponseAccepted.speaker(), routing_key=ResponseAccepted.key())
        heard: set[str] = set()

        async def hear(raw: aio_pika.abc.AbstractIncomingMessage) -> None:
            heard.add(str(raw.message_id))

        await queue.consume(hear, no_ack=True)
        yield lambda: heard
