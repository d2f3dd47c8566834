"""What a message is written from: the event as it was kept, its telling, and the links of the message's own."""

from collections.abc import Mapping
from typing import Any

from services.notifications.deliveries.intents import INTENTS, read_event, read_recipient
from services.notifications.tellings.telling import Recipient, Telling, facts_of
from services.notifications.words.wording import Unwritable
from shared.contracts import Message
from shared.links import Links
from shared.store.documents import Document, Store


class Facts:
    """Finds the facts of a delivery, and works them out for a message that is only tried."""

    def __init__(self, store: Store, links: Links, tellings: Mapping[str, Telling]) -> None:
        self._intents = store[INTENTS]
        self._links = links
        self._tellings = tellings

    async def of(self, delivery: Document) -> tuple[Telling, Message, Mapping[str, Any]]:
        """The facts of a delivery's message; raises Unwritable if they have been forgotten."""
        intent = await self._intents.get(delivery["intent"])
        if intent is None or intent["cause"] is None:
            raise Unwritable("what this message was about has been forgotten")
        telling, event = self._tellings[delivery["telling"]], read_event(intent)
        return telling, event, self.told(telling, event, read_recipient(delivery["recipient"]), delivery["_id"])

    def told(self, telling: Telling, event: Message, to: Recipient, delivery: str) -> Mapping[str, Any]:
        """What one recipient is told of an event, with the links of this delivery."""
        links = {fact: self._links.make(purpose, delivery) for fact, purpose in telling.links.items()}
        return {**links, **facts_of(telling, event, to)}
