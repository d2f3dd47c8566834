"""Who has looked at whose data, by which command: lines that are added and read, and that nobody's role can change.

They are in a database of their own, in which the stores' reader may insert and find, and do nothing else
(shared/access.py). What officers have *done* stands in the histories of cases, surveys and bookings.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import uuid4

from shared.access import AUDIT, LOOKS
from shared.store import Document, Store


@dataclass(frozen=True)
class Look:
    """One look at personal data."""

    at: datetime
    who: str
    """A staff id; where none was given, the machine's own name of who was logged in, such as `user:jo`."""
    what: str
    """The command, such as `explain`."""
    about: tuple[str, ...]
    """References, and a person's UPN, address or id where the look was at one person."""


class Audit:
    """The audit trail. `url` is the reader's address."""

    def __init__(self, url: str) -> None:
        self._store = Store(url, AUDIT)
        self._looks = self._store[LOOKS]

    async def keep(self, look: Look) -> None:
        await self._looks.insert_facts([{"_id": str(uuid4()), **asdict(look)}])

    async def listed(self, who: str = "", about: str = "", limit: int = 100) -> Sequence[Look]:
        """The newest looks first; `about` in whatever case it was typed."""
        query: Document = {"who": who} if who else {}
        if about:
            query["about"] = {"$regex": f"^{re.escape(about)}$", "$options": "i"}
        found = await self._looks.find(query, sort=[("at", -1)], limit=limit)
        return [Look(each["at"], each["who"], each["what"], tuple(each["about"])) for each in found]

    def close(self) -> None:
        self._store.close()
