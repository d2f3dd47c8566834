"""Who has looked at whose data, or acted, by which command: entries that are added and read, and never changed.

They are in a database of their own, in which the stores' reader may insert and find, and do nothing else
(shared/access.py). What officers decide stands, besides, in the histories of cases, surveys and bookings.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import uuid4

from shared.access import ENTRIES
from shared.store import Document, Store


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


class Audit:
    """The audit trail, in the store that is its own."""

    def __init__(self, store: Store) -> None:
        self._entries = store[ENTRIES]

    async def keep(self, entry: Entry) -> None:
        await self._entries.insert_facts([{"_id": str(uuid4()), **asdict(entry)}])

    async def listed(self, who: str = "", about: str = "", limit: int = 100) -> Sequence[Entry]:
        """The newest first; `about` in whatever case it was typed."""
        query: Document = {"who": who} if who else {}
        if about:
            query["about"] = {"$regex": f"^{re.escape(about)}$", "$options": "i"}
        found = await self._entries.find(query, sort=[("at", -1)], limit=limit)
        return [
            Entry(each["at"], each["who"], each["what"], tuple(each["about"]), each.get("why", "")) for each in found
        ]
