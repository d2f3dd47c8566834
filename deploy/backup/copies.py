"""A copy on disk: a folder in the layout of MongoDB's own tools, and a manifest that says what has to be in it.

`notices/cases.bson.gz` has a collection's documents one after the other, `notices/cases.metadata.json.gz` its options
and indexes: where this program is ever lost, `mongorestore --gzip` reads both.
"""

import gzip
import hashlib
import io
import json
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
from bson import json_util
from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument

RAW: "CodecOptions[RawBSONDocument]" = CodecOptions(document_class=RawBSONDocument)
"""Documents as they are, byte by byte: what is not read cannot be changed."""
_NAME, _FORM = re.compile(r"everyday-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z"), "everyday-%Y-%m-%dT%H%M%SZ"
_MANIFEST = "manifest.json"
_LEVEL = 3  # of gzip: about a third of the time of its own choice, for a tenth more room


class CopyBroken(Exception):
    """A copy is not what its manifest says; the text names the part."""


@dataclass(frozen=True)
class Kept:
    """What of one collection is in a copy: the checksum is of the documents, and of the metadata behind them."""

    documents: int
    sha256: str


def name(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_FORM)


def listed(place: Path) -> list[Path]:
    """The whole copies in a folder, oldest first; what is being written is none."""
    return sorted(each for each in place.iterdir() if _NAME.fullmatch(each.name))


def write(copy: Path, collection: str, documents: Iterable[RawBSONDocument], about: Mapping[str, Any]) -> Kept:
    """Write one collection, such as `notices.cases`, with its options and indexes."""
    data, metadata = _files(copy, collection)
    data.parent.mkdir(parents=True, exist_ok=True)
    count, digest = 0, hashlib.sha256()
    with gzip.open(data, "wb", compresslevel=_LEVEL) as file:
        for document in documents:
            file.write(document.raw)
            digest.update(document.raw)
            count += 1
    text = json_util.dumps(about, json_options=json_util.CANONICAL_JSON_OPTIONS).encode()
    metadata.write_bytes(gzip.compress(text))
    digest.update(text)
    return Kept(count, digest.hexdigest())


def close(copy: Path, kept: Mapping[str, Kept]) -> None:
    """Write down what has to be in a copy."""
    said = {"collections": {collection: asdict(each) for collection, each in kept.items()}}
    (copy / _MANIFEST).write_text(json.dumps(said, indent=1))


def check(copy: Path) -> dict[str, Kept]:
    """Read a whole copy, and return what is in it; raises CopyBroken where that is not what its manifest says."""
    try:
        said = json.loads((copy / _MANIFEST).read_text())["collections"]
        kept = {collection: Kept(**each) for collection, each in said.items()}
    except (OSError, ValueError, KeyError, TypeError):
        raise CopyBroken(f"{copy.name} has no manifest that can be read") from None
    for collection, each in kept.items():
        if _read(copy, collection) != each:
            raise CopyBroken(f"{copy.name}: {collection} is not what was written")
    return kept


def documents(copy: Path, collection: str) -> Iterator[RawBSONDocument]:
    with _files(copy, collection)[0].open("rb") as packed, gzip.GzipFile(fileobj=packed) as file:
        yield from bson.decode_file_iter(io.BufferedReader(file), RAW)


def metadata(copy: Path, collection: str) -> dict[str, Any]:
    """The options and indexes of a collection."""
    found: dict[str, Any] = json_util.loads(gzip.decompress(_files(copy, collection)[1].read_bytes()))
    return found


def forget(place: Path, now: datetime, days: int) -> list[Path]:
    """Remove the copies older than so many days, but never the newest; return those that went."""
    oldest = name(now - timedelta(days=days))
    gone = [copy for copy in listed(place)[:-1] if copy.name < oldest]
    for copy in gone:
        shutil.rmtree(copy)
    return gone


def _read(copy: Path, collection: str) -> Kept:
    count, digest = 0, hashlib.sha256()
    try:
        for document in documents(copy, collection):
            digest.update(document.raw)
            count += 1
        digest.update(gzip.decompress(_files(copy, collection)[1].read_bytes()))
    except (OSError, EOFError, InvalidBSON, zlib.error) as error:
        raise CopyBroken(f"{copy.name}: {collection} cannot be read ({type(error).__name__})") from None
    return Kept(count, digest.hexdigest())


def _files(copy: Path, collection: str) -> tuple[Path, Path]:
    database, _, within = collection.partition(".")
    return copy / database / f"{within}.bson.gz", copy / database / f"{within}.metadata.json.gz"
