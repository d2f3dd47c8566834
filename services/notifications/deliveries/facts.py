"""What a message is written from: the event as it was kept, its rule, and the links of the message's own."""

from collections.abc import Mapping
from typing import Any

from services.notifications.deliveries.intents import INTENTS, read_event, read_recipient
from services.notifications.rules.rule import Recipient, Rule, facts_of
from services.notifications.words.wording import Unwritable
from shared.contracts import Message
from shared.links import Links
from shared.store.documents import Document, Store


class Facts:
    """Finds the facts of a delivery, and works them out for a message that is only tried."""

    def __init__(self, store: Store, links: Links, rules: Mapping[str, Rule]) -> None:
        self._intents = store[INTENTS]
        self._links = links
        self._rules = rules

    async def of(self, delivery: Document) -> tuple[Rule, Message, Mapping[str, Any]]:
        """The facts of a delivery's message; raises Unwritable if they have been forgotten."""
        intent = await self._intents.get(delivery["intent"])
        if intent is None or intent["cause"] is None:
            raise Unwritable("what this message was about has been forgotten")
        rule, event = self._rules[delivery["telling"]], read_event(intent)
        return rule, event, self.told(rule, event, read_recipient(delivery["recipient"]), delivery["_id"])

    def told(self, rule: Rule, event: Message, to: Recipient, delivery: str) -> Mapping[str, Any]:
        """What one recipient is told of an event, with the links of this delivery."""
        links = {fact: self._links.make(purpose, delivery) for fact, purpose in rule.links.items()}
        return {**links, **facts_of(rule, event, to)}
