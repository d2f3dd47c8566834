"""Who has looked at whose data, or acted, by which command: entries are added and read, never changed.

They are in a database of their own, where the stores' reader may only insert and find
(shared/messaging/access.py). A signed-in person signs their entries, so that nobody can write one for somebody else:
an unsigned entry is only a claim. Officers' decisions are also in the histories of cases, surveys
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
"""The subject that a signature states."""


@dataclass(frozen=True)
class Entry:
    """One look at personal data, or one manual action."""

    at: datetime
    who: str
    """A staff id; if none was given, the machine's user, such as `user:jo`."""
    what: str
    """The command, such as `explain`."""
    about: tuple[str, ...]
    """References, and the UPN, address or id of a person if it was about one."""
    why: str = ""
    """The reason that was given, where one is asked for."""
    id: str = field(default_factory=lambda: str(uuid4()))
    signature: str = ""
    """Credential and signature of the signed-in person."""

    def body(self) -> bytes:
        """What is signed: the whole entry in one canonical form. The store keeps times to the millisecond."""
        signed = {**asdict(self), "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds")}
        del signed["signature"]
        return json.dumps(signed, sort_keys=True, ensure_ascii=False).encode()


class Audit:
    """The audit trail, in a store of its own."""

    def __init__(self, store: Store) -> None:
        self._entries = store[ENTRIES]

    async def keep(self, entry: Entry) -> None:
        facts = asdict(entry)
        await self._entries.insert_facts([{"_id": facts.pop("id"), **facts}])

    async def listed(self, who: str = "", about: str = "", limit: int = 100) -> Sequence[Entry]:
        """Entries, the newest first; `about` ignores case."""
        query: Document = {"who": who} if who else {}
        if about:
            query["about"] = {"$regex": f"^{re.escape(about)}$", "$options": "i"}
        found = await self._entries.find(query, sort=[("at", -1)], limit=limit)
        return [_read(each) for each in found]


def _read(kept: Document) -> Entry:
    """A stored entry, signed or from before entries were signed."""
    facts = (kept["at"], kept["who"], kept["what"], tuple(kept["about"]), kept.get("why", ""))
    return Entry(*facts, id=kept["_id"], signature=kept.get("signature", ""))
