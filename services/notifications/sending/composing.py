"""What a delivery hands to a provider: its words as first written, its attachments, and the link that ends them."""

from services.notifications.deliveries.digests import Digests
from services.notifications.deliveries.facts import Facts
from services.notifications.deliveries.preferences import Preferences
from services.notifications.providers.outcomes import Outgoing, Provider
from services.notifications.rules.rule import UNSUBSCRIBE
from services.notifications.sending.bodies import Bodies
from services.notifications.words.attachments import Attachment
from services.notifications.words.wording import Written
from shared.links import Links
from shared.store.documents import Document
from shared.time.clock import Clock


class Composing:
    """Has the words written, in the language that is wished for, and keeps them."""

    def __init__(
        self, facts: Facts, digests: Digests, bodies: Bodies, preferences: Preferences, links: Links, clock: Clock
    ) -> None:
        self._facts = facts
        self._digests = digests
        self._bodies = bodies
        self._preferences = preferences
        self._links = links
        self._clock = clock

    async def outgoing(self, delivery: Document) -> tuple[Outgoing, str]:
        """The message, and the hash of its words; raises Unwritable."""
        written, digest, attachments = await self._words(delivery)
        reference, address, unsubscribe = delivery["reference"], delivery["address"], self._unsubscribe(delivery)
        return Outgoing(reference, address, written, self._clock.now(), attachments, unsubscribe), digest

    async def as_sent(self, delivery: Document, provider: Provider, written: Written, digest: str) -> str:
        """The hash of the words as this provider sends them; where they are others, these are kept too."""
        sent = provider.as_sent(written)
        return digest if sent == written else await self._bodies.keep_as_sent(delivery["_id"], provider.name, sent)

    async def _words(self, delivery: Document) -> tuple[Written, str, tuple[Attachment, ...]]:
        """Its words, as first written; raises Unwritable."""
        if delivery.get("parts"):
            return *await self._bodies.of(delivery, await self._digests.facts(delivery)), ()
        rule, event, facts = await self._facts.of(delivery)
        attachments = tuple(rule.attach(event)) if rule.attach and delivery["channel"] == "email" else ()
        to = delivery["recipient"]
        wished = await self._preferences.language(to["key"], delivery["address_hash"], to.get("language"))
        return *await self._bodies.of(delivery, facts, wished), attachments

    def _unsubscribe(self, delivery: Document) -> str:
        """The link that ends a campaign's messages; empty for other messages."""
        return self._links.make(UNSUBSCRIBE, delivery["_id"]) if delivery["category"] == "campaign" else ""
