"""What the Notify stand-in has accepted: every item on disk before it is confirmed, read again at start."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Item:
    """One accepted message: what was asked, when, and what the look at a letter found."""

    id: str
    type: str
    reference: str | None
    accepted_at: datetime
    asked: dict[str, Any]
    postage: str | None = None
    file: str | None = None
    fault: str | None = None


class Ledger:
    """A folder with `letters.jsonl` and the letters as `<reference>-<n>.pdf`: nothing is ever merged or forgotten."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = folder / "letters.jsonl"
        self.items: dict[str, Item] = {}
        if self._file.exists():
            self._read()

    def add(self, item: Item) -> None:
        """Write one item down, to last."""
        line = json.dumps({**asdict(item), "accepted_at": item.accepted_at.isoformat()}) + "\n"
        with self._file.open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.items[item.id] = item

    def keep_pdf(self, reference: str, pdf: bytes) -> str:
        """Keep a letter's file whole and return its name; the same reference again makes another file."""
        name = f"{quote(reference, safe='')[:200]}-{self.counts().get(reference, 0) + 1}.pdf"
        part = self._folder / f"{name}.part"
        part.write_bytes(pdf)
        part.replace(self._folder / name)
        return name

    def pdf(self, item: Item) -> bytes:
        return (self._folder / str(item.file)).read_bytes()

    def counts(self) -> dict[str, int]:
        """How many letters each reference made: more than one is a letter sent twice."""
        counts: dict[str, int] = {}
        for item in self.items.values():
            if item.type == "letter" and item.reference is not None:
                counts[item.reference] = counts.get(item.reference, 0) + 1
        return counts

    def _read(self) -> None:
        """Read what is there; a last line that a crash cut short was never confirmed, and is cut off."""
        whole = self._file.read_bytes()
        complete = whole[: whole.rfind(b"\n") + 1]
        if complete != whole:
            self._file.write_bytes(complete)
        for line in complete.splitlines():
            kept = json.loads(line)
            item = Item(**{**kept, "accepted_at": datetime.fromisoformat(kept["accepted_at"])})
            self.items[item.id] = item
