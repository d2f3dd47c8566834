"""Sending a delivery: released, claimed, given to one provider, recorded; an unclear outcome is looked up first.

A provider is chosen and saved before it is asked (claim). Without a clear answer the delivery is `unknown`, and
resolving.py finds out what became of it; only what the provider is known not to have is sent again, by it or another.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from services.notifications.deliveries.deliveries import DELIVERIES, Deliveries, outcome
from services.notifications.deliveries.digests import Digests
from services.notifications.deliveries.intents import Intents
from services.notifications.deliveries.left_out import WHY, LeftOut
from services.notifications.deliveries.preferences import Preferences
from services.notifications.deliveries.quiet import next_midnight, opening, windows
from services.notifications.deliveries.volume import Volume
from services.notifications.providers.outcomes import NotNow, Outgoing, Provider, Refused, Unknown, is_abroad
from services.notifications.providers.rates import SOON
from services.notifications.providers.standings import Standings
from services.notifications.sending.bodies import Bodies
from services.notifications.sending.following import Following
from services.notifications.sending.resolving import Resolving
from services.notifications.settings import NotificationsSettings
from services.notifications.tellings.telling import UNSUBSCRIBE
from services.notifications.words.attachments import Attachment
from services.notifications.words.wording import Unwritable, Written
from shared.contracts.notifications import Channel
from shared.links import Links
from shared.observing.metrics import provider_answered
from shared.observing.telemetry import follow, log
from shared.store.documents import Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock

_WAIT = 0.1  # seconds between two tries to get a send from a provider's rate
_PATIENCE = 30.0  # seconds to wait for one before the delivery is put back

Moot = Callable[[Document], Awaitable[str | None]]
"""Says why a delivery is no longer to be sent; None while it is."""


class Sending:
    """Takes due deliveries and gets each to a provider exactly once in effect."""

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        intents: Intents,
        bodies: Bodies,
        preferences: Preferences,
        volume: Volume,
        left_out: LeftOut,
        moot: Mapping[str, Moot],
        standings: Standings,
        providers: Mapping[str, Provider],
        links: Links,
        following: Following,
        clock: Clock,
        settings: NotificationsSettings,
    ) -> None:
        self._deliveries = deliveries
        self._intents = intents
        self._bodies = bodies
        self._preferences = preferences
        self._volume = volume
        self._left_out = left_out
        self._moot = moot
        self._standings = standings
        self._providers = providers
        self._shares = settings.shares
        self._windows = windows(settings)
        self._links = links
        self._following = following
        self._digests = Digests(deliveries, intents)
        self._clock = clock
        resolving = Resolving(deliveries, following, providers, clock)
        self._limit = 0.9 * settings.send_lease
        self._slow = settings.slow_answer
        self._steps = {
            "gathering": self._digests.gather,
            "waiting": self._release,
            "held": self._release,
            "sending": resolving.take_over,
            "unknown": resolving.resolve,
            "accepted": following.ask,
            "temporary_failure": following.descend,
            "permanent_failure": following.descend,
            "suppressed": following.descend,
            "passed_on": following.descend,
        }
        self.timers = [
            Timer(store, DELIVERIES, self._step, clock, settings.send_at_once, {"channel": channel})
            for channel in get_args(Channel)
        ]
        """One for each channel: letters go on while the mail server hangs."""

    async def _step(self, delivery: Document) -> None:
        follow(delivery["story"])
        await self._steps[delivery["state"]](delivery)

    async def _release(self, delivery: Document) -> None:
        """Check again everything that may have changed since it was planned, then send it."""
        if delivery.get("held_for") == "digest":
            await self._digests.open(delivery)
            return
        opens = opening(self._windows, delivery["category"], delivery["at_any_time"], self._clock.now())
        if why := await self._intents.stale(delivery):
            await self._deliveries.cancel(delivery, why)
        elif await self._left_out.is_erased(delivery):
            await self._deliveries.forget(delivery, WHY)
        elif await self._has_arrived(delivery.get("follows")):
            await self._deliveries.cancel(delivery, "what it follows has arrived after all")
        elif why := await self._why_moot(delivery):
            await self._deliveries.cancel(delivery, why)
        elif opens is not None:
            await self._deliveries.hold(delivery, opens, "quiet hours")
        elif why := await self._refusal(delivery):
            await self._deliveries.suppress(delivery, why)
        elif delivery["category"] == "campaign" and not await self._volume.admits(delivery):
            await self._deliveries.hold(delivery, next_midnight(self._clock.now()), "the campaigns' limit of a day")
        else:
            await self._write_and_send(delivery)

    async def _has_arrived(self, earlier: str | None) -> bool:
        """Whether a message with a temporary failure was delivered late after all."""
        found = await self._deliveries.get(earlier) if earlier else None
        return found is not None and found["state"] == "delivered"

    async def _why_moot(self, delivery: Document) -> str | None:
        look = self._moot.get(delivery["telling"])
        return await look(delivery) if look else None

    async def _refusal(self, delivery: Document) -> str | None:
        return await self._preferences.refusal(
            delivery["recipient"]["key"], delivery["category"], delivery["channel"], delivery["address_hash"]
        )

    async def _write_and_send(self, delivery: Document) -> None:
        try:
            written, digest, attachments = await self._words(delivery)
        except Unwritable as error:
            await self._deliveries.park(delivery, str(error))
            return
        if delivery["category"] == "service" and not await self._volume.admits_words(delivery, digest):
            await self._deliveries.hold(delivery, self._volume.next_hour(), "the same words too often")
            log.error("same_words_too_often", delivery=delivery["_id"], about=delivery["about"])
            return
        outgoing = self._outgoing(delivery, written, attachments)
        able, objections = self._able(outgoing)
        if not able:
            await self._unable(delivery, objections)
            return
        abroad = is_abroad(outgoing)
        provider = await self._place(able, abroad)
        if provider is None:
            now = self._clock.now()
            until, why = self._standings.shut(able, abroad) or (now + SOON, "a provider's limit")
            await self._deliveries.hold(delivery, until, why)
            return
        sent = provider.as_sent(written)
        if sent != written:
            digest = await self._bodies.keep_as_sent(delivery["_id"], provider.name, sent)
        claimed = await self._deliveries.claim(delivery, provider.name, digest, written)
        if claimed is not None:
            await self._send(claimed, provider, replace(outgoing, at=claimed["tries"][-1]["at"]))

    async def _unable(self, delivery: Document, objections: Sequence[str]) -> None:
        """No provider of this channel can carry all of it: try the next channel, else a person has to look."""
        why = "; ".join(objections) or "no provider is set up for this channel"
        if self._following.has_next(delivery):
            await self._deliveries.pass_on(delivery, why)
        else:
            await self._deliveries.park(delivery, why)

    async def _words(self, delivery: Document) -> tuple[Written, str, tuple[Attachment, ...]]:
        """Its words, as first written; raises Unwritable."""
        if delivery.get("parts"):
            return *await self._bodies.of(delivery, await self._digests.facts(delivery)), ()
        telling, event, facts = await self._intents.facts(delivery)
        attachments = tuple(telling.attach(event)) if telling.attach and delivery["channel"] == "email" else ()
        to = delivery["recipient"]
        wished = await self._preferences.language(to["key"], delivery["address_hash"], to.get("language"))
        return *await self._bodies.of(delivery, facts, wished), attachments

    def _unsubscribe(self, delivery: Document) -> str:
        """The link that ends a campaign's messages; empty for other messages."""
        return self._links.make(UNSUBSCRIBE, delivery["_id"]) if delivery["category"] == "campaign" else ""

    def _outgoing(self, delivery: Document, written: Written, attachments: tuple[Attachment, ...]) -> Outgoing:
        return Outgoing(
            delivery["reference"],
            delivery["address"],
            written,
            self._clock.now(),
            attachments,
            self._unsubscribe(delivery),
        )

    def _able(self, outgoing: Outgoing) -> tuple[dict[str, int], list[str]]:
        """The shares of the providers that can carry this message, and why the others cannot."""
        channel = outgoing.written.channel
        of_channel = [each for each in self._providers.values() if each.channel == channel]
        objections = {each.name: each.objection(outgoing) for each in of_channel}
        able = {name: self._shares.get(name, 0) for name, why in objections.items() if why is None}
        return able, [why for why in objections.values() if why is not None]

    async def _place(self, shares: Mapping[str, int], abroad: bool) -> Provider | None:
        """A provider with room for one more send; waits briefly for one, so that a full minute costs no writes."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            name = await self._standings.choose(shares, abroad)
            if name is not None and await self._standings.may_send(self._providers[name].account):
                return self._providers[name]
            if name is None and self._standings.shut(shares, abroad):
                return None
            await asyncio.sleep(_WAIT)
        return None

    async def _send(self, delivery: Document, provider: Provider, outgoing: Outgoing) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._limit):
                accepted = await provider.send(outgoing)
        except Refused as error:
            provider_answered(provider.name, "refused", time.monotonic() - began)
            await self._standings.answered(provider.name, good=True)
            await self._refused(delivery, error)
        except NotNow as error:
            provider_answered(provider.name, "not_now", time.monotonic() - began)
            await self._not_taken(delivery, provider, error)
        except (Unknown, TimeoutError) as error:
            provider_answered(provider.name, "unknown", time.monotonic() - began)
            await self._standings.answered(provider.name, good=False)
            why = str(error) or "no answer in time"
            fields = outcome(delivery, f"unknown: {why}")
            await self._deliveries.move(delivery, "unclear", due_at=delivery["due_at"], **fields)
            log.warning("delivery_unknown", delivery=delivery["_id"], provider=provider.name, why=why)
        else:
            took = time.monotonic() - began
            provider_answered(provider.name, "accepted", took)
            await self._standings.answered(provider.name, good=took < self._slow)
            await self._standings.took(provider.name)
            await self._following.accepted(delivery, accepted, "accepted")

    async def _refused(self, delivery: Document, error: Refused) -> None:
        if not error.of_address:
            await self._deliveries.park(delivery, f"{delivery['provider']} refuses it: {error}")
            return
        fields = outcome(delivery, f"refused: {error}")
        await self._deliveries.move(delivery, "refused", why=str(error), due_at=self._clock.now(), **fields)
        log.warning("delivery_refused", delivery=delivery["_id"], provider=delivery["provider"], why=str(error))

    async def _not_taken(self, delivery: Document, provider: Provider, error: NotNow) -> None:
        """Put it back so that it can be tried again; a limit or a fault of ours does not count as a failed attempt."""
        fields = outcome(delivery, f"not taken: {error}")
        if error.limit:
            await self._standings.limited(provider.name, error.limit, str(error), delivery["tries"][-1]["at"])
            await self._deliveries.move(delivery, "not_taken", due_at=self._clock.now(), **fields)
            return
        await self._standings.answered(provider.name, good=False)
        await self._deliveries.set_back(delivery, "not_taken", str(error), **fields)
