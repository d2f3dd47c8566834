"""Copying every database as of one moment, while services go on writing."""

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from deploy.backup import copies

_SERVERS_OWN = ("admin", "config", "local")
"""Users and roles are not copied: they come from the manifests, and their passwords from the vault."""
_Documents = dict[str, Any]


def take(client: "MongoClient[_Documents]", place: Path, now: datetime) -> tuple[Path, dict[str, copies.Kept]]:
    """Copy all collections into a new folder, read it back, and return it once it is whole, with what is in it.

    One session with read concern `snapshot` reads all as of one moment, so that what one case caused in another
    collection is there with it or not at all. MongoDB keeps that moment for `minSnapshotHistoryWindowInSeconds` (the
    manifest says an hour): a longer copy ends in an error.
    """
    part = place / ".part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    there = dict(_collections(client))
    with client.start_session(snapshot=True) as session:

        def read(collection: str) -> Iterator[RawBSONDocument]:
            database, _, within = collection.partition(".")
            yield from client[database].get_collection(within, codec_options=copies.RAW).find(session=session)

        kept = {collection: copies.write(part, collection, read(collection), there[collection]) for collection in there}
    copies.close(part, kept)
    read_back = copies.check(part)
    whole = place / copies.name(now)
    part.rename(whole)
    os.sync()
    return whole, read_back


def _collections(client: "MongoClient[_Documents]") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every collection of ours, with its options and indexes as MongoDB's own tools write them."""
    for database in client.list_database_names():
        if database in _SERVERS_OWN:
            continue
        for found in client[database].list_collections(filter={"type": "collection"}):
            within = found["name"]
            if not within.startswith("system."):
                indexes = [dict(each) for each in client[database][within].list_indexes()]
                about = {
                    "options": found["options"],
                    "indexes": indexes,
                    "collectionName": within,
                    "type": "collection",
                }
                yield f"{database}.{within}", about
