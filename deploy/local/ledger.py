"""What a provider's stand-in has accepted: every item on disk before it is confirmed, read again at start."""

import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Item:
    """One accepted message: what was asked, and when."""

    id: str
    type: str
    reference: str | None
    accepted_at: datetime
    asked: dict[str, Any]
    postage: str | None = None
    file: str | None = None


class Ledger:
    """A folder with `accepted.jsonl` and letters as `<reference>-<n>.pdf`: nothing is ever merged or forgotten."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = folder / "accepted.jsonl"
        self.items: dict[str, Item] = {}
        self._by_reference: dict[str, list[Item]] = defaultdict(list)
        if self._file.exists():
            self._read()

    def add(self, item: Item) -> None:
        """Write one item down, to last."""
        line = json.dumps({**asdict(item), "accepted_at": item.accepted_at.isoformat()}) + "\n"
        with self._file.open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._know(item)

    def keep_pdf(self, reference: str, pdf: bytes) -> str:
        """Keep a letter's file whole and return its name; the same reference again makes another file."""
        before = sum(item.type == "letter" for item in self.of(reference))
        name = f"{quote(reference, safe='')[:200]}-{before + 1}.pdf"
        part = self._folder / f"{name}.part"
        part.write_bytes(pdf)
        part.replace(self._folder / name)
        return name

    def pdf(self, item: Item) -> bytes:
        return (self._folder / str(item.file)).read_bytes()

    def of(self, reference: str) -> list[Item]:
        """What was accepted under a reference, oldest first."""
        return self._by_reference.get(reference, [])

    def counts(self, kind: str = "letter") -> dict[str, int]:
        """How many messages of a kind each reference made: more than one is a message sent twice."""
        counts = {
            reference: sum(item.type == kind for item in items) for reference, items in self._by_reference.items()
        }
        return {reference: count for reference, count in counts.items() if count}

    def _know(self, item: Item) -> None:
        self.items[item.id] = item
        if item.reference is not None:
            self._by_reference[item.reference].append(item)

    def _read(self) -> None:
        """Read what is there; a last line that a crash cut short was never confirmed, and is cut off."""
        whole = self._file.read_bytes()
        complete = whole[: whole.rfind(b"\n") + 1]
        if complete != whole:
            self._file.write_bytes(complete)
        for line in complete.splitlines():
            kept = json.loads(line)
            self._know(Item(**{**kept, "accepted_at": datetime.fromisoformat(kept["accepted_at"])}))
