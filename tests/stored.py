"""A store as an earlier version filled it: loaded into a town, looked at, and served for some weeks."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bson import json_util

from services.bookings.store import person as of_bookings
from services.notices.asking import person as of_notices
from services.notifications.asking import person as of_messages
from services.surveys.store import person as of_surveys
from tests.component.test_looking_changes_nothing import Looking
from tests.component.test_notices import CATALOGUE, Explain, shipped
from tests.component.test_notifications import Outgoing, Record
from tests.component.test_person import read_person
from tests.surveying import Reading, terms
from tests.town import Town

FOLDER = Path(__file__).parent / "cases" / "stored"
DOCUMENTS, SERVED = FOLDER / "everything-0.1.0.jsonl.gz", FOLDER / "served-0.1.0.json.gz"
STEPS, STEP = 30, timedelta(hours=25)
"""So long it is served, at every time of the day: reminders, closes, retries and the days of notices fall into it."""
ROOMS: dict[str, Any] = {
    "notices": of_notices, "notifications": of_messages, "bookings": of_bookings, "surveys": of_surveys,
}  # fmt: skip
_PROSE = {"means", "next", "would_change_it", "words", "blocked_by"}
"""What a story says in words, which may be said better one day."""
_NOTHING: Any = None  # the words of what was sent long ago: no carrier is asked for them
_EJSON = json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True)


def names(documents: Iterable[dict[str, Any]]) -> set[str]:
    """The names under which things are kept, by service and collection; a key that is data itself is a star."""
    return {f"{each['service']}.{each['collection']}{path}" for each in documents for path in _names(each["document"])}


def _names(kept: Any) -> Iterator[str]:
    if isinstance(kept, dict):
        for key, value in kept.items():
            name = key if re.fullmatch(r"[a-z_]+[0-9]*", key) else "*"
            yield f".{name}"
            if "event" not in kept or key != "cause":  # an event's names are its contract's, which has a snapshot
                yield from (f".{name}{path}" for path in _names(value))
    elif isinstance(kept, list):
        for value in kept:
            yield from (f"[]{path}" for path in _names(value))


async def everything(town: Town) -> list[dict[str, Any]]:
    """Every document, with its service and collection."""
    return [
        {"service": service, "collection": name, "document": document}
        async for service, name, document in town.everything()
    ]


def written(documents: list[dict[str, Any]], at: datetime) -> bytes:
    """Documents, each with its service and collection, as they are kept: canonical Extended JSON, one to a line."""
    lines = [json_util.dumps({"at": at}, json_options=_EJSON)]
    lines += [json_util.dumps(each, json_options=_EJSON, ensure_ascii=False) for each in documents]
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def read(kept: bytes) -> tuple[datetime, list[dict[str, Any]]]:
    """When the documents stood so, and the documents."""
    first, *lines = gzip.decompress(kept).decode().splitlines()
    at: datetime = json_util.loads(first, json_options=_EJSON)["at"]
    return at, [json_util.loads(line, json_options=_EJSON) for line in lines]


async def load(town: Town, kept: bytes) -> None:
    """Fill the town's stores, and set its clock to when they were so."""
    town.clock.instant, documents = read(kept)
    by_place: dict[tuple[str, str], list[Any]] = {}
    for each in documents:
        by_place.setdefault((each["service"], each["collection"]), []).append(each["document"])
    for (service, collection), kept_there in by_place.items():
        await town.stores[service][collection].remove({})  # what the town itself has begun
        await town.stores[service]._database[collection].insert_many(kept_there)
    for parts in town.parts.values():
        for timer in parts.timers:
            await timer.prepare()
    for carrier in town.carriers:
        carrier.has += _had(carrier.name, by_place["notifications", "deliveries"])


def _had(carrier: str, deliveries: list[dict[str, Any]]) -> list[Outgoing]:
    """What a carrier was sent, as far as it is asked about it again."""
    sent = [each for each in deliveries if each.get("provider") == carrier and each.get("provider_id")]
    sent.sort(key=lambda each: int(each["provider_id"].rpartition("-")[2]))
    return [Outgoing(each["reference"], each["address"], _NOTHING, each["tries"][-1]["at"]) for each in sent]


