"""One service's documents: read, changed where they are still as they were read, and counted.

With `outboxes.py` and `writes.py` the only modules that know motor: moving to another driver changes these alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import CollectionInvalid, ConnectionFailure, DuplicateKeyError

from shared.contracts.base import Message
from shared.store.outboxes import Outboxes, entry
from shared.store.writes import saving, taking_out, write

Document = dict[str, Any]
StoreUnavailable = ConnectionFailure
"""The store cannot be reached at the moment; the request itself is fine."""


class NotFound(LookupError):
    """There is no such thing. The text says what was looked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new state for one document, with the messages that it causes, saved together or not at all.

    `version` is the version that was read; 0 means that the document must not exist yet.
    """

    id: str
    version: int
    fields: Document
    events: tuple[Message, ...] = ()


class Collection(Outboxes):
    """Documents of one kind: each has `_id`, `version`, its fields, and a hidden `outbox` of unpublished messages."""

    def __init__(
        self, collection: "AsyncIOMotorCollection[Document]", ring: Callable[[], None], ring_due: Callable[[], None]
    ) -> None:
        super().__init__(collection)
        self._ring = ring
        self._ring_due = ring_due

    async def get(self, key: str) -> Document | None:
        return await self._collection.find_one({"_id": key}, {"outbox": 0})

    async def get_many(self, keys: Iterable[str]) -> dict[str, Document]:
        found = await self.find({"_id": {"$in": list(keys)}})
        return {document["_id"]: document for document in found}

    async def find(
        self,
        query: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        projection = {"outbox": 0} if fields is None else dict.fromkeys(fields, 1)
        cursor = self._collection.find(query, projection, limit=limit, sort=list(sort) or None, batch_size=10_000)
        return await cursor.to_list(None)

    async def stream(self, query: Mapping[str, Any], *, fields: Sequence[str] | None = None) -> AsyncIterator[Document]:
        """The matching documents, one after the other in order of id: for passes over very many."""
        projection = {"outbox": 0} if fields is None else dict.fromkeys(fields, 1)
        async for document in self._collection.find(query, projection, batch_size=2000, sort=[("_id", 1)]):
            yield document

    async def count(self, query: Mapping[str, Any]) -> int:
        return await self._collection.count_documents(query)

    async def insert(self, key: str, fields: Document, events: Sequence[Message] = ()) -> bool:
        """Insert a document with a derived id; False when it was already there (and nothing has changed)."""
        outbox = [entry(event) for event in events]
        try:
            await self._collection.insert_one({**fields, "_id": key, "version": 1, "outbox": outbox})
        except DuplicateKeyError:
            return False
        if outbox:
            self._ring()
        self._tell_due(fields)
        return True

    async def insert_facts(self, documents: Sequence[Document]) -> int:
        """Insert many documents that never change, and return how many are new; existing ones stay as they are."""
        return len(documents) - len(await write(self._collection, [InsertOne(document) for document in documents]))

    async def keep_earliest(self, moments: Mapping[str, Mapping[str, datetime]]) -> None:
        """Record in documents (created if missing) when something was first known; each write counts as a change."""
        operations = [
            UpdateOne({"_id": key}, {"$min": dict(fields), "$inc": {"version": 1}}, upsert=True)
            for key, fields in moments.items()
        ]
        await write(self._collection, operations)

    async def save(self, *changes: Change) -> set[str]:
        """Save changes in one round trip; return the ids of documents that somebody else changed or removed meanwhile.

        What was removed stays so: only a change of version 0 makes a document.
        """
        operations = []
        for change in changes:
            update: Document = {"$inc": {"version": 1}}
            if change.fields:
                update["$set"] = change.fields
            if change.events:
                update["$push"] = {"outbox": {"$each": [entry(event) for event in change.events]}}
            operations.append(saving(change.id, change.version, update))
        lost = await write(self._collection, operations)
        if any(change.events for change in changes):
            self._ring()
        self._tell_due(*(change.fields for change in changes))
        return {changes[index].id for index in lost}

    async def update(self, key: str, decide: Callable[[Document | None], Change | None]) -> Change | None:
        """Load a document, decide, save; retried when somebody else was quicker. Returns what was saved, if anything.

        `decide` must be pure: it may be called more than once.
        """
        while True:
            change = decide(await self.get(key))
            if change is None or not await self.save(change):
                return change

    async def counts(self, field: str, values: Iterable[str]) -> dict[str, int]:
        """How many documents have each of some values in a field; with an index on it, none is read."""
        stages: list[Document] = [
            {"$match": {field: {"$in": list(values)}}},
            {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        ]
        return {each["_id"]: each["count"] async for each in self._collection.aggregate(stages)}

    async def tally(self, field: str, earliest: str) -> dict[str, tuple[int, datetime | None]]:
        """How many documents have each value in a field, and their earliest instant in another field.

        With an index on both, in this order, no document is read.
        """
        found = await self._collection.aggregate(self.tally_stages(field, earliest)).to_list(None)
        return {each["_id"]: (each["count"], each["earliest"]) for each in found}

    @staticmethod
    def tally_stages(field: str, earliest: str) -> list[Document]:
        """A tally's query: the sort makes it follow the index."""
        group = {"_id": f"${field}", "count": {"$sum": 1}, "earliest": {"$min": f"${earliest}"}}
        return [{"$sort": {field: 1, earliest: 1}}, {"$group": group}]

    async def forget(self, key: str, field: str, ids: Iterable[str]) -> None:
        """Remove entries from a document's list by id; its version stays."""
        await write(self._collection, [taking_out(key, field, ids)])

    async def swap(self, query: Mapping[str, Any], fields: Document, *, create: bool = False) -> Document | None:
        """Change one matching document and return it, or None; with `create` it is created if missing."""
        try:
            changed = await self._collection.find_one_and_update(
                query, {"$set": fields}, upsert=create, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return None
        self._tell_due(fields)
        return changed

    async def set_all(self, query: Mapping[str, Any], fields: Document) -> int:
        """Set fields of every matching document, whatever its version; returns how many were changed."""
        changed = await self._collection.update_many(query, {"$set": fields})
        self._tell_due(fields)
        return changed.modified_count

    async def leave_out(self, query: Mapping[str, Any], *fields: str) -> int:
        """Remove fields from every matching document, as if they had never existed; returns how many were changed."""
        changed = await self._collection.update_many(query, {"$unset": dict.fromkeys(fields, "")})
        return changed.modified_count

    async def change_all(self, query: Mapping[str, Any], fields: Document) -> int:
        """The same, but raising each version: a replica that had read one cannot save its own change."""
        changed = await self._collection.update_many(query, {"$set": fields, "$inc": {"version": 1}})
        self._tell_due(fields)
        return changed.modified_count

    async def remove(self, query: Mapping[str, Any]) -> int:
        return (await self._collection.delete_many(query)).deleted_count

    async def index(self, *keys: str, only_where: str | None = None, unique: bool = False) -> None:
        """Make sure of an ascending index; with `only_where` it covers only documents that have that field."""
        options: dict[str, Any] = {"unique": unique}
        if only_where:
            options["partialFilterExpression"] = {only_where: {"$exists": True}}
        await self._collection.create_index([(key, 1) for key in keys], **options)

    async def forget_order(self) -> None:
        """Create the collection, if missing, as one that is clustered by id.

        Unlike other collections, it does not record the order in which documents came.
        """
        with suppress(CollectionInvalid):
            clustered = {"key": {"_id": 1}, "unique": True}
            await self._collection.database.create_collection(self._collection.name, clusteredIndex=clustered)

    def _tell_due(self, *changed: Document) -> None:
        if any(fields.get("due_at") for fields in changed):
            self._ring_due()


class Store:
    """The database of one service. Every write is stored by a majority and journalled before it counts."""

    def __init__(self, url: str, database: str) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            tz_aware=True,
            uuidRepresentation="standard",
            w="majority",
            journal=True,
            retryWrites=True,
            serverSelectionTimeoutMS=5000,
            connectTimeoutMS=3000,
            socketTimeoutMS=20_000,
        )
        self.name = database
        self._database = self._client[database]
        self.bell = asyncio.Event()
        """Rung whenever a message is left in an outbox; the relay listens."""
        self._due_bells: dict[str, list[asyncio.Event]] = {}

    def __getitem__(self, name: str) -> Collection:
        return Collection(self._database[name], self.bell.set, lambda: self._ring_due(name))

    def ring_when_due(self, collection: str, bell: asyncio.Event) -> None:
        """Have a bell rung whenever a document of a collection is given a `due_at` here."""
        self._due_bells.setdefault(collection, []).append(bell)

    def _ring_due(self, collection: str) -> None:
        for bell in self._due_bells.get(collection, ()):
            bell.set()

    async def found(self, looks: Mapping[str, tuple[str, Document]]) -> set[str]:
        """Which of some queries, each with a collection, find anything: one round trip, however many there are."""
        pipelines: list[tuple[str, list[Document]]] = [
            (collection, [{"$match": query}, {"$limit": 1}, {"$project": {"_id": {"$literal": name}}}])
            for name, (collection, query) in looks.items()
        ]
        if not pipelines:
            return set()
        (first, stages), *others = pipelines
        unions: list[Document] = [{"$unionWith": {"coll": of, "pipeline": pipeline}} for of, pipeline in others]
        return {each["_id"] async for each in self._database[first].aggregate([*stages, *unions])}

    async def ping(self) -> bool:
        """Whether the store answers within two seconds."""
        try:
            async with asyncio.timeout(2):
                await self._database.command("ping")
        except Exception:
            return False
        return True

    async def drop(self) -> None:
        """Remove the whole database: for tests and benchmarks."""
        await self._client.drop_database(self._database.name)

    def close(self) -> None:
        self._client.close()
