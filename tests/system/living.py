"""The whole stack as tests live with it: fed, asked, moved through time, and hurt."""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.local.stack import Stack
from services.notices.asking.explain import Explain, NoSuchStory
from services.notices.attendance.evidence import evidence, evidence_hash
from services.notices.attendance.marks import Mark, Statement, makes_weeks, merge, slot, statements, winners
from services.notices.attendance.policy import shipped
from services.notices.attendance.threshold import assess
from services.notices.cli.deciding import authorisation, request
from services.notices.store.records import calendar_field, pupil_fields, read_child, read_weeks, roll_fields
from services.notices.story.story import Story
from shared.cli.places import Places
from shared.cli.send import publish
from shared.cli.signing import signing
from shared.contracts import Message
from shared.contracts.fields import Person
from shared.contracts.mis import CalendarPublished, MarksAmended, PupilUpdated, RegisterTaken
from shared.store.documents import Document, Store
from shared.time.clock import Clock, write_offset
from tests.waiting import eventually

SCHOOL = Person(id="lead-3", name="Chris Amis", role="Attendance Lead")
PAPERS = (
    "registration_certificate", "registration_certificate_previous_year", "warning_to_parents", "support_record",
)  # fmt: skip
OFFICER = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
SETTINGS = {
    "EVERYDAY_RETRY_DELAYS": "[1, 2]",
    "EVERYDAY_LETTER_POLL": "60",
    "EVERYDAY_NOTIFY_TIMEOUT": "3",
    "EVERYDAY_SINCH_TIMEOUT": "3",
    "EVERYDAY_SMTP_TIMEOUT": "3",
    "EVERYDAY_DIGEST_WINDOW": "0",
    "EVERYDAY_SEND_LEASE": "6",
    "EVERYDAY_MIX_EVERY": "30",
}


