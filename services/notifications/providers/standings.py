"""How the providers are doing, shared by the replicas: a document each, read now and then, written on a change."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.notifications.providers.outcomes import Limit
from services.notifications.providers.rates import SOON, Bucket
from services.notifications.providers.routing import ProviderStanding, choose
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock

PROVIDERS, HOLDS = "providers", "provider_holds"
"""Two collections, so that an older version that does not know the second can still read the first."""
_READ_AGAIN = 2.0  # seconds
_OF_HOLDS = ("held_for", "tried_again_at", "spent_abroad_on")
_OF_PROVIDERS = tuple(each.name for each in fields(ProviderStanding) if each.name not in _OF_HOLDS)


class Standings:
    """Chooses providers, remembers how they answered, and keeps their limits.

    Instants are the machine's own; only a day whose limit is spent is a day of the business, as the provider counts
    days: in UTC.
    """

    def __init__(self, store: Store, clock: Clock, limits: Mapping[str, int], try_held_after: timedelta) -> None:
        self._kept = store[PROVIDERS]
        self._holds = store[HOLDS]
        self._clock = clock
        self._limits = limits
        self._try_held_after = try_held_after
        self._known: dict[str, ProviderStanding] = {}
        self._looked = float("-inf")
        self._good: dict[str, int] = defaultdict(int)
        self._drawn: dict[str, int] = defaultdict(int)

    async def choose(self, shares: Mapping[str, int], abroad: bool = False) -> str | None:
        """The provider for one message; None while all are paused, or while another message tests a held one."""
        await self._look()
        name = choose(
            shares,
            self._known,
            Clock.wall(),
            self._today(),
            random.random(),  # noqa: S311  no secret hangs on it
            abroad,
        )
        if name is None or not self._known.get(name, ProviderStanding()).held_for:
            return name
        return name if await self._may_try(name) else None

    def shut(self, shares: Mapping[str, int], abroad: bool = False) -> tuple[datetime, str] | None:
        """Until when none of them accepts anything, by the business clock, and why; None if one may within
        moments."""
        now, today = Clock.wall(), self._today()
        standings = [self._known.get(name, ProviderStanding()) for name in shares]
        waits: list[timedelta] = []
        for each in standings:
            if each.is_held(now) and each.tried_again_at is not None:
                waits.append(each.tried_again_at - now)
            elif each.is_spent(today, abroad):
                waits.append(self._midnight() - self._clock.now())
            else:
                return None
        held = next((each.held_for for each in standings if each.is_held(now)), "")
        why = f"its provider takes nothing from us: {held}" if held else "a provider's limit of a day"
        return self._clock.now() + min(waits, default=SOON), why

    async def answered(self, provider: str, *, good: bool) -> None:
        """Count an answer; good ones are saved with the next bad one."""
        if good:
            self._good[provider] += 1
            return
        answers = self._good.pop(provider, 0) + 1
        before = self._known.get(provider, ProviderStanding())
        after = await self._change(provider, lambda standing: standing.after(answers, 1, Clock.wall()))
        if after.points < before.points or after.lowered_at != before.lowered_at:
            log.warning("provider_trusted_less", provider=provider, points=after.points)

    async def took(self, provider: str) -> None:
        """It has accepted a message: whatever it was held for is fixed."""
        if self._known.get(provider, ProviderStanding()).held_for:
            await self._set(provider, lambda standing: replace(standing, held_for="", tried_again_at=None))
            log.info("provider_resumed", provider=provider)

    async def limited(self, provider: str, limit: Limit, why: str, asked_at: datetime) -> None:
        """The provider has said that it accepts nothing more for now, for the UTC day on which it was asked, or until
        something on our side is fixed."""
        if limit == "account":
            await self._hold(provider, why)
            return
        day = asked_at.astimezone(UTC).date().isoformat()
        if limit == "day":
            await self._change(provider, lambda standing: replace(standing, spent_on=day))
        elif limit == "abroad":
            await self._set(provider, lambda standing: replace(standing, spent_abroad_on=day))
        else:
            until = Clock.wall() + SOON * (1 + random.random())  # noqa: S311
            await self._change(provider, lambda standing: replace(standing, paused_until=until))
        log.warning("provider_paused", provider=provider, limit=limit)

    async def may_send(self, account: str) -> bool:
        """Take one send from an account's rate; False if there is none at the moment."""
        if account not in self._limits:
            return True
        if not self._drawn[account]:
            self._drawn[account] += await self._draw(account)
        if not self._drawn[account]:
            return False
        self._drawn[account] -= 1
        return True

    async def _hold(self, provider: str, why: str) -> None:
        """Give it nothing more, except one message now and then; an error is logged once."""
        before = self._known.get(provider, ProviderStanding())
        again = Clock.wall() + self._try_held_after
        await self._set(provider, lambda standing: replace(standing, held_for=why, tried_again_at=again))
        if not before.held_for:
            log.error("provider_held", provider=provider, why=why)

    async def _may_try(self, provider: str) -> bool:
        """Whether this message is the one that finds out: one at a time over all replicas."""
        now = Clock.wall()
        again = now + self._try_held_after
        return await self._set(
            provider, lambda standing: None if standing.is_held(now) else replace(standing, tried_again_at=again)
        )

    async def _draw(self, account: str) -> int:
        """Draw a second's worth from the shared bucket."""
        key, limit, drawn = f"rate:{account}", self._limits[account], 0

        def decide(kept: Document | None) -> Change | None:
            nonlocal drawn
            now = Clock.wall()
            bucket = Bucket(kept["tokens"], kept["at"]) if kept else Bucket(0, now)
            after, drawn = bucket.draw(limit, now)
            fields = {"tokens": after.tokens, "at": after.at}
            return Change(key, (kept or {}).get("version", 0), fields) if drawn or not kept else None

        await self._kept.update(key, decide)
        return drawn

    async def _change(self, provider: str, change: Callable[[ProviderStanding], ProviderStanding]) -> ProviderStanding:
        def decide(kept: Document | None) -> Change:
            fields = _only(_OF_PROVIDERS, asdict(change(ProviderStanding(**_only(_OF_PROVIDERS, kept)))))
            return Change(provider, (kept or {}).get("version", 0), fields)

        saved = await self._kept.update(provider, decide)
        self._known[provider] = replace(
            self._known.get(provider, ProviderStanding()), **(saved.fields if saved else {})
        )
        return self._known[provider]

    async def _set(self, provider: str, change: Callable[[ProviderStanding], ProviderStanding | None]) -> bool:
        """Change why it is held, or its spent day abroad; False if nothing changes."""

        def decide(kept: Document | None) -> Change | None:
            changed = change(ProviderStanding(**_only(_OF_HOLDS, kept)))
            fields = _only(_OF_HOLDS, asdict(changed)) if changed else {}
            return Change(provider, (kept or {}).get("version", 0), fields) if changed else None

        saved = await self._holds.update(provider, decide)
        if saved is not None:
            self._known[provider] = replace(self._known.get(provider, ProviderStanding()), **saved.fields)
        return saved is not None

    async def _look(self) -> None:
        if time.monotonic() - self._looked < _READ_AGAIN:
            return
        self._looked = time.monotonic()
        known: dict[str, Document] = defaultdict(dict)
        for each in await self._kept.find({"points": {"$exists": True}}):
            known[each["_id"]] |= _only(_OF_PROVIDERS, each)
        for each in await self._holds.find({}):
            known[each["_id"]] |= _only(_OF_HOLDS, each)
        self._known = {name: ProviderStanding(**facts) for name, facts in known.items()}

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()

    def _midnight(self) -> datetime:
        return datetime.combine(self._today() + timedelta(days=1), datetime.min.time(), UTC)


def _only(names: Sequence[str], kept: Mapping[str, Any] | None) -> Document:
    return {name: kept[name] for name in names if name in kept} if kept else {}
