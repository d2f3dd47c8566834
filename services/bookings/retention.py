"""How long bookings are kept: after that nobody can say any more who came. Meetings stay, and know no names."""

from datetime import datetime, timedelta
from functools import partial

from services.bookings import records
from shared.clock import Clock
from shared.store import Store
from shared.sweeping import Sweep


def sweep(store: Store, kept_days: float, clock: Clock) -> Sweep:
    return Sweep(store, records.BOOKINGS, timedelta(days=kept_days), partial(forget, store), clock)


async def forget(store: Store, before: datetime) -> int:
    """Remove the bookings of meetings that began before an instant; returns how many went.

    One that still has something to say stays until it is said.
    """
    held = await store[records.MEETINGS].find({"starts_at": {"$lt": before}}, fields=["_id"])
    old = {"meeting": {"$in": [meeting["_id"] for meeting in held]}, "outbox.id": {"$exists": False}}
    return await store[records.BOOKINGS].remove(old)
