"""Surveys for tests: small documents, schools, and the service alone on an in-memory broker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Edition, Running
from services.surveys.answers.submitting import Asked
from services.surveys.app import composer
from services.surveys.questionnaire.authoring import read_survey
from services.surveys.questionnaire.document import Survey, canonical
from services.surveys.questionnaire.parsing import parse
from services.surveys.settings import SurveysSettings, terms
from services.surveys.store import records
from services.surveys.store.reading import Reading
from shared.contracts import CATALOGUE, Message
from shared.contracts.mis import SchoolUpdated
from shared.contracts.surveys import Invite, PublishSurvey, Respondent, SubmitResponse
from shared.identity import derived_reference
from shared.running.service import Parts, consumer
from shared.running.settings import Settings
from shared.store.documents import Document, Store
from shared.time.clock import FixedClock
from shared.web.door import web
from tests.signing import proving, tell

M = TypeVar("M", bound=Message)

OFFICER = {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}
OPENS = datetime(2024, 4, 30, 8, tzinfo=UTC)
BASE = "https://surveys.example.org"
READY = {
    "id": "ready",
    "type": "single",
    "text": "Are you ready?",
    "required": True,
    "options": ["Yes", "Nearly", "No"],
}
WHY = {"id": "why", "type": "text", "text": "Why not?", "when": {"question": "ready", "one_of": ["nearly", "no"]}}
HELP = {"id": "help", "type": "multiple", "text": "What would help?", "options": ["Webinars", "Visits", "Papers"]}


def plain(**changed: Any) -> dict[str, Any]:
    """A small survey as data."""
    data: dict[str, Any] = {
        "title": "How ready are you?",
        "introduction": "We want to know.",
        "contact": {"name": "Attendance Team", "email": "team@example.org"},
        "mode": "named",
        "opens": "2024-04-30 09:00",
        "closes": {"before": "2024-05-17"},
        "questions": [READY, WHY, HELP],
    }
    return {**data, **changed}


def survey(**changed: Any) -> Survey:
    return read_survey(plain(**changed))


def example(name: str) -> Survey:
    """One of the two surveys that are shipped."""
    file = resources.files("services.surveys").joinpath("examples", f"{name}.yaml")
    return read_survey(parse(file.read_text("utf-8"), file.name))


def message(kind: type[M], now: datetime, **facts: Any) -> M:
    told = {"officer": OFFICER} if "officer" in kind.model_fields else {}
    return kind.model_validate({"id": uuid4(), "time": now, **told, **facts})


def school_of(number: int, districts: int = 7, phases: int = 3) -> SchoolUpdated:
    return SchoolUpdated.model_validate(
        {
            "id": uuid4(),
            "time": datetime(2024, 4, 1, tzinfo=UTC),
            "urn": f"{100_000 + number}",
            "name": f"School {number}",
            "attendance_email": f"office@school-{number}.example.org",
            "district": f"District {number % districts}",
            "phase": f"Phase {number % phases}",
        }
    )


@dataclass
class Surveying:
    """The service without its surroundings: what it hears is handed to it, what it says is read from its outboxes."""

    store: Store
    clock: FixedClock
    parts: Parts
    broker: RabbitBroker
    http: httpx.AsyncClient

    async def hears(self, *messages: Message) -> None:
        bulk = {each.message: each.handle for each in self.parts.bulk}
        for told in messages:
            if type(told) in bulk:
                await bulk[type(told)]([told])
            else:
                await tell(self.broker, "surveys", told)

    async def do(self, kind: type[M], **facts: Any) -> M:
        """Hand a command over, now."""
        told = message(kind, self.clock.now(), **facts)
        await self.hears(told)
        return told

    async def said(self, kind: type[M]) -> list[M]:
        """The messages of a kind that wait in outboxes."""
        entries = [
            entry
            for name in self.parts.outboxes
            for document in await self.store[name].pending(5000)
            for entry in document["outbox"]
            if entry["type"] == kind.key()
        ]
        return [CATALOGUE[kind.key()].parse(entry["body"]) for entry in entries]  # type: ignore[misc]

    async def timers(self, times: int = 6) -> None:
        for _ in range(times):
            for timer in self.parts.timers:
                await timer.once()

    async def published(self, document: Survey, **more: Any) -> str:
        """The reference of a survey that is published, and has opened where its time has come."""
        command = await self.do(PublishSurvey, document=canonical(document), **more)
        await self.timers()
        return more.get("survey") or derived_reference("S", command.id)

    async def schools(self, count: int) -> None:
        await self.hears(*(school_of(number) for number in range(count)))

    async def invited(self, document: Survey, schools: int) -> str:
        """A survey to which so many schools are invited."""
        await self.schools(schools)
        reference = await self.published(document)
        await self.do(Invite, survey=reference, schools={})
        await self.timers()
        return reference

    async def invitations(self, reference: str) -> list[Invitation]:
        found = await self.store[records.INVITATIONS].find({"survey": reference}, sort=[("respondent.urn", 1)])
        return [records.read_invitation(each) for each in found]

    async def running(self, reference: str) -> Running:
        return records.read_running(await self.store[records.SURVEYS].get(reference) or {})

    async def answers(self, invitation: Invitation, answers: Mapping[str, Any], **more: Any) -> SubmitResponse:
        facts = {"invitation": UUID(invitation.id), "submission": uuid4(), "answers": dict(answers)}
        return await self.do(SubmitResponse, **(facts | more))

    async def documents(self, collection: str, query: Document | None = None) -> list[Document]:
        return await self.store[collection].find(query or {})

    @property
    def reading(self) -> Reading:
        return Reading(self.store, terms(None), self.clock)


@asynccontextmanager
async def surveying(store: Store, now: datetime = OPENS, **settings: Any) -> AsyncIterator[Surveying]:
    clock = FixedClock(now)
    told = {"amqp_url": "", "mongo_url": "", "link_key": "a-key", "public_url": BASE, "address_key": "secret"}
    ours = SurveysSettings(**(told | settings))
    parts = composer(ours)(store, clock)
    for name in parts.unordered:
        await store[name].forget_order()
    for name, fields in parts.indexes:
        await store[name].index(*fields)
    broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [proving("surveys", parts)])
    broker.include_routers(*parts.routers)
    transport = httpx.ASGITransport(web("surveys", parts.routes, []))
    async with TestRabbitBroker(broker), httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        yield Surveying(store, clock, parts, broker, http)


def somebody(**changed: Any) -> Invitation:
    """An invitation to which nothing has happened."""
    return Invitation(str(UUID(int=1)), "S-2222-22222", Respondent(name="A", email="a@example.org"), **changed)


def asked_of(document: Survey | None = None) -> Asked:
    """A survey that runs, with its document."""
    shown = document or survey()
    edition = Edition(1, "key", "hash")
    running = Running("S-2222-22222", str(UUID(int=2)), shown.title, shown.mode, False, shown.window, (edition,))
    return Asked(running, shown, 1, lambda purpose, reference: f"{BASE}/{purpose}/{reference}")
