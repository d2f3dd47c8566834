"""Log lines from files, folders or standard input, even with prefixes that other tools add."""

import gzip
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from shared.cli.output import BAD_INPUT, fail
from shared.cli.places import local_logs

Line = dict[str, Any]

REFERENCE = re.compile(r"[A-Z]-[2-9B-Z]{4}-[2-9B-Z]{5}")
_KINDS = ("*.jsonl", "*.log", "*.json", "*.gz")


def read_all(sources: Sequence[str]) -> list[bytes]:
    """The logs of every source: a file, a folder of files, or `-`; the local stack's where none is named."""
    paths = [path for source in sources for path in _paths(source)] if sources else sorted(local_logs().glob("*.jsonl"))
    texts = [_read(path) for path in paths]
    return [sys.stdin.buffer.read(), *texts] if "-" in sources else texts


def lines_with(texts: Iterable[bytes], wanted: Iterable[str]) -> Iterator[Line]:
    """The lines that name any of these, each once. Only those are parsed: a day's logs are searched in a second."""
    needles = [want.encode() for want in wanted]
    for text in texts:
        found: set[int] = set()
        for needle in needles:
            at = text.find(needle)
            while at >= 0:
                start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
                end = len(text) if end < 0 else end
                if start not in found and (line := parse(text[start:end])) is not None:
                    yield line
                found.add(start)
                at = text.find(needle, end)


def parse(raw: bytes) -> Line | None:
    """One line; anything before its first brace, such as a pod's name, is ignored. None: it is not ours."""
    try:
        line = orjson.loads(raw[raw.index(b"{") :])
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("event"), str) and "time" in line else None


def _paths(source: str) -> list[Path]:
    if source == "-":
        return []
    path = Path(source)
    if path.is_dir():
        return sorted({file for kind in _KINDS for file in path.glob(kind)})
    return [path]


def _read(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror or type(error).__name__}", BAD_INPUT)
