"""Many writes in one round trip, and which of them did not find what had been read."""

from collections.abc import Iterable, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

_DUPLICATE = 11000
_ANOTHER_ID = 66  # ImmutableField: the insert's id differs from the one in the filter
_NOT_ALLOWED = 13


class NotAllowed(Exception):
    """This identity has no right to what it tried."""


async def write(
    collection: "AsyncIOMotorCollection[dict[str, Any]]", operations: Sequence[UpdateOne | InsertOne[dict[str, Any]]]
) -> list[int]:
    """Run operations unordered; return the positions of those that did not find the version they had read.

    Raises:
        NotAllowed: the store gives this identity no right to them.
    """
    if not operations:
        return []
    try:
        await collection.bulk_write(operations, ordered=False)
    except OperationFailure as error:
        if error.code == _NOT_ALLOWED:
            raise NotAllowed from None
        if not isinstance(error, BulkWriteError):
            raise
        failures = error.details["writeErrors"]
        if any(failure["code"] not in (_DUPLICATE, _ANOTHER_ID) for failure in failures):
            raise
        return [failure["index"] for failure in failures]
    return []


def saving(key: str, version: int, update: dict[str, Any]) -> UpdateOne:
    """One change of the document that was read at this version; at version 0 of one that is not there yet.

    A lost race is an error of this write, and of no other: an upsert whose filter on the version finds nothing would
    insert. At version 0 it meets the document that is there; at a later one it asks for an id that its filter forbids,
    so that it never inserts, and brings nothing back that was deleted.
    """
    if version:
        update = {**update, "$setOnInsert": {"_id": f"{key} is gone"}}
    return UpdateOne({"_id": key, "version": version}, update, upsert=True)


def taking_out(key: str, field: str, ids: Iterable[str]) -> UpdateOne:
    """Entries of a document's list go, by their ids."""
    return UpdateOne({"_id": key}, {"$pull": {field: {"id": {"$in": list(ids)}}}})
