"""The relay: publishes what aggregates left in their outboxes. A bell makes it fast, polling makes it sure."""

import asyncio
import time
from collections.abc import Sequence

from shared.messaging.publisher import REFUSALS, Publisher
from shared.messaging.refusals import Refusals
from shared.observing import metrics, tracing
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.leases import Lease

_BATCH = 200  # documents per round; within one document messages go out one after the other
_IN_FLIGHT = 100


class Relay:
    """Publishes pending messages with confirms, in order within each document; one replica at a time.

    A type that the broker refuses (a right or a queue is missing) is set aside and holds up no other type, except
    what follows it in its own document.

    A crash between the confirm and removing the message publishes it again with the same id.
    """

    def __init__(self, store: Store, collections: Sequence[str], publisher: Publisher, poll: float = 3.0) -> None:
        self._store = store
        self._collections = {name: store[name] for name in collections}
        self._publisher = publisher
        self._lease = Lease(store, "relay")
        self._poll = poll
        self._refusals = Refusals()
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            self._store.bell.clear()
            try:
                sent = await self._drain_if_ours()
            except Exception as error:
                log.warning("relay_waits", error=error)
                sent = 0
            if not sent:
                await self._rest()

    async def drain(self) -> int:
        """Publish one round of what is pending; return how many messages went out.

        A message that the broker refuses is set aside with its whole type; later one message tests the type again.
        """
        total = 0
        aside, again = self._refusals.kinds(), self._refusals.due(time.monotonic())
        found: set[str] = set()
        for name, collection in self._collections.items():
            documents = await collection.pending(_BATCH, but=aside)
            for kind in again:
                tried = await collection.pending(1, only=kind)
                documents += tried
                found |= {kind} if tried else set()
            confirmed = await asyncio.gather(*(self._publish(document, again) for document in documents))
            sent = {document["_id"]: ids for document, ids in zip(documents, confirmed, strict=True) if ids}
            await collection.published(sent)
            count = sum(map(len, sent.values()))
            if count:
                log.debug("outbox_relayed", collection=name, messages=count)
            total += count
        for kind in set(again) - found:
            self._taken(kind)
        return total

    async def stop(self) -> None:
        """Send what is left and let another replica take over at once."""
        try:
            async with asyncio.timeout(5):
                while await self._lease.held() and await self.drain():
                    pass
                await self._lease.release()
        except Exception as error:
            log.warning("relay_stopped_early", error=error)

    async def _drain_if_ours(self) -> int:
        if await self._lease.held():
            return await self.drain()
        for kind in self._refusals.forget():
            metrics.REFUSED.labels(self._store.name, kind).set(0)
        return 0

    async def _publish(self, document: Document, again: Sequence[str]) -> list[str]:
        confirmed: list[str] = []
        async with self._slots:
            for entry in document["outbox"]:
                if entry["type"] in self._refusals and entry["type"] not in again:
                    break
                try:
                    await self._publisher.publish_body(
                        entry["type"],
                        entry["body"].encode(),
                        message_id=entry["id"],
                        correlation_id=entry["correlation_id"],
                        headers=_headers(entry),
                        said_at=entry["kept_at"],
                    )
                except Exception as error:
                    self._failed(entry, error)
                    break
                metrics.PUBLISHED.labels(self._store.name, entry["type"], "confirmed").inc()
                self._taken(entry["type"])
                confirmed.append(entry["id"])
        return confirmed

    def _failed(self, entry: Document, error: Exception) -> None:
        kind = entry["type"]
        metrics.PUBLISHED.labels(self._store.name, kind, "failed").inc()
        ids = {"message_id": entry["id"], "correlation_id": entry["correlation_id"]}
        if not isinstance(error, REFUSALS):
            log.warning("publish_failed", type=kind, **ids, error=error)
            return
        again_in_s = self._refusals.refused(kind, time.monotonic())
        if again_in_s is not None:
            metrics.REFUSED.labels(self._store.name, kind).set(1)
            log.error("publish_refused", type=kind, **ids, again_in_s=again_in_s, error=error)

    def _taken(self, kind: str) -> None:
        if self._refusals.taken(kind):
            metrics.REFUSED.labels(self._store.name, kind).set(0)
            log.info("publish_resumed", type=kind)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._store.bell.wait()
        except TimeoutError:
            return


def _headers(entry: Document) -> dict[str, str]:
    headers = {"cloudEvents:subject": entry["subject"], "cloudEvents:time": entry["at"].isoformat()}
    return headers | {tracing.PARENT: entry["traceparent"]} if "traceparent" in entry else headers
