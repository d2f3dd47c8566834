"""Compares the providers' lists with ours, both ways, every hour: some day they will differ."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import DELIVERY
from services.notifications.providers.outcomes import Answering, Listed, Provider, Report, Unknown
from services.notifications.sending.following import Following
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock

CHORES = "chores"
_BACK = timedelta(hours=26)
"""How far the comparison looks back: a day, plus the time since the last one."""
_SETTLED = timedelta(minutes=10)
"""Anything newer may still be under way on either side."""


@dataclass(frozen=True)
class Differences:
    """References on which the two sides differ."""

    twice: tuple[str, ...] = ()
    """The provider has them more than once."""
    unrecorded: tuple[str, ...] = ()
    """The provider has them, and we do not know that."""
    foreign: int = 0
    """Messages at the provider that are not ours."""
    missing: tuple[str, ...] = ()
    """We think they were accepted, and the provider does not have them."""


def compare(listed: Iterable[Listed], ours: Sequence[Mapping[str, object]]) -> Differences:
    """Compare two lists for the same provider and time."""
    recorded = {str(each["reference"]): each["provider_id"] is not None for each in ours}
    given_up = {str(each["reference"]) for each in ours if DELIVERY.of(each) == "failed"}
    counts = Counter(each.reference for each in listed if each.reference is not None)
    return Differences(
        twice=tuple(sorted(reference for reference, count in counts.items() if count > 1)),
        unrecorded=tuple(sorted(each for each in counts if recorded.get(each) is False)),
        foreign=sum(count for each, count in counts.items() if each not in recorded),
        missing=tuple(sorted(each for each, has in recorded.items() if has and each not in counts.keys() | given_up)),
    )


class _Chores(Timer):
    """A timer that plans its comparisons before it first looks for them."""

    def __init__(self, plan: Callable[[], Awaitable[None]], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._plan = plan

    async def prepare(self) -> None:
        await super().prepare()
        await self._plan()


class Reconciling:
    """The comparison as one document for each provider that falls due again and again."""

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        following: Following,
        providers: Mapping[str, Provider],
        clock: Clock,
        every: timedelta,
    ) -> None:
        self._chores = store[CHORES]
        self._deliveries = deliveries
        self._following = following
        self._providers = {name: each for name, each in providers.items() if isinstance(each, Answering)}
        self._clock = clock
        self._every = every
        self.timer = _Chores(self._plan, store, CHORES, self._step, clock)

    async def _plan(self) -> None:
        """Make sure that there is a document for every provider that can list."""
        for name in self._providers:
            await self._chores.insert(name, {"due_at": self._clock.now() + self._every})

    async def _step(self, chore: Document) -> None:
        provider = self._providers.get(chore["_id"])
        if provider is None:
            await self._chores.remove({"_id": chore["_id"]})
            return
        try:
            found = await self.compare(chore["_id"], provider)
        except Unknown as error:
            log.warning("provider_not_compared", provider=chore["_id"], why=str(error))
        else:
            await self._tell(chore["_id"], provider, found)
        due_at = {"due_at": self._clock.now() + self._every}
        await self._chores.swap({"_id": chore["_id"], "version": chore["version"]}, due_at)

    async def compare(self, name: str, provider: Answering) -> Differences:
        """Compare with one provider now."""
        now = self._clock.now()
        since, until = now - _BACK, now - _SETTLED
        listed = [each async for each in provider.listed(since - _SETTLED)]
        ours = await self._deliveries.find({"provider": name, "tries.at": {"$gte": since - 2 * _SETTLED}})
        settled = [each for each in ours if since <= each["tries"][-1]["at"] <= until]
        known = {each["reference"] for each in settled}
        under_way = {each["reference"] for each in ours} - known
        return compare((each for each in listed if each.reference not in under_way), settled)

    async def _tell(self, name: str, provider: Answering, found: Differences) -> None:
        is_the_same = found == Differences(foreign=found.foreign)
        log.log(
            logging.DEBUG if is_the_same else logging.ERROR,
            "provider_compared",
            provider=name,
            twice=len(found.twice),
            unrecorded=len(found.unrecorded),
            missing=len(found.missing),
            foreign=found.foreign,
        )
        for reference in found.twice:
            log.error("sent_twice", provider=name, reference=reference)
        for reference in found.unrecorded:
            log.error("acceptance_not_recorded", provider=name, reference=reference)
            await self._report(reference, await provider.find(reference))
        for reference in found.missing:
            log.error("provider_lost_it", provider=name, reference=reference)
            await self._report(reference, Report(reference, "lost", "not in the provider's list"))

    async def _report(self, reference: str, report: Report | None) -> None:
        for delivery in await self._deliveries.find({"reference": reference}):
            if report is not None:
                await self._following.report(delivery, report)
