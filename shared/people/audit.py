"""Who has looked at whose data, or acted, by which command: entries that are added and read, and never changed.

They are in a database of their own, in which the stores' reader may insert and find, and do nothing else
(shared/messaging/access.py). Whoever is signed in signs their entries, so that nobody can leave one for another:
what is not signed is what somebody claims. What officers decide stands, besides, in the histories of cases, surveys
and bookings.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from shared.messaging.access import ENTRIES
from shared.store.documents import Document, Store

ACT = "audit"
"""What a signature says that it is about."""


@dataclass(frozen=True)
class Entry:
    """One look at personal data, or one deed by hand."""

    at: datetime
    who: str
    """A staff id; where none was given, the machine's own name of who was logged in, such as `user:jo`."""
    what: str
    """The command, such as `explain`."""
    about: tuple[str, ...]
    """References, and a person's UPN, address or id where it was about one person."""
    why: str = ""
    """The reason that was given, where one is asked for."""
    id: str = field(default_factory=lambda: str(uuid4()))
    signature: str = ""
    """Credential and signature of whoever was signed in."""

    def body(self) -> bytes:
        """What is signed: all of it, in one spelling. The store keeps times to the millisecond."""
        said = {**asdict(self), "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds")}
        del said["signature"]
        return json.dumps(said, sort_keys=True, ensure_ascii=False).encode()


class Audit:
    """The audit trail, in the store that is its own."""

    def __init__(self, store: Store) -> None:
        self._entries = store[ENTRIES]

    async def keep(self, entry: Entry) -> None:
        facts = asdict(entry)
        await self._entries.insert_facts([{"_id": facts.pop("id"), **facts}])

    async def listed(self, who: str = "", about: str = "", limit: int = 100) -> Sequence[Entry]:
        """The newest first; `about` in whatever case it was typed."""
        query: Document = {"who": who} if who else {}
        if about:
            query["about"] = {"$regex": f"^{re.escape(about)}$", "$options": "i"}
        found = await self._entries.find(query, sort=[("at", -1)], limit=limit)
        return [_read(each) for each in found]


def _read(kept: Document) -> Entry:
    """An entry, of today or of before entries were signed."""
    told = (kept["at"], kept["who"], kept["what"], tuple(kept["about"]), kept.get("why", ""))
    return Entry(*told, id=kept["_id"], signature=kept.get("signature", ""))
