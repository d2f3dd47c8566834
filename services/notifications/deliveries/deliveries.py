"""The deliveries at the store: planned, claimed, moved. sending.py hands them to providers."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.notifications.addresses.addresses import hashed
from services.notifications.deliveries.delivery import (
    DELIVERY,
    NOBODY,
    TO_GO,
    Code,
    DeliveryMove,
    DeliveryState,
    Why,
    not_sent_for,
)
from services.notifications.rules.rule import Recipient, Rule
from services.notifications.words.wording import Written
from shared.contracts.base import Event, Message
from shared.contracts.notifications import (
    Channel,
    LetterReturned,
    NotificationDelivered,
    NotificationFailed,
    NotificationSent,
)
from shared.identity import derived
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock
from shared.writing.characters import in_one_line

DELIVERIES = "deliveries"
BACK_OFF = tuple(timedelta(seconds=each) for each in (5, 60, 600, 3600, 4 * 3600))
_JITTER = 0.2
_GIVE_UP = 20  # setbacks, the last ones hours apart: after that a person has to look
_ACTS = UUID("9d1c2f5e-0c0b-4a63-8d0f-5a5a4a1f6c3d")


def letter_id(about: str, act: str) -> str:
    """A letter's id comes from the legal act that it carries, not from the message that asked for it."""
    return str(uuid5(_ACTS, f"{about}:{act}"))


def back_off(attempts: int) -> timedelta:
    """The back-off after so many attempts: longer each time, with jitter so that not all return at the same moment."""
    wait = BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]
    return wait * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  no secret hangs on it


