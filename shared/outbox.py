"""The relay: publishes what aggregates left in their outboxes. Bell for speed, polling for truth."""

import asyncio
from collections.abc import Sequence

from shared import metrics, tracing
from shared.leases import Lease
from shared.publisher import Publisher
from shared.store import Document, Store
from shared.telemetry import log

_AT_ONCE = 200  # documents a round; within one document messages go out one after the other
_IN_FLIGHT = 100


class Relay:
    """Publishes pending messages with confirms, in order within each document; one replica at a time.

    A crash after a confirm and before the message is forgotten publishes it again with the same id.
    """

    def __init__(self, store: Store, collections: Sequence[str], publisher: Publisher, poll: float = 3.0) -> None:
        self._store = store
        self._collections = {name: store[name] for name in collections}
        self._publisher = publisher
        self._lease = Lease(store, "relay")
        self._poll = poll
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            self._store.bell.clear()
            try:
                sent = await self.drain() if await self._lease.held() else 0
            except Exception as error:
                log.warning("relay_waits", error=error)
                sent = 0
            if not sent:
                await self._rest()

    async def drain(self) -> int:
        """Publish one round of what is pending; return how many messages went out."""
        total = 0
        for name, collection in self._collections.items():
            documents = await collection.pending(_AT_ONCE)
            confirmed = await asyncio.gather(*(self._publish(document) for document in documents))
            sent = {document["_id"]: ids for document, ids in zip(documents, confirmed, strict=True) if ids}
            await collection.published(sent)
            count = sum(map(len, sent.values()))
            if count:
                log.debug("outbox_relayed", collection=name, messages=count)
            total += count
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

    async def _publish(self, document: Document) -> list[str]:
        confirmed: list[str] = []
        async with self._slots:
            for entry in document["outbox"]:
                try:
                    await self._publisher.publish_body(
                        entry["exchange"],
                        entry["type"],
                        entry["body"].encode(),
                        message_id=entry["id"],
                        correlation_id=entry["correlation_id"],
                        mandatory=entry["mandatory"],
                        headers=_headers(entry),
                        said_at=entry["kept_at"],
                    )
                except Exception as error:
                    metrics.PUBLISHED.labels(self._store.name, entry["type"], "failed").inc()
                    log.warning(
                        "publish_failed",
                        type=entry["type"],
                        message_id=entry["id"],
                        correlation_id=entry["correlation_id"],
                        error=error,
                    )
                    break
                metrics.PUBLISHED.labels(self._store.name, entry["type"], "confirmed").inc()
                confirmed.append(entry["id"])
        return confirmed

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._store.bell.wait()
        except TimeoutError:
            return


def _headers(entry: Document) -> dict[str, str]:
    headers = {"cloudEvents:subject": entry["subject"], "cloudEvents:time": entry["at"].isoformat()}
    return headers | {tracing.PARENT: entry["traceparent"]} if "traceparent" in entry else headers
