"""Never both providers for one message, whatever they answer in whichever order, and whoever dies between the two."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from services.notifications.app import composer
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.intents import INTENTS
from services.notifications.providers.outcomes import Accepted, NotNow, Outgoing, Report, Unknown
from shared.contracts.circulars import SendMessage
from tests.component.test_notifications import OFFICER, SETTINGS, Carrier, Make, Notifications, make
from tests.unit.notifications.conftest import make_notice

__all__ = ["make", "make_notice"]

TEXTS = 40
_MOODS = ("takes", "takes", "takes in silence", "dies having it", "silence", "refuses")


@dataclass
class Moody(Carrier):
    """A provider that does anything but lie: it takes a message or not, and says so or nothing."""

    chance: random.Random = field(default_factory=random.Random)

    async def send(self, outgoing: Outgoing) -> Accepted:
        mood = self.chance.choice(
            ("takes", "takes", "takes in silence", "silence", "refuses", "pauses", "dies having it")
        )
        if mood in {"takes", "takes in silence", "dies having it"}:
            self.has.append(outgoing)
        if mood == "takes":
            return Accepted(f"{self.name}-{len(self.has)}")
        if mood == "dies having it":
            raise MemoryError  # whoever sent it is gone: nothing is recorded
        raise NotNow("busy") if mood == "refuses" else Unknown("time-out")

    async def find(self, reference: str) -> Report | None:
        if self.chance.random() < 0.3:
            raise Unknown("down")
        return await super().find(reference)


@pytest.mark.parametrize("seed", range(2))
async def test_each_text_is_with_exactly_one_provider_once(make: Make, seed: int):
    service: Notifications = await make()
    chance = random.Random(seed)
    carriers = [Moody(name, "sms", chance=chance) for name in ("notify_sms", "sinch")]
    said = {"time": service.clock.now(), "title": "A word", "officer": OFFICER}
    for number in range(TEXTS):
        to = {"phone": f"07700 900{number:03}", "words": f"Word {number}."}
        await service.hears(SendMessage.model_validate({"id": uuid4(), **said, **to}))
    for _ in range(200):
        replica = composer(SETTINGS, carriers={each.name: each for each in carriers})(service.store, service.clock)
        for timer in (each for each in replica.timers if each.collection in {INTENTS, DELIVERIES}):
            await timer.once()
        service.clock.advance(timedelta(hours=1))
        if not await service.deliveries(state={"$in": ["waiting", "sending", "unknown", "held"]}):
            break
    copies = Counter(each.reference for carrier in carriers for each in carrier.has)
    assert set(copies) == {each["_id"] for each in await service.deliveries()}
    assert set(copies.values()) == {1}
    assert len(copies) == TEXTS
    assert all(carrier.has for carrier in carriers)