@dataclass(frozen=True)
class Living:
    """A running stack."""

    stack: Stack
    stores: dict[asyncio.AbstractEventLoop, dict[str, Store]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def at(self) -> Places:
        return self.stack.places()

    @property
    def clock(self) -> Clock:
        return Clock(self.stack.clock_file)

    def set_clock(self, moment: datetime) -> None:
        write_offset(self.stack.clock_file, moment - Clock.wall())

    async def feed(self, messages: Sequence[Message]) -> None:
        await publish(self.stack.amqp, messages, signing(self.at))

    async def story(self, asked: str) -> Story:
        async with self.store("notices") as store:
            return await Explain(store, shipped(), self.clock).story(asked)

    async def has_case(self, upn: str) -> bool:
        try:
            return bool((await self.story(upn))["history"])
        except NoSuchStory:
            return False

    async def evidence(self, upns: Iterable[str]) -> dict[str, str]:
        """The evidence of pupils as canonical JSON, byte by byte."""
        async with self.store("notices") as store:
            pupils = await store["pupils"].get_many(upns)
            explaining = Explain(store, shipped(), self.clock)
            stories = {upn: await explaining.story(upn) for upn in pupils}
        return {upn: canonical(story["evidence"]) for upn, story in stories.items()}

    async def documents(self, service: str, collection: str, query: Document | None = None) -> list[Document]:
        async with self.store(service) as store:
            return await store[collection].find(query or {})

    async def state(self, case: str) -> str:
        return str((await self.story(case))["state"])

    async def request(self, story: Story, *parents: str, becomes: str = "requested") -> None:
        """The school asks for notices, with every paper of the checklist; waits until the request is taken."""
        await self.feed([request(story, parents, SCHOOL, PAPERS, self.clock)])

        async def taken() -> bool:
            return await self.state(story["case"]) == becomes

        await eventually(taken, f"request {becomes}", 60)

    async def authorise(self, story: Story, parent: str) -> None:
        """The school asks, and an officer decides on the evidence of the story."""
        await self.request(story, parent)
        await self.decide(story, parent)

    async def decide(self, story: Story, parent: str) -> None:
        """An officer decides on the evidence of the story; the school has asked."""
        reason = "A holiday in term time that the school had refused."
        seen = next(each["evidence_hash"] for each in story["parents"] if each["parent_id"] == parent)
        await self.feed([authorisation(story, parent, OFFICER, reason, seen, self.clock)])

    async def notice(self, case: str, parent: str, state: str, within: float = 60) -> Story:
        """The notice of one parent once it is in a state."""

        async def look() -> Story | None:
            notices = (await self.story(case))["notices"]
            return next((n for n in notices if n["parent_id"] == parent and n["state"] == state), None)

        return await eventually(look, f"notice in state {state}", within) or {}

    async def accepted(self, notice: str) -> Document:
        """The delivery of a notice's letter once the provider has taken it."""
        query = {"about": notice, "channel": "letter", "state": {"$in": ["accepted", "dispatched"]}}
        found = await eventually(lambda: self.documents("notifications", "deliveries", query), "accepted letter")
        return found[0]

    async def live_until_served(self, case: str, parent: str) -> Story:
        """Let the clock run, an hour at a time, until the notice is deemed served."""

        async def an_hour_later() -> Story | None:
            self.set_clock(self.clock.now() + timedelta(hours=1))
            notices = (await self.story(case))["notices"]
            return next((n for n in notices if n["parent_id"] == parent and n["state"] == "discount_period"), None)

        return await eventually(an_hour_later, "served notice", 90) or {}

    async def letters(self) -> dict[str, int]:
        """How many letters the print provider made of each reference."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.stack.notify}/_ledger")
        return dict(answer.json())

    async def fail_next_letters(self, fail: str, times: int = 1, seconds: float = 0) -> None:
        """Let the print provider's stand-in fail its next sends."""
        async with httpx.AsyncClient() as client:
            await client.post(f"{self.stack.notify}/_play", json={"fail": fail, "times": times, "seconds": seconds})

    def logs(self) -> dict[str, list[dict[str, Any]]]:
        """Every whole line of log by part; a line that is not JSON fails."""
        return {
            file.stem: [json.loads(line) for line in file.read_text().rpartition("\n")[0].splitlines() if line]
            for file in self.stack.logs.glob("*.jsonl")
        }

    def kill_one(self, chance: random.Random, names: Sequence[str]) -> str:
        name = chance.choice(names)
        self.stack.parts[name].kill()
        return name

    @asynccontextmanager
    async def store(self, database: str) -> AsyncIterator[Store]:
        """A service's store, kept while the event loop lives: a connection costs what twenty questions cost."""
        for loop in [loop for loop in self.stores if loop.is_closed()]:
            self._close(loop)
        kept = self.stores.setdefault(asyncio.get_running_loop(), {})
        if database not in kept:
            kept[database] = Store(self.stack.mongo, database)
        yield kept[database]

    def close(self) -> None:
        """Let go of every store."""
        for loop in [*self.stores]:
            self._close(loop)

    def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        for store in self.stores.pop(loop).values():
            store.close()


@contextmanager
def living_on(running: Stack) -> Iterator[Living]:
    """A running stack to live with, for as long as it runs."""
    living = Living(running)
    yield living
    living.close()


def canonical(facts: Any) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def expected(messages: Iterable[Message]) -> dict[str, str]:
    """The evidence that a set of messages must end in, for every pupil who meets the threshold. Order plays no part."""
    rules = shipped()
    sides: dict[str, list[Statement]] = defaultdict(list)
    pupils: dict[str, Document] = defaultdict(dict)
    schools: dict[str, Document] = defaultdict(lambda: {"seen": {}, "calendars": []})
    for message in messages:
        if isinstance(message, RegisterTaken | MarksAmended):
            for statement in statements(message, rules):
                sides[slot(statement.urn, statement.day, statement.session)].append(statement)
            schools[message.urn]["seen"] |= {monday.isoformat(): None for monday in makes_weeks(message, rules)}
        elif isinstance(message, CalendarPublished):
            schools[message.urn]["calendars"].append(calendar_field(message, message.time))
        elif isinstance(message, PupilUpdated):
            pupils[message.upn] |= roll_fields(pupils[message.upn], message) | pupil_fields(message, message.time)
    marks: dict[str, dict[str, Mark]] = defaultdict(dict)
    for each in sides.values():
        for upn, mark in winners(each).items():
            marks[upn] = merge(marks[upn], [mark])
    weeks = {urn: read_weeks(urn, school) for urn, school in schools.items()}
    assessed = {upn: assess(each.values(), weeks, rules, read_child(pupils[upn])) for upn, each in marks.items()}
    return {upn: canonical(evidence(each)) for upn, each in assessed.items() if each.met}


def hash_of(facts: str) -> str:
    return evidence_hash(json.loads(facts))


def folder_of(tmp: Path) -> Path:
    """Where the command line, run in `tmp`, finds the stack."""
    return tmp / ".local"
