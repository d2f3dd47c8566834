"""The messages that documents leave to be published, each kept with the document that caused it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from shared.contracts.base import Message
from shared.observing import tracing
from shared.store.writes import taking_out, write
from shared.time.clock import Clock

UNPUBLISHED: dict[str, Any] = {"outbox.id": {"$exists": True}}
"""The query for documents with messages in their outbox, through the partial index."""


def entry(message: Message) -> dict[str, Any]:
    """A message as an outbox keeps it."""
    traceparent = tracing.traceparent(message)
    return {
        **({"traceparent": traceparent} if traceparent else {}),
        "id": str(message.id),
        "at": message.time,
        "kept_at": Clock.wall(),
        "type": message.type,
        "correlation_id": str(message.correlation_id),
        "subject": message.subject,
        "body": message.model_dump_json(),
    }


class Outboxes:
    """The outboxes of one collection's documents."""

    def __init__(self, collection: "AsyncIOMotorCollection[dict[str, Any]]") -> None:
        self._collection = collection

    async def pending(self, limit: int, *, but: Sequence[str] = (), only: str | None = None) -> list[dict[str, Any]]:
        """Documents with unpublished messages, the longest waiting first (through the partial index).

        Chosen by the type of each document's next message: not one of `but`, or exactly `only`.
        """
        wanted: dict[str, Any] = {**UNPUBLISHED}
        if but:
            wanted["outbox.0.type"] = {"$nin": list(but)}
        if only is not None:
            wanted["outbox.0.type"] = only
        return await self._collection.find(wanted, {"outbox": 1}).sort("outbox.at", 1).limit(limit).to_list(limit)

    async def unpublished(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The unpublished messages of matching documents, each document with its id and outbox."""
        return await self._collection.find({**query, **UNPUBLISHED}, {"outbox": 1}).to_list(None)

    async def outbox_waiting(self) -> tuple[int, datetime | None]:
        """How many messages are unpublished, and since when the oldest has waited."""
        stages: list[dict[str, Any]] = [
            {"$match": UNPUBLISHED},
            {"$unwind": "$outbox"},
            {"$group": {"_id": None, "count": {"$sum": 1}, "since": {"$min": "$outbox.kept_at"}}},
        ]
        found = await self._collection.aggregate(stages).to_list(1)
        return (found[0]["count"], found[0]["since"]) if found else (0, None)

    async def published(self, sent: Mapping[str, Sequence[str]]) -> None:
        """Forget messages whose publication was confirmed; the document's version stays."""
        await write(self._collection, [taking_out(key, "outbox", ids) for key, ids in sent.items()])

    async def index_outbox(self) -> None:
        await self._collection.create_index([("outbox.at", 1)], partialFilterExpression=UNPUBLISHED)
