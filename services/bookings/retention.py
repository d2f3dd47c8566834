"""How long bookings are kept: after that nobody can say any more who came. Meetings stay, and know no names."""

from datetime import datetime

from services.bookings import records
from shared.store import Store


async def forget(store: Store, before: datetime) -> int:
    """Remove the bookings of meetings that began before an instant; returns how many went.

    One that still has something to say stays until it is said.
    """
    held = await store[records.MEETINGS].find({"starts_at": {"$lt": before}}, fields=["_id"])
    old = {"meeting": {"$in": [meeting["_id"] for meeting in held]}, "outbox.id": {"$exists": False}}
    return await store[records.BOOKINGS].remove(old)
