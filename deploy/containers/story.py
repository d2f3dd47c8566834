"""One register week to one letter, told to a cluster from outside, each message by the identity that may send it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy.containers.outside import Outside
from deploy.local.demo import papers
from deploy.setup.officers import AUTHORITY
from services.notices.asking.explain import Explain, NoSuchStory
from services.notices.cli.asking import rules
from services.notices.cli.deciding import authorisation, request
from services.notices.story.story import Story, hash_for
from shared.contracts import CATALOGUE, Message
from shared.contracts.fields import Person
from shared.messaging.publisher import Publisher, Sign
from shared.signing.signatories import OFFICER
from shared.store.documents import Store
from shared.time.clock import Clock

UPN, ANOTHER_UPN, _URN = "B801200005001", "Q801200005002", "123456"
_LEAD = Person(id="lead-3", name="Chris Amis", role="Attendance Lead")
_OFFICER = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
_ADDRESS = {"lines": ["1 Chapel Lane", "Norwich"], "postcode": "NR3 1AB"}
_WITHIN = 90.0  # seconds


class StoryFailed(Exception):
    """The letter was not made; the text says how far it came."""


async def tell(at: Outside, upn: str = UPN) -> dict[str, int]:
    """A week's holiday becomes a case, is asked for, decided, and posted; returns the print provider's letters."""
    before = await letters(at)
    clock = Clock()
    store = Store(at.reader(), "notices")
    try:
        explaining = Explain(store, rules(), clock)
        await tell_of_a_holiday(at, upn)
        story = await until(lambda: _story(explaining, upn, lambda s: s["state"] == "threshold_met"), "case")
        await _send(at.amqp("casework"), request(story, ("p-1",), _LEAD, papers(clock.today()), clock))
        story = await until(lambda: _story(explaining, upn, lambda s: s["state"] == "requested"), "request")
        reason = "A holiday in term time that the school had refused."
        seen = hash_for(story, "p-1")
        decision = authorisation(story, "p-1", _OFFICER, reason, seen, clock)
        await _send(at.amqp("casework"), decision, sign=_by_the_officer)
        await until(lambda: _story(explaining, upn, lambda s: s["notices"]), "notice")
        return dict(await until(lambda: _more(at, before), "letter"))
    finally:
        store.close()


async def tell_of_a_holiday(at: Outside, upn: str) -> None:
    """A pupil's week of registers, each half day a holiday that the school had refused: a case will be opened."""
    clock = Clock()
    await _send(at.amqp("mis"), *_a_holiday(upn, clock.now(), _last_week(clock.today())))


async def letters(at: Outside) -> dict[str, int]:
    """The print provider's letters by their references, and how often it was given each."""
    async with httpx.AsyncClient() as client:
        return dict((await client.get(f"{at.notify()}/_ledger")).json())


def _last_week(today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday() + 7)
    return [monday + timedelta(days=number) for number in range(5)]


def _a_holiday(upn: str, now: datetime, week: list[date]) -> list[Message]:
    parent = {"parent_id": "p-1", "name": "Robin Larter", "address": _ADDRESS, "day_to_day_care": True}
    pupil = {
        "upn": upn, "given_name": "Ava", "family_name": "Larter", "date_of_birth": "2015-03-04", "address": _ADDRESS,
        "parents": [parent],
    }  # fmt: skip
    said: list[tuple[str, dict[str, Any]]] = [
        ("mis.school_updated.v1", {"name": "Marsh Lane School", "attendance_email": "attendance@school.example.org"}),
        ("mis.pupil_updated.v1", pupil),
    ]
    said += [
        ("mis.register_taken.v1", {"date": day.isoformat(), "session": half, "group": upn[-4:], "revision": 1,
                                   "marks": [{"upn": upn, "code": "G"}]})
        for day in week
        for half in ("AM", "PM")
    ]  # fmt: skip
    envelope = {"time": now.isoformat(), "urn": _URN}
    return [
        CATALOGUE[kind].parse(json.dumps({"id": str(uuid4()), "type": kind, **envelope, **facts}))
        for kind, facts in said
    ]


def _by_the_officer(message: Message, body: bytes) -> Mapping[str, str]:
    """Their signature, by a credential of the authority that a laptop's services believe."""
    credential = AUTHORITY.issue(_OFFICER, ("notices",), Clock.wall(), days=1)
    return {OFFICER: credential.sign(message.key(), body, Clock.wall())}


async def _send(url: str, *messages: Message, sign: Sign | None = None) -> None:
    async with Publisher(url, sign) as publisher:
        for message in messages:
            await publisher.publish(message)


async def _story(explaining: Explain, upn: str, fits: Callable[[Story], Any]) -> Story | None:
    try:
        story = await explaining.story(upn)
    except NoSuchStory:
        return None
    return story if fits(story) else None


async def _more(at: Outside, before: dict[str, int]) -> dict[str, int] | None:
    now = await letters(at)
    return now if now != before else None


async def until(ask: Callable[[], Awaitable[Any]], what: str) -> Any:
    """The first answer that says something; raises StoryFailed where none comes in time."""
    deadline = time.monotonic() + _WITHIN
    while not (answer := await ask()):
        if time.monotonic() > deadline:
            raise StoryFailed(f"no {what} came within {_WITHIN:.0f} s")
        await asyncio.sleep(0.2)
    return answer
