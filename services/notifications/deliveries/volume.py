"""How much is sent: to how many at once, how many campaign messages per address and per hour, and no endless loops.

GOV.UK Notify itself takes the same words to one number 20 times an hour, and no more.
"""

from datetime import datetime, timedelta

from services.notifications.settings import NotificationsSettings
from shared.store.documents import Change, Document, Store
from shared.store.timers import Expiry
from shared.time.clock import Clock

VOLUME = "volume"
_KEPT_FOR = timedelta(days=2)
_HOUR = timedelta(hours=1)
SAME_WORDS = 20
"""How often per hour one address may get the same words; more often means a loop."""
MANY = 50
"""Recipients; to send to more, somebody has to agree first."""
_SLACK = 1.1  # new schools may appear between agreeing and sending


def is_unusual(count: int, agreed: int | None = None) -> bool:
    """Whether it goes to far more than somebody has agreed to, or to many without anybody asked."""
    return count > max(MANY, int((agreed or 0) * _SLACK))


class Volume:
    """Counts messages in documents that all replicas share, one for each hour and one for each address and day."""

    def __init__(self, store: Store, clock: Clock, settings: NotificationsSettings) -> None:
        self._kept = store[VOLUME]
        self._clock = clock
        self._per_hour = settings.campaign_per_hour
        self._per_day = settings.campaign_per_day
        self.timer = Expiry(store, VOLUME, clock)

    async def draw(self, wanted: int) -> int:
        """How many of those requested may still start within this hour."""
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
        """Whether this may go to its address today; the same delivery always gets the same answer."""
        key = f"{delivery['address_hash']}:{self._clock.today().isoformat()}"
        return await self._admits(key, delivery["_id"], self._per_day)

    async def admits_words(self, delivery: Document, digest: str) -> bool:
        """Whether this is not a loop: its address has not had the same words too often within this hour."""
        key = f"{delivery['address_hash']}:{digest}:{self._hour().isoformat()}"
        return await self._admits(key, delivery["_id"], SAME_WORDS)

    async def _admits(self, key: str, delivery: str, limit: int) -> bool:
        admitted = False

        def decide(kept: Document | None) -> Change | None:
            nonlocal admitted
            let_go: list[str] = (kept or {}).get("let_go", [])
            admitted = delivery in let_go or len(let_go) < limit
            if not admitted or delivery in let_go:
                return None
            return self._change(key, kept, let_go=[*let_go, delivery])

        await self._kept.update(key, decide)
        return admitted

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)

    def _change(self, key: str, kept: Document | None, **fields: object) -> Change:
        return Change(key, (kept or {}).get("version", 0), {**fields, "due_at": self._clock.now() + _KEPT_FOR})
