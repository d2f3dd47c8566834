"""All four services in one process, on one clock: what they say is relayed, held up or parked as a test wishes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from faststream.rabbit import TestRabbitBroker

from services.bookings.app import composer as bookings
from services.bookings.settings import BookingsSettings
from services.notices.app import composer as notices
from services.notices.settings import NoticesSettings
from services.notifications.app import composer as notifications
from services.notifications.providers.outcomes import Outgoing, Provider
from services.notifications.rules import RULES
from services.notifications.settings import NotificationsSettings
from services.surveys.app import composer as surveys
from services.surveys.settings import SurveysSettings
from shared.contracts import CATALOGUE, Message
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.topology import HEARS, inbox
from shared.running.service import Compose, Parts, consumer
from shared.running.settings import Settings
from shared.store.documents import Store
from shared.time.clock import LONDON, Clock, FixedClock
from tests.component.test_notifications import Carrier, Mail

M = TypeVar("M", bound=Message)
BEGINS = datetime(2024, 11, 11, 10, tzinfo=LONDON).astimezone(UTC)
_OURS: dict[str, Any] = {
    "amqp_url": "", "mongo_url": "", "link_key": "link", "public_url": "https://here.example", "address_key": "secret",
}  # fmt: skip


@dataclass
class Town:
    """What is kept is in four stores, what was sent with the carriers, what could not be taken among the parked."""

    clock: FixedClock
    stores: dict[str, Store]
    parts: dict[str, Parts]
    brokers: dict[str, Any]
    carriers: tuple[Mail, ...]
    on_the_ladder: list[tuple[str, Message]] = field(default_factory=list)
    parked: list[tuple[str, Message, str]] = field(default_factory=list)

    async def hears(self, *messages: Message) -> None:
        """Give messages to every service that listens to them; what is not known yet walks the ladder."""
        for message in messages:
            for service, kinds in HEARS.items():
                if type(message) in kinds:
                    await self._give(service, message)

    async def do(self, kind: type[M], **facts: Any) -> M:
        told = kind.model_validate({"id": uuid4(), "time": self.clock.now(), **facts})
        await self.hears(told)
        return told

    async def relays(self) -> int:
        """Publish what waits in every outbox."""
        count = 0
        for service, parts in self.parts.items():
            for name in parts.outboxes:
                for document in await self.stores[service][name].pending(1000):
                    for entry in document["outbox"]:
                        await self.hears(CATALOGUE[entry["type"]].parse(entry["body"]))
                    await self.stores[service][name].published(
                        {document["_id"]: [each["id"] for each in document["outbox"]]}
                    )
                    count += 1
        return count

    async def climbs_down(self) -> None:
        """What is on the ladder comes back."""
        waiting, self.on_the_ladder = self.on_the_ladder, []
        for service, message in waiting:
            await self._give(service, message)

    async def later(self, step: timedelta = timedelta(), *, relays: bool = True) -> None:
        """Move the clock, and let everything happen that is due."""
        self.clock.advance(step)
        for _ in range(4):
            for parts in self.parts.values():
                for timer in parts.timers:
                    await timer.once()
            if relays:
                await self.climbs_down()
                await self.relays()

    @property
    def sent(self) -> list[Outgoing]:
        return [each for carrier in self.carriers for each in carrier.has]

    async def everything(self) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
        """Every document of every store, by service and collection."""
        for service, store in self.stores.items():
            for name in sorted(await store._database.list_collection_names()):
                async for document in store._database[name].find({}):
                    yield service, name, document

    def on_the_way(self) -> Iterator[tuple[str, Message]]:
        yield from self.on_the_ladder
        yield from ((service, message) for service, message, _ in self.parked)

    async def _give(self, service: str, message: Message) -> None:
        bulk = {each.message: each.handle for each in self.parts[service].bulk}
        try:
            if type(message) in bulk:
                await bulk[type(message)]([message])
            else:
                queue, exchange = inbox(service, type(message))
                await self.brokers[service].publish(message, queue, exchange)
        except NotYetKnown:
            self.on_the_ladder.append((service, message))
        except Permanent as reason:
            self.parked.append((service, message, str(reason)))


@asynccontextmanager
async def town(url: str, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> AsyncIterator[Town]:
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(Clock, "wall", staticmethod(clock.now))
    carriers: tuple[Mail, ...] = (
        Mail("smtp", "email"), Carrier("notify_sms", "sms"), Carrier("notify_letter", "letter"),
    )  # fmt: skip
    by: dict[str, Provider] = {each.name: each for each in carriers}
    sending = NotificationsSettings(**_OURS, notify_key="k", receipts_token="token", send_lease=20, **settings)
    composed: dict[str, Compose] = {
        "notices": notices(NoticesSettings(amqp_url="", mongo_url="")),
        "bookings": bookings(BookingsSettings(**_OURS)),
        "surveys": surveys(SurveysSettings(**_OURS, mix_every=60)),
        "notifications": notifications(sending, RULES, by),
    }
    run = uuid4().hex[:10]
    stores = {name: Store(url, f"test_{name}_{run}") for name in composed}
    try:
        async with AsyncExitStack() as stack:
            parts, brokers = {}, {}
            for name, compose in composed.items():
                parts[name] = compose(stores[name], clock)
                for collection in parts[name].unordered:
                    await stores[name][collection].forget_order()
                broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [])
                broker.include_routers(*parts[name].routers)
                brokers[name] = await stack.enter_async_context(TestRabbitBroker(broker))
                for timer in parts[name].timers:
                    await timer.prepare()
            yield Town(clock, stores, parts, brokers, carriers)
    finally:
        for store in stores.values():
            await store.drop()
            store.close()
