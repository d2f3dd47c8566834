"""The notifications service with one mistake: it takes silence for a no, and sends again without looking."""

from services.notifications.app import composer
from services.notifications.providers.outcomes import Answering
from services.notifications.sending.resolving import Resolving
from services.notifications.settings import NotificationsSettings
from shared.running.service import run
from shared.store.documents import Document


async def _never_look(self: Resolving, delivery: Document, provider: Answering) -> None:
    await self._deliveries.move(delivery, "not_found", due_at=self._clock.now())


Resolving._look_up = _never_look  # type: ignore[method-assign]

if __name__ == "__main__":
    ours = NotificationsSettings()
    run("notifications", composer(ours), ours)
