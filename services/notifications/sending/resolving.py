"""If the outcome of a send is unknown, it is found out before anything else happens to it.

Nothing is asked before the lease is over, so nothing is still under way. If a provider has it, that is recorded; if
not, it is sent again; a mail server cannot be asked, so mail is sent again a few times (decision 7).
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from services.notifications.deliveries.deliveries import Deliveries, back_off, outcome
from services.notifications.providers.outcomes import Accepted, Answering, Provider, Unknown
from services.notifications.sending.following import Following
from shared.observing.telemetry import log
from shared.store.documents import Document
from shared.time.clock import Clock

_COPIES = 5  # mails sent without an answer, each of which may have arrived
_LOUD = timedelta(hours=1)
"""Unknown for longer than this is logged as an error: somebody should look at the provider."""
_LISTED = timedelta(days=3)
"""After this a provider may have forgotten the message: Notify can be set to keep only three days."""


class Resolving:
    """Takes deliveries whose outcome was never recorded or never clear."""

    def __init__(
        self, deliveries: Deliveries, following: Following, providers: Mapping[str, Provider], clock: Clock
    ) -> None:
        self._deliveries = deliveries
        self._following = following
        self._providers = providers
        self._clock = clock

    async def take_over(self, delivery: Document) -> None:
        """The replica that claimed this has recorded no outcome: it is unknown once its lease is over."""
        if not self._deliveries.lease_is_over(delivery):
            await self._deliveries.change(delivery, due_at=self._clock.now() + timedelta(seconds=1))
        elif await self._deliveries.move(
            delivery, "unclear", due_at=self._clock.now(), **outcome(delivery, "unknown: never recorded")
        ):
            log.warning("delivery_taken_over", delivery=delivery["_id"], provider=delivery["provider"])

    async def resolve(self, delivery: Document) -> None:
        """Find out by our reference whether the provider has it, before anything else is done."""
        provider = self._providers.get(delivery["provider"])
        if not self._deliveries.lease_is_over(delivery):
            await self._deliveries.change(delivery, due_at=self._clock.now() + timedelta(seconds=1))
        elif provider is None:
            await self._deliveries.park(delivery, f"{delivery['provider']} may have it, and is not set up any more")
        elif isinstance(provider, Answering):
            await self._look_up(delivery, provider)
        else:
            await self._send_unasked(delivery, provider)

    async def _send_unasked(self, delivery: Document, provider: Provider) -> None:
        """Send once more, later each time, although it may arrive twice; after a few times a person decides."""
        unanswered = delivery.get("unanswered", 0) + 1
        if unanswered >= _COPIES:
            await self._deliveries.park(delivery, f"handed over {unanswered} times without an answer, and may be there")
            return
        due_at = self._clock.now() + back_off(unanswered)
        if await self._deliveries.move(delivery, "send_again", unanswered=unanswered, due_at=due_at):
            log.warning("delivery_sent_again", delivery=delivery["_id"], provider=provider.name)

    async def _look_up(self, delivery: Document, provider: Answering) -> None:
        try:
            found = await provider.find(delivery["reference"])
        except Unknown as error:
            is_long_ago = self._clock.now() - delivery["tries"][-1]["at"] > _LOUD
            log.log(
                logging.ERROR if is_long_ago else logging.WARNING,
                "delivery_still_unknown",
                delivery=delivery["_id"],
                provider=delivery["provider"],
                why=str(error),
            )
            lookups = delivery.get("lookups", 0) + 1
            await self._deliveries.change(delivery, lookups=lookups, due_at=self._clock.now() + back_off(lookups))
            return
        log.info("delivery_resolved", delivery=delivery["_id"], about=delivery["about"], accepted=found is not None)
        if found is not None:
            await self._following.accepted(delivery, Accepted(found.id), "found")
        elif Clock.wall() - delivery["claimed_until"] > _LISTED:
            await self._deliveries.park(delivery, f"{delivery['provider']} may have had it and have forgotten it since")
        else:
            why = f"{delivery['provider']} did not answer, and has not got it"
            await self._deliveries.set_back(delivery, "not_found", why)
