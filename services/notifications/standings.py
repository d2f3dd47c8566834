"""How the providers stand, shared by the replicas: a document each, read now and then, written when there is news."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Literal

from services.notifications.quiet import next_midnight
from services.notifications.rates import SOON, Bucket
from services.notifications.routing import Standing, choose
from shared.clock import Clock
from shared.store import Change, Document, Store
from shared.telemetry import log

PROVIDERS = "providers"
_READ_AGAIN = 2.0  # seconds


class Standings:
    """Chooses providers, remembers how they answered, and keeps their limits.

    Instants are the machine's own; only a day whose limit is spent is a day of the business.
    """

    def __init__(self, store: Store, clock: Clock, limits: Mapping[str, int]) -> None:
        self._kept = store[PROVIDERS]
        self._clock = clock
        self._limits = limits
        self._known: dict[str, Standing] = {}
        self._looked = float("-inf")
        self._good: dict[str, int] = defaultdict(int)
        self._drawn: dict[str, int] = defaultdict(int)

    async def choose(self, shares: Mapping[str, int]) -> str | None:
        """The provider for one message; None while all are paused."""
        await self._look()
        return choose(
            shares,
            self._known,
            Clock.wall(),
            self._clock.today(),
            random.random(),  # noqa: S311  no secret hangs on it
        )

    def are_spent(self, shares: Mapping[str, int]) -> bool:
        """Whether all of them have said that they take nothing more today."""
        today = self._clock.today().isoformat()
        return all(self._known.get(name, Standing()).spent_on == today for name in shares)

    def resumes(self, shares: Mapping[str, int]) -> datetime:
        """When one of the paused may go on, by the clock of the business."""
        now = self._clock.now()
        return next_midnight(now) if self.are_spent(shares) else now + SOON

    async def answered(self, provider: str, *, good: bool) -> None:
        """Count an answer; good ones are written down with the next bad one."""
        if good:
            self._good[provider] += 1
            return
        answers = self._good.pop(provider, 0) + 1
        before = self._known.get(provider, Standing())
        after = await self._change(provider, lambda standing: standing.after(answers, 1, Clock.wall()))
        if after.points < before.points or after.lowered_at != before.lowered_at:
            log.warning("provider_trusted_less", provider=provider, points=after.points)

    async def limited(self, provider: str, limit: Literal["rate", "day"]) -> None:
        """The provider has said that it takes nothing more for now, or for today."""
        if limit == "day":
            today = self._clock.today().isoformat()
            await self._change(provider, lambda standing: replace(standing, spent_on=today))
        else:
            until = Clock.wall() + SOON * (1 + random.random())  # noqa: S311
            await self._change(provider, lambda standing: replace(standing, paused_until=until))
        log.warning("provider_paused", provider=provider, limit=limit)

    async def may_send(self, account: str) -> bool:
        """Take one send out of an account's rate; False when there is none at the moment."""
        if account not in self._limits:
            return True
        if not self._drawn[account]:
            self._drawn[account] += await self._draw(account)
        if not self._drawn[account]:
            return False
        self._drawn[account] -= 1
        return True

    async def _draw(self, account: str) -> int:
        """Draw a second's worth from the bucket that all replicas share."""
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

    async def _change(self, provider: str, change: Callable[[Standing], Standing]) -> Standing:
        def decide(kept: Document | None) -> Change:
            return Change(provider, (kept or {}).get("version", 0), asdict(change(_read(kept))))

        saved = await self._kept.update(provider, decide)
        self._known[provider] = Standing(**saved.fields) if saved else Standing()
        return self._known[provider]

    async def _look(self) -> None:
        if time.monotonic() - self._looked < _READ_AGAIN:
            return
        self._looked = time.monotonic()
        found = await self._kept.find({"points": {"$exists": True}})
        self._known = {each["_id"]: _read(each) for each in found}


def _read(kept: Document | None) -> Standing:
    if kept is None:
        return Standing()
    return Standing(**{name: value for name, value in kept.items() if name not in {"_id", "version", "outbox"}})
