"""How much goes: so many campaign messages to one address a day, and so many of all campaigns together an hour."""

from datetime import datetime, timedelta

from services.notifications.settings import NotificationsSettings
from shared.clock import Clock
from shared.store import Change, Document, Store
from shared.timers import Expiry

VOLUME = "volume"
_KEPT_FOR = timedelta(days=2)
_HOUR = timedelta(hours=1)


class Volume:
    """Counts what goes in documents that all replicas share, one for each hour and for each address and day."""

    def __init__(self, store: Store, clock: Clock, settings: NotificationsSettings) -> None:
        self._kept = store[VOLUME]
        self._clock = clock
        self._per_hour = settings.campaign_per_hour
        self._per_day = settings.campaign_per_day
        self.timer = Expiry(store, VOLUME, clock, settings.tick)

    async def draw(self, wanted: int) -> int:
        """How many of the wanted may begin within this hour."""
        key, drawn = f"hour:{self._hour().isoformat()}", 0

        def decide(kept: Document | None) -> Change | None:
            nonlocal drawn
            begun = (kept or {}).get("begun", 0)
            drawn = max(0, min(wanted, self._per_hour - begun))
            return self._change(key, kept, begun=begun + drawn) if drawn else None

        await self._kept.update(key, decide)
        return drawn

    def next_hour(self) -> datetime:
        return self._hour() + _HOUR

    async def admits(self, delivery: Document) -> bool:
        """Whether this may go to its address today; asked again for the same delivery it is the same answer."""
        key, admitted = f"{delivery['address_hash']}:{self._clock.today().isoformat()}", False

        def decide(kept: Document | None) -> Change | None:
            nonlocal admitted
            let_go: list[str] = (kept or {}).get("let_go", [])
            admitted = delivery["_id"] in let_go or len(let_go) < self._per_day
            if not admitted or delivery["_id"] in let_go:
                return None
            return self._change(key, kept, let_go=[*let_go, delivery["_id"]])

        await self._kept.update(key, decide)
        return admitted

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)

    def _change(self, key: str, kept: Document | None, **fields: object) -> Change:
        return Change(key, (kept or {}).get("version", 0), {**fields, "due_at": self._clock.now() + _KEPT_FOR})