async def served(town: Town) -> dict[str, Any]:
    """What is read of everything at once and after some weeks, and what is said and sent in them.

    Nothing in it is prose or drawn by chance, so that every version reads, says and sends the same.
    """
    at_once = await _facts(town)
    said: Counter[str] = Counter()
    hears = town.hears

    async def counted(*messages: Any) -> None:
        said.update(each.key() for each in messages)
        await hears(*messages)

    town.hears = counted  # type: ignore[method-assign]
    for _ in range(STEPS):
        await town.later(STEP)
    parked = Counter(f"{service}: {message.key()}" for service, message in town.on_the_way())
    sent = Counter(each.written.channel for each in town.sent if each.written is not _NOTHING)
    facts = {"at once": at_once, "later": await _facts(town), "said": said, "sent": sent, "not taken": parked}
    return dict(json.loads(json.dumps(facts, default=str, sort_keys=True)))


async def _facts(town: Town) -> dict[str, Any]:
    return {
        "cases": await _cases(town),
        "messages": await _messages(town),
        "bookings": await _bookings(town),
        "surveys": await _surveys(town),
        "people": await _people(town),
        "unsaid": await _unsaid(town),
    }


async def _cases(town: Town) -> dict[str, Any]:
    explain = Explain(town.stores["notices"], shipped(), town.clock)
    pupils = await town.stores["notices"]["pupils"].find({}, sort=[("_id", 1)])
    return {each["_id"]: _plain(await explain.story(each["_id"])) for each in pupils}


def _plain(story: Any) -> Any:
    if isinstance(story, dict):
        left_out = _PROSE | {"evidence"} if "parent_id" in story else _PROSE  # a parent's evidence has its hash
        return {key: _plain(value) for key, value in story.items() if key not in left_out}
    return [_plain(each) for each in story] if isinstance(story, list | tuple) else story


async def _messages(town: Town) -> dict[str, Any]:
    record = Record(town.stores["notifications"])
    listed = await record.listed("", "", 0)
    pages = [await record.page(each) for each in listed]
    return {
        "states": Counter(f"{each['telling']} by {each['channel']}: {each['state']}" for each in listed),
        "to": Counter(f"{each['recipient']['name']}, {each['address']}" for each in listed),
        "pages": len(pages),
        "held": Counter(each["template"] for each in await record.held("", 0)),
        "suppressed": len(await record.suppressed()),
    }


async def _bookings(town: Town) -> dict[str, Any]:
    looking = Looking(town.stores["bookings"])
    found: dict[str, Any] = {}
    for meeting in await looking.meetings():
        found[meeting.reference] = {
            "title": meeting.details.title,
            "bookings": {each.reference: each.state for each in await looking.bookings(meeting.reference)},
            "nudged": sorted(await looking.nudged(meeting.reference)),
        }
    return found


async def _surveys(town: Town) -> dict[str, Any]:
    reading = Reading(town.stores["surveys"], terms(None), town.clock)
    found: dict[str, Any] = {}
    for each in await reading.surveys():
        survey = await reading.survey(each)
        answers, columns = await reading.answers(each)
        found[each.reference] = {
            "title": survey.title,
            "state": each.state,
            "answers": len(answers),
            "columns": len(columns),
            "texts": len(await reading.texts(each)),
            "comments": len(await reading.comments(each)),
            "themes": sorted(theme["title"] for theme in await reading.themes(each)),
            "respondents": len(await reading.respondents(each)),
            "integrity": len(await reading.integrity(each)),
            "turnout": len(await reading.turnout(each)),
            "ledger": len((await reading.ledger(each))[0]),
        }
    return found


async def _people(town: Town) -> dict[str, Any]:
    """How much each person is told who asks what is held about them: the lines of each service that say something."""
    pupils = await town.stores["notices"]["pupils"].find({}, sort=[("_id", 1)])
    deliveries = await town.stores["notifications"]["deliveries"].find({"channel": "email"})
    asked = {each["_id"] for each in pupils} | {each["address"] for each in deliveries if "@" in each["address"]}
    told: dict[str, Any] = {}
    for who in sorted(asked):
        person = await of_notices.known_as(town.stores["notices"], read_person(who))
        told[who] = {}
        for name, room in ROOMS.items():
            sections = await room.kept(town.stores[name], person)
            told[who][name] = sum(bool(value) for section in sections for _, value in section.rows)
    return told


async def _unsaid(town: Town) -> Counter[str]:
    """What waits in outboxes, each message read as its contract has it."""
    kept: Counter[str] = Counter()
    for service, parts in town.parts.items():
        for name in parts.outboxes:
            for document in await town.stores[service][name].pending(10_000):
                kept.update(CATALOGUE[each["type"]].parse(each["body"]).key() for each in document["outbox"])
    return kept
