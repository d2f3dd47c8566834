"""The link that ends campaign messages: mail programs follow it by themselves (RFC 8058), people are asked first."""

from services.notifications.deliveries.preferences import Preferences
from services.notifications.deliveries.question import Question
from shared.observing.telemetry import log
from shared.store.documents import Document
from shared.time.clock import Clock
from shared.writing.paper import Page


class Unsubscribing:
    """What the link's page asks, and what it does."""

    def __init__(self, preferences: Preferences, clock: Clock) -> None:
        self._preferences = preferences
        self._clock = clock

    async def ask(self, delivery: Document) -> Question:
        line = "You will not be sent messages of this kind at this address any more."
        return Question(Page("Stop these messages?", (line,)), "Stop these messages")

    async def stop(self, delivery: Document) -> Page:
        """Takes effect at once: messages that still wait for this address are not sent."""
        await self._preferences.unsubscribe(delivery, self._clock.now())
        log.info("unsubscribed", delivery=delivery["_id"], category=delivery["category"])
        return Page("You have stopped these messages", ("We will not send you messages of this kind any more.",))
