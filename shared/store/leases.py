"""Leases: one replica at a time does a job, and another takes over when it dies."""

import os
import socket
from datetime import datetime, timedelta
from uuid import uuid4

from shared.observing import metrics
from shared.store.documents import Store
from shared.time.clock import Clock


class Lease:
    """The right to do one job for a while. Renewed after half its time; released at shutdown.

    It only saves double work: the job must be idempotent, because a holder may be suspended past its lease.
    """

    def __init__(self, store: Store, job: str, length: timedelta = timedelta(seconds=10)) -> None:
        self._leases = store["leases"]
        self._job = job
        self._length = length
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._until: datetime | None = None
        metrics.LEASE_HELD.labels(store.name, job).set_function(self._holds_now)

    async def held(self) -> bool:
        """Whether this replica holds the lease now, taking or renewing it where it can."""
        now = Clock.wall()
        if self._until is not None and self._until - now > self._length / 2:
            return True
        until = now + self._length
        free = {"_id": self._job, "$or": [{"owner": self._owner}, {"until": {"$lt": now}}]}
        taken = await self._leases.swap(free, {"owner": self._owner, "until": until}, create=True)
        self._until = until if taken is not None else None
        return taken is not None

    def _holds_now(self) -> bool:
        return self._until is not None and self._until > Clock.wall()

    async def release(self) -> None:
        """Give the lease back, so that another replica need not wait for it to expire."""
        if self._until is not None:
            self._until = None
            await self._leases.remove({"_id": self._job, "owner": self._owner})
