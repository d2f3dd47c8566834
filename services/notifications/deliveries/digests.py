"""Service messages to one school's mailbox within a short time go out as one email; each is in exactly one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import DELIVERY
from services.notifications.deliveries.facts import Facts
from services.notifications.deliveries.intents import read_recipient
from services.notifications.deliveries.still_true import StillTrue
from services.notifications.rules.rule import Rule
from services.notifications.words.wording import Unwritable, write
from shared.contracts.base import Event
from shared.identity import derived
from shared.observing.telemetry import log
from shared.store.documents import Document

DIGEST = Rule("digest", Event, "school", "service", ("email",), "digest", whom=lambda event: (), facts=lambda event: {})


class Digests:
    """Collects what waits for one mailbox. A message joins by one change of its own document, so only one digest."""

    def __init__(self, deliveries: Deliveries, still_true: StillTrue, facts: Facts) -> None:
        self._deliveries = deliveries
        self._still_true = still_true
        self._facts = facts

    async def open(self, due: Document) -> None:
        """A mailbox's window is over: its messages go into a digest; a single one goes on its own."""
        query = {"mailbox": due["mailbox"], "held_for": "digest", **DELIVERY.among("held")}
        waiting = await self._deliveries.find(query, sort=[("event_at", 1), ("_id", 1)])
        if len(waiting) < 2:
            await self._deliveries.move(due, "release", held_for=None)
            return
        first = waiting[0]
        key = str(derived(UUID(first["_id"]), "digest"))
        intent = {
            "_id": first["intent"],
            "about": first["about"],
            "story": first["story"],
            "cause_id": first["cause"],
        }
        parts = [each["_id"] for each in waiting]
        recipient = read_recipient(first["recipient"])
        await self._deliveries.plan(
            key, intent, DIGEST, recipient, 0, state="gathering", parts=parts, event_at=first["event_at"]
        )
        gathering = await self._deliveries.get(key)
        if gathering is not None and DELIVERY.of(gathering) == "gathering":
            await self.gather(gathering)
        else:  # an earlier digest for this mailbox has gone without it
            await self._deliveries.move(due, "release", held_for=None)

    async def gather(self, digest: Document) -> None:
        """Collect every message that is still true and can be written; after a crash, continue with the same list."""
        for part in await self._parts(digest["parts"]):
            await self._take_in(part, digest["_id"])
        taken = [each["_id"] for each in await self._parts(digest["parts"]) if each.get("digest") == digest["_id"]]
        if taken:
            await self._deliveries.move(digest, "gathered", parts=taken)
            log.info("digest_gathered", delivery=digest["_id"], messages=len(taken))
        else:
            await self._deliveries.move(digest, "nothing_left", due_at=None)

    async def facts(self, digest: Document) -> Mapping[str, Any]:
        """The digest's facts: its messages, each with its own template and facts."""
        messages = [
            {"template": part["template"], "facts": await self._facts_of(part)}
            for part in await self._parts(digest["parts"])
        ]
        return {"school": digest["recipient"]["name"], "messages": messages}

    async def _take_in(self, part: Document, digest: str) -> None:
        if DELIVERY.of(part) != "held" or part.get("held_for") != "digest":
            return
        if why := await self._still_true.why_not(part):
            await self._deliveries.cancel(part, why)
            return
        try:
            write(part["template"], part["channel"], await self._facts_of(part))
        except Unwritable:
            await self._deliveries.move(part, "release", held_for=None)  # on its own it is parked with its reason
            return
        await self._deliveries.move(part, "merge", digest=digest, due_at=None)

    async def _facts_of(self, part: Document) -> Mapping[str, Any]:
        _, _, facts = await self._facts.of(part)
        return facts

    async def _parts(self, ids: list[str]) -> list[Document]:
        """Its messages in the order in which things happened."""
        return await self._deliveries.find({"_id": {"$in": ids}}, sort=[("event_at", 1), ("_id", 1)])
