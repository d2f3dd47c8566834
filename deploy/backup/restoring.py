"""The way back from a copy, into stores that are empty."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from deploy.backup import copies

_BATCH = 200  # documents: a letter with its PDF may be 100 kB
_Documents = dict[str, Any]


class NotRestored(Exception):
    """A copy was not brought back; the text says why and what to do."""


def restore(client: "MongoClient[_Documents]", copy: Path) -> dict[str, int]:
    """Bring every collection back, with its indexes, and return how many documents each has now.

    The whole copy is read before anything is written, and nothing is written where anything is already.
    """
    kept = copies.check(copy)
    full = [collection for collection in kept if _of(client, collection).find_one({}, {"_id": 1}) is not None]
    if full:
        raise NotRestored(f"{', '.join(full)} are not empty: restore into new members, or drop these databases first")
    for collection in kept:
        _bring_back(client, copy, collection)
    there = {collection: _of(client, collection).count_documents({}) for collection in kept}
    missing = [collection for collection, each in kept.items() if there[collection] != each.documents]
    if missing:
        raise NotRestored(f"{', '.join(missing)} do not have all their documents: does somebody write there already?")
    return there


def _bring_back(client: "MongoClient[_Documents]", copy: Path, collection: str) -> None:
    database, _, within = collection.partition(".")
    about = copies.metadata(copy, collection)
    if within not in client[database].list_collection_names():
        client[database].command({"create": within, **about["options"]})
    raw = client[database].get_collection(
        within, codec_options=copies.RAW, write_concern=WriteConcern("majority", j=True)
    )
    for documents in _batches(copies.documents(copy, collection)):
        raw.insert_many(documents, bypass_document_validation=True)
    if indexes := [each for each in about["indexes"] if each["name"] != "_id_"]:
        client[database].command({"createIndexes": within, "indexes": indexes})


def _batches(documents: Iterator[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    while batch := list(islice(documents, _BATCH)):
        yield batch


def _of(client: "MongoClient[_Documents]", collection: str) -> "Collection[_Documents]":
    database, _, within = collection.partition(".")
    return client[database][within]
