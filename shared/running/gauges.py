"""Gauges that need the store or the broker: read by one replica every fifteen seconds, never per scrape."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from prometheus_client.core import GaugeMetricFamily

from shared.messaging.publisher import Publisher
from shared.messaging.topology import DEAD, HEARS, queue_name
from shared.observing.metrics import REGISTRY
from shared.observing.telemetry import log
from shared.store.documents import Store
from shared.store.leases import Lease
from shared.store.timers import Timer
from shared.time.clock import Clock

EVERY = 15.0  # seconds


@dataclass(frozen=True)
class Asked:
    """A gauge: its name, its meaning, and its labels."""

    KNOWN: ClassVar[list["Asked"]] = []
    """Every gauge, for the list of metrics."""

    name: str
    means: str
    labels: tuple[str, ...] = ("service",)

    def __post_init__(self) -> None:
        self.KNOWN.append(self)


@dataclass(frozen=True)
class Answer:
    """One value of a gauge."""

    asked: Asked
    labels: tuple[str, ...]
    value: float


Ask = Callable[[], Awaitable[list[Answer]]]

OUTBOX = Asked("everyday_outbox_messages", "Messages that wait in outboxes.")
OUTBOX_OLDEST = Asked("everyday_outbox_oldest_seconds", "Age of the oldest message in an outbox; 0 when there is none.")
TIMER_DUE = Asked("everyday_timer_due", "Documents whose time has come, and that wait.", ("service", "collection"))
TIMER_OVERDUE = Asked(
    "everyday_timer_overdue_seconds",
    "How long the longest due document has been waiting; 0 when none is.",
    ("service", "collection"),
)
QUEUED = Asked("everyday_queue_messages", "Messages that are ready in a queue.", ("service", "type"))
CONSUMERS = Asked("everyday_queue_consumers", "Consumers of a queue, of all replicas.", ("service", "type"))
QUEUE_MISSING = Asked("everyday_queue_missing", "Whether a queue is not there: 1 or 0.", ("service", "type"))
DEAD_LETTERS = Asked("everyday_dead_letters", "Messages that are parked among the dead.", ())


class Gauges:
    """The latest values, for scrapes; read by the replica that holds the lease, empty on the others.

    A failed query leaves a gap in its graph and a log line: an old value is not shown as new.
    """

    def __init__(self, store: Store, asks: Sequence[Ask], every: float = EVERY) -> None:
        self._lease = Lease(store, "gauges", timedelta(seconds=2 * every + 5))
        self._asks = asks
        self._every = every
        self._answers: list[Answer] = []

    async def run(self) -> None:
        """Read all gauges regularly until cancelled."""
        REGISTRY.register(self)
        while True:
            await self.once()
            await asyncio.sleep(self._every)

    async def once(self) -> None:
        """Read every gauge, if it is this replica's turn."""
        try:
            if not await self._lease.held():
                self._answers = []
                return
        except Exception as error:
            log.warning("gauges_wait", error=error)
            self._answers = []
            return
        answers: list[Answer] = []
        for ask in self._asks:
            try:
                async with asyncio.timeout(self._every):
                    answers += await ask()
            except Exception as error:
                log.warning("gauge_not_read", error=error)
        self._answers = answers

    async def stop(self) -> None:
        with suppress(KeyError):
            REGISTRY.unregister(self)
        with suppress(Exception):
            await self._lease.release()

    def describe(self) -> Sequence[GaugeMetricFamily]:
        """Nothing: the gauges are known only once they were read."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The latest values in Prometheus' form."""
        families: dict[Asked, GaugeMetricFamily] = {}
        for answer in self._answers:
            asked = answer.asked
            if asked not in families:
                families[asked] = GaugeMetricFamily(asked.name, asked.means, labels=asked.labels)
            families[asked].add_metric(answer.labels, answer.value)
        yield from families.values()


def of_outboxes(store: Store, collections: Sequence[str]) -> Ask:
    """How many messages wait to be published, and for how long."""

    async def ask() -> list[Answer]:
        waiting = [await store[name].outbox_waiting() for name in collections]
        oldest = min((since for _, since in waiting if since is not None), default=None)
        messages = sum(count for count, _ in waiting)
        return [
            Answer(OUTBOX, (store.name,), messages),
            Answer(OUTBOX_OLDEST, (store.name,), seconds_since(oldest, Clock.wall())),
        ]

    return ask


def of_timers(store: Store, timers: Sequence[Timer], clock: Clock) -> Ask:
    """How much is due, and for how long."""

    async def ask() -> list[Answer]:
        answers = []
        for timer in timers:
            due, since = await timer.waiting()
            labels = (store.name, timer.name)
            answers.append(Answer(TIMER_DUE, labels, due))
            answers.append(Answer(TIMER_OVERDUE, labels, seconds_since(since, clock.now())))
        return answers

    return ask


def of_queues(service: str, publisher: Publisher) -> Ask:
    """How many messages wait in the service's queues, and how many consumers each queue has."""
    types = {queue_name(service, message): message.key() for message in HEARS[service]}

    async def ask() -> list[Answer]:
        seen = await publisher.look_at(types)
        answers = [Answer(QUEUE_MISSING, (service, kind), name not in seen) for name, kind in types.items()]
        for name, (messages, consumers) in seen.items():
            answers.append(Answer(QUEUED, (service, types[name]), messages))
            answers.append(Answer(CONSUMERS, (service, types[name]), consumers))
        return answers

    return ask


def of_the_dead(publisher: Publisher) -> Ask:
    """How many messages of all services are parked; one service reads this."""

    async def ask() -> list[Answer]:
        seen: Mapping[str, tuple[int, int]] = await publisher.look_at([DEAD])
        return [Answer(DEAD_LETTERS, (), messages) for messages, _ in seen.values()]

    return ask


def seconds_since(instant: datetime | None, now: datetime) -> float:
    """An age in seconds, 0 if there is nothing."""
    return max(0.0, (now - instant).total_seconds()) if instant is not None else 0.0
