"""The record of what was sent, as the duty line asks for it. It shows addresses: for a screen, never for a log."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.notifications.asking.why_sent import WhySent, sections, why_sent
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY
from services.notifications.deliveries.intent import INTENT
from services.notifications.deliveries.intents import INTENTS
from services.notifications.deliveries.preferences import PREFERENCES
from services.notifications.rules import RULES
from services.notifications.sending.bodies import BODIES
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import LONDON
from shared.writing.paper import Page, Section

_RULES = {each.name: each for each in RULES}


class Record:
    """Reads what the service has kept; changes nothing."""

    def __init__(self, store: Store) -> None:
        self._deliveries = store[DELIVERIES]
        self._intents = store[INTENTS]
        self._bodies = store[BODIES]
        self._preferences = store[PREFERENCES]

    async def found(self, asked: str) -> list[Document]:
        """The deliveries of one id, or about one case or notice, oldest first; raises NotFound."""
        query = {"$or": [{"_id": asked}, {"about": asked}]}
        found = await self._deliveries.find(query, sort=[("event_at", 1), ("_id", 1)])
        if not found:
            raise NotFound(f"no message {asked}, and none about it: give its id, or the reference of a case or notice")
        return found

    async def listed(self, about: str, state: str, limit: int) -> list[Document]:
        """Deliveries, the newest first."""
        query: dict[str, Any] = {name: value for name, value in (("about", about), ("state", state)) if value}
        return await self._deliveries.find(query, sort=[("event_at", -1), ("_id", 1)], limit=limit)

    async def held(self, about: str, limit: int) -> list[Document]:
        """Intents that wait as a whole, written like deliveries; the next to go comes first."""
        query: dict[str, Any] = {**INTENT.among("open"), "held_for": {"$gt": ""}, **({"about": about} if about else {})}
        found = await self._intents.find(query, sort=[("due_at", 1)], limit=limit)
        return [{**each, **DELIVERY.put("held"), "channel": "", "template": each["telling"]} for each in found]

    async def page(self, delivery: Document) -> Page:
        """One delivery with everything that is known of it, and why it was sent."""
        body = await self._bodies.get(delivery["_id"]) or {}
        return as_page(delivery, body, await self._why(delivery))

    async def whole(self, delivery: Document) -> Document:
        """The same for another program: what is kept of the delivery, why it was sent, and its words."""
        body = await self._bodies.get(delivery["_id"]) or {}
        words = {name: body.get(name) for name in ("subject", "text", "as_sent")}
        return {**delivery, "why_sent": asdict(await self._why(delivery)), "words": words}

    async def _why(self, delivery: Document) -> WhySent:
        return why_sent(delivery, await self._intents.get(delivery["intent"]), _RULES)

    async def pdf(self, delivery: str) -> bytes:
        """The letter as it was posted; raises NotFound."""
        body = await self._bodies.get(delivery)
        if body is None or not body["pdf"]:
            raise NotFound("this message has no letter that is still kept")
        return bytes(body["pdf"])

    async def letters(self, about: str, templates: Sequence[str]) -> list[tuple[str, str, bytes]]:
        """The letters about something that are still kept, oldest first: the id of each, its hash and its PDF."""
        query = {"about": about, "channel": "letter", "template": {"$in": list(templates)}}
        sent = await self._deliveries.find(query, sort=[("event_at", 1), ("_id", 1)], fields=["_id"])
        kept = await self._bodies.get_many(each["_id"] for each in sent)
        bodies = [kept[each["_id"]] for each in sent if each["_id"] in kept]
        return [(body["_id"], body["sha256"], bytes(body["pdf"])) for body in bodies if body["pdf"]]

    async def suppressed(self) -> list[Document]:
        """Addresses to which nothing is sent, by their hashes."""
        return await self._preferences.find({"suppressed.at": {"$exists": True}}, sort=[("suppressed.at", 1)])

    async def wishes(self, school: str, address: str) -> Document:
        """A school's or an address's preferences; an address has some only once something was sent to it."""
        owner = f"school:{school}"
        if not school:
            sent = await self._deliveries.find({"address": address}, limit=1, fields=["address_hash"])
            owner = str(sent[0].get("address_hash")) if sent else ""
        return await self._preferences.get(owner) or {}

    async def addressed(self, deliveries: Sequence[str]) -> dict[str, str]:
        """The addresses of deliveries, so that people see which address a hash stands for."""
        found = await self._deliveries.get_many(deliveries)
        return {key: str(each["address"]) for key, each in found.items()}


def as_page(delivery: Document, body: Document, why: WhySent) -> Page:
    """The record of one delivery, as a page. Pure."""
    rows = [
        ("about", delivery["about"]),
        ("template", f"{delivery['template']}, version {delivery.get('template_version') or 'not written yet'}"),
        ("by", delivery["channel"]),
        ("language", delivery.get("language") or "not written yet"),
        ("to", f"{delivery['recipient']['name']}, {delivery['address']}".replace("\n", ", ")),
        ("provider", f"{delivery.get('provider') or 'none yet'} ({delivery.get('provider_id') or 'no id'})"),
        ("hash", str(delivery.get("content_hash") or "not written yet")),
    ]
    more = (("why", "why"), ("held_for", "held for"), ("digest", "inside digest"), ("postage", "class of post"))
    for name, label in more:
        if delivery.get(name):
            rows.append((label, str(delivery[name])))
    tries = [
        f"{_when(each['at'])} {each['provider']}: {each.get('outcome', 'under way')}" for each in delivery["tries"]
    ]
    heard = [f"{_when(each['at'])} {each['status']}" for each in delivery["receipts"]]
    as_sent = body.get("as_sent", {}).get(delivery.get("provider"), {})
    text = as_sent.get("text") or body.get("text", "")
    words = [body.get("subject", ""), *text.splitlines()] if body else []
    reason, facts = sections(why)
    shown = [Section("The message", rows=tuple(rows)), reason, Section("Attempts", tuple(tries))]
    if heard:
        shown.append(Section("What the provider reported", tuple(heard)))
    if any(words):
        title = "Its words, as the provider sent them" if as_sent else "Its words"
        shown.append(Section(title, tuple(words)))
    elif body.get("pdf"):
        shown.append(Section("Its words", ("a letter: --pdf FILE writes it as it was posted",)))
    return Page(f"{delivery['_id']}: {delivery['state']}", (), (*shown, facts))


def _when(instant: Any) -> str:
    return f"{instant.astimezone(LONDON):%d %b %Y %H:%M:%S}"
