"""When its words are forgotten, a delivery forgets to whom they went: its record stays, and the hash of its words."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.notifications.deliveries import DELIVERIES
from services.notifications.delivery import RANK
from services.notifications.retention import ARCHIVED, BODIES, WITH_THE_FILE
from shared.clock import Clock
from shared.store import Document, Store
from shared.sweeping import Sweep

_NOBODY: Document = {
    "recipient.name": "", "recipient.email": None, "recipient.phone": None, "recipient.postal": [], "address": "",
}  # fmt: skip
_GONE_OUT = [state for state, rank in RANK.items() if rank]
"""What still has to go keeps its address, however long it waits."""


def sweeps(store: Store, clock: Clock) -> Iterator[Sweep]:
    """One for letters that are kept with their file, and one for all other messages."""
    archived = {"$in": [*ARCHIVED]}
    yield Sweep(store, "deliveries", BODIES, partial(_forget, store, {"$not": archived}), clock)
    yield Sweep(store, "deliveries_with_a_file", WITH_THE_FILE, partial(_forget, store, archived), clock)


async def _forget(store: Store, template: Document, before: datetime) -> int:
    old = {"event_at": {"$lt": before}, "template": template, "state": {"$in": _GONE_OUT}, "address": {"$ne": ""}}
    return await store[DELIVERIES].set_all(old, _NOBODY)