class Deliveries:
    """The deliveries of the service. Every change is conditional on the version that was read: a replica held up past
    its lease finds its change rejected (the version is the fencing token)."""

    def __init__(self, store: Store, clock: Clock, lease: timedelta, address_key: str) -> None:
        self._deliveries = store[DELIVERIES]
        self._clock = clock
        self._lease = lease
        self._address_key = address_key

    async def plan(
        self,
        key: str,
        intent: Document,
        rule: Rule,
        recipient: Recipient,
        rung: int,
        state: DeliveryState = DELIVERY.start,
        **more: Any,
    ) -> bool:
        """Plan one message to one recipient by one channel; the same key twice makes one."""
        channel = rule.ladder[rung]
        fields: Document = {
            "intent": intent["_id"],
            "telling": rule.name,
            "template": rule.template,
            "category": rule.category,
            "at_any_time": rule.at_any_time,
            "about": intent["about"],
            "story": intent["story"],
            "cause": intent["cause_id"],
            "channel": channel,
            "rung": rung,
            "round": 0,
            **self.addressed(recipient, channel),
            "reference": key,
            "state": state,
            "attempts": 0,
            "tries": [],
            "receipts": [],
            "due_at": self._clock.now(),
            **more,
        }
        if not await self._deliveries.insert(key, fields):
            return False
        log.info("delivery_planned", delivery=key, channel=channel, template=rule.template, about=intent["about"])
        return True

    def addressed(self, recipient: Recipient, channel: Channel, otherwise: str | None = None) -> Document:
        """The recipient's fields; the keyed hash stays when the address is forgotten."""
        address = recipient.address(channel) or otherwise
        owner = hashed(channel, address, self._address_key) if address else None
        return {"recipient": asdict(recipient), "address": address, "address_hash": owner}

    def key(self, rule: Rule, intent: Document, event: Message, recipient: Recipient, channel: Channel) -> str:
        """The id of one delivery, derived from what makes it unique: the event, a legal act, or what is told once."""
        if channel == "letter" and rule.act is not None:
            return letter_id(intent["about"], rule.act(event))
        if not rule.once:
            return delivery_id(intent["_id"], recipient, channel)
        by_address = self.addressed(recipient, channel)["address_hash"]
        whose = by_address if rule.once == "address" else recipient.key
        return str(uuid5(_ACTS, f"{intent['about']}:{rule.name}:{channel}:{whose}"))

    async def get(self, key: str) -> Document | None:
        return await self._deliveries.get(key)

    async def find(self, query: Mapping[str, Any], sort: Sequence[tuple[str, int]] = ()) -> list[Document]:
        return await self._deliveries.find(query, sort=sort)

    async def claim(self, delivery: Document, provider: str, digest: str, written: Written) -> Document | None:
        """Claim a delivery for sending; None if another replica was quicker.

        The chosen provider is saved before it is asked: nobody else may get the message until this one is known
        not to have it.
        """
        attempt = {"provider": provider, "at": self._clock.now()}
        return await self.move(
            delivery,
            "claim",
            provider=provider,
            provider_id=None,
            attempts=delivery["attempts"] + 1,
            tries=[*delivery["tries"], attempt],
            content_hash=digest,
            template_version=written.version,
            language=written.language,
            held_for=None,
            claimed_until=Clock.wall() + self._lease,
            due_at=self._clock.now() + self._lease,
        )

    def lease_is_over(self, delivery: Document) -> bool:
        """By the machine's own time: moving the local stack's clock must not free a send that is still under way."""
        return bool(Clock.wall() >= delivery["claimed_until"])

    async def move(
        self,
        delivery: Document,
        move: DeliveryMove,
        *events: Event,
        to: DeliveryState | None = None,
        **fields: object,
    ) -> Document | None:
        """Make one move of the state machine, unless somebody else has meanwhile; return the delivery as it now is.

        Raises:
            NoSuchMove: it is not possible in this state.
        """
        return await self.change(delivery, *events, state=DELIVERY.after(DELIVERY.of(delivery), move, to), **fields)

    async def change(self, delivery: Document, *events: Event, **fields: object) -> Document | None:
        """Change what is known about a delivery, under the same condition."""
        if await self._deliveries.save(Change(delivery["_id"], delivery["version"], dict(fields), events)):
            return None
        return {**delivery, **fields, "version": delivery["version"] + 1}

    async def hold(self, delivery: Document, until: datetime, why: str) -> None:
        """Hold it; nothing is dropped, and everything is checked again when it is released."""
        way: DeliveryMove = "not_taken" if DELIVERY.of(delivery) == "sending" else "hold"
        if await self.move(delivery, way, to="held", held_for=why, due_at=until) and delivery.get("held_for") != why:
            log.info(
                "delivery_held", delivery=delivery["_id"], about=delivery["about"], why=why, until=until.isoformat()
            )

    async def cancel(self, delivery: Document, why: str, code: Code | None = None) -> None:
        """Not sent: what it says is no longer true."""
        if await self.move(delivery, "taken_back", why=why, why_code=code, due_at=None):
            log.info("delivery_cancelled", delivery=delivery["_id"], about=delivery["about"], why=why)

    async def forget(self, delivery: Document, why: str) -> None:
        """Not sent, and its recipient is removed: the person was erased meanwhile."""
        if await self.move(delivery, "taken_back", why=why, due_at=None, **NOBODY):
            log.info("delivery_cancelled", delivery=delivery["_id"], about=delivery["about"], why=why)

    async def cancel_all(self, about: str, why: Why) -> int:
        """Cancel at once everything that no provider has yet; a replica that had read one finds it changed."""
        query = {"about": about, **DELIVERY.among(*TO_GO)}
        fields = DELIVERY.put("cancelled", why=why.words, why_code=why.code, due_at=None)
        return await self._deliveries.change_all(query, fields)

    async def resume_all(self, about: str, why: Why) -> int:
        """Let what was cancelled for this reason go after all."""
        query = {"about": about, **DELIVERY.among("cancelled"), **not_sent_for(why)}
        fields = DELIVERY.put("waiting", why=None, why_code=None, held_for=None, due_at=self._clock.now())
        return await self._deliveries.change_all(query, fields)

    async def suppress(self, delivery: Document, why: Why) -> None:
        """Not sent to this address; the next channel is tried."""
        if await self.move(delivery, "refuse", why=why.words, why_code=why.code, due_at=self._clock.now()):
            log.info("delivery_suppressed", delivery=delivery["_id"], about=delivery["about"], why=why.words)

    async def pass_on(self, delivery: Document, why: str) -> None:
        """Not sent by this channel, whose providers would lose part of it: the next channel is tried."""
        if await self.move(delivery, "pass_on", why=why[:500], due_at=self._clock.now()):
            log.warning("delivery_passed_on", delivery=delivery["_id"], about=delivery["about"], why=why)

    async def park(self, delivery: Document, why: str) -> None:
        """It cannot be sent as it is: parked for a person, and published."""
        moved = await self.move(
            delivery, "park", self.failed(delivery, why), why=why, due_at=None, **outcome(delivery, why)
        )
        if moved:
            log.error("delivery_failed", delivery=delivery["_id"], about=delivery["about"], why=why)

    async def set_back(self, delivery: Document, way: DeliveryMove, why: str, **fields: Any) -> None:
        """Try again, later each time; in the end a person has to look."""
        setbacks = delivery.get("setbacks", 0) + 1
        if setbacks >= _GIVE_UP:
            await self.park(delivery, f"given up after {setbacks} attempts: {why}")
            return
        wait = back_off(setbacks)
        due_at = self._clock.now() + wait
        await self.move(delivery, way, setbacks=setbacks, due_at=due_at, **fields)
        log.warning("delivery_waits", delivery=delivery["_id"], why=why, wait_s=wait.seconds)

    def sent(self, delivery: Document) -> NotificationSent:
        return NotificationSent(
            **self.envelope(delivery, f"sent:{delivery['reference']}"),
            **self._named(delivery),
            content_hash=delivery["content_hash"],
        )

    def delivered(self, delivery: Document, at: datetime) -> NotificationDelivered:
        return NotificationDelivered(**self.envelope(delivery, "delivered"), **self._named(delivery), delivered_at=at)

    def failed(self, delivery: Document, why: str) -> NotificationFailed:
        return NotificationFailed(
            **self.envelope(delivery, f"failed:{delivery['version']}"),
            **self._named(delivery),
            reason=in_one_line(why)[:200],  # it may hold a provider's error name
            recipient=delivery["recipient"]["key"],
        )

    def returned(self, delivery: Document, day: date) -> LetterReturned:
        """The letter of a notice has come back: published once, whoever reports it first."""
        return LetterReturned(
            **self.envelope(delivery, "returned"),
            reference=delivery["about"],
            returned_on=day,
            template=delivery["template"],
        )

    def envelope(self, delivery: Document, what: str) -> dict[str, Any]:
        """The envelope of an event about a delivery; its id is derived from the delivery."""
        return {
            "id": derived(UUID(delivery["_id"]), what),
            "time": self._clock.now(),
            "subject": delivery["about"],
            "correlation_id": delivery["story"],
            "causation_id": delivery["cause"],
        }

    def _named(self, delivery: Document) -> dict[str, Any]:
        return {
            "delivery": delivery["_id"],
            "about": delivery["about"],
            "channel": delivery["channel"],
            "template": delivery["template"],
        }


def outcome(delivery: Document, words: str) -> dict[str, Any]:
    """The last attempt with its outcome, for the record; empty before the first attempt."""
    if not delivery["tries"]:
        return {}
    *before, last = delivery["tries"]
    return {"tries": [*before, {**last, "outcome": words}]}


def delivery_id(intent: str, recipient: Recipient, channel: Channel, again: int = 0) -> str:
    """The id of one intent's message to one recipient by one channel; `again` counts tries after it came back."""
    return str(derived(UUID(intent), f"{recipient.key}:{channel}:{again}"))
