"""When its words are forgotten, a delivery forgets its recipient; a campaign's does so sooner.

Its record stays, with the hash of its words and the keyed hash of its address.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, NOBODY, RANK
from services.notifications.deliveries.retention import ARCHIVED, BODIES, CAMPAIGNS, WITH_THE_FILE
from shared.store.documents import Document, Store
from shared.store.sweeping import Sweep
from shared.time.clock import Clock

GONE_OUT = tuple(state for state, rank in RANK.items() if rank)
"""States in which it still has to be sent, and so keeps its address however long it waits."""


def sweeps(store: Store, clock: Clock) -> Iterator[Sweep]:
    """One sweep for letters that are kept with their file, one for campaigns, and one for all other messages."""
    archived = {"$in": [*ARCHIVED]}
    for kind, kept, which in (
        ("deliveries", BODIES, {"template": {"$not": archived}}),
        ("deliveries_with_a_file", WITH_THE_FILE, {"template": archived}),
        ("deliveries_of_campaigns", CAMPAIGNS, {"category": "campaign"}),
    ):
        yield Sweep(store, kind, kept, partial(_forget, store, which), clock)


async def _forget(store: Store, which: Document, before: datetime) -> int:
    old = {"event_at": {"$lt": before}, **which, **DELIVERY.among(*GONE_OUT), "address": {"$ne": ""}}
    return await store[DELIVERIES].set_all(old, NOBODY)
