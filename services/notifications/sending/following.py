"""What becomes of a message once a provider has it: reports may come from anywhere, and none moves it back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from services.notifications.deliveries.deliveries import Deliveries, back_off, delivery_id, outcome
from services.notifications.deliveries.delivery import DELIVERY, SENT, DeliveryMove, DeliveryState, code_of
from services.notifications.deliveries.digests import DIGEST
from services.notifications.deliveries.intents import read_recipient
from services.notifications.deliveries.preferences import Preferences
from services.notifications.providers.outcomes import Accepted, Answering, Provider, Report, Unknown
from services.notifications.rules.notifications import NOTICES
from services.notifications.rules.rule import Rule, next_rung
from shared.contracts.base import Event
from shared.contracts.notifications import Channel, LetterDispatched
from shared.machine import NoSuchMove
from shared.observing.telemetry import log
from shared.store.documents import Document
from shared.time.clock import Clock, local_date

AGAIN = (timedelta(hours=1), timedelta(hours=4))
"""How long after a temporary failure the same address is tried again; then comes the next channel."""
CLASSES: Mapping[str, Literal["first", "second"]] = {"first": "first", "second": "second"}
"""The classes of post that give a day of service; Notify knows others, which our letters never use."""
NO_MORE = timedelta(days=4)
"""Providers try for three days at most; without a report for longer, a message stays as sent."""

_TOLD: tuple[DeliveryState, ...] = (
    "accepted", "sent", "dispatched", "delivered", "temporary_failure", "permanent_failure", "returned", "failed",
)  # fmt: skip
LOG_EVENTS = frozenset(f"{channel}_{to}" for channel in get_args(Channel) for to in _TOLD)
"""Event names of log lines about how far a message has come."""


class Following:
    """Records what providers accept and report, and tries the next channel after a failure."""

    def __init__(
        self,
        deliveries: Deliveries,
        rules: Mapping[str, Rule],
        preferences: Preferences,
        providers: Mapping[str, Provider],
        clock: Clock,
        letter_poll: timedelta,
        patience: timedelta,
    ) -> None:
        self._deliveries = deliveries
        self._rules = rules
        self._preferences = preferences
        self._providers = providers
        self._clock = clock
        self._letter_poll = letter_poll
        self._patience = patience

    async def accepted(self, delivery: Document, accepted: Accepted, way: DeliveryMove) -> Document | None:
        """A provider has it; None if somebody else has recorded that meanwhile, such as a receipt."""
        to: DeliveryState = "accepted" if accepted.more else "sent"
        recorded = await self._deliveries.move(
            delivery,
            way,
            *await self._sent_events(delivery),
            to=to,
            provider_id=accepted.id,
            due_at=self._clock.now() + self._until_asked(delivery) if accepted.more else None,
            **({"postage": accepted.postage} if accepted.postage else {}),
            **outcome(delivery, to),
        )
        if recorded is None:
            log.warning("delivery_recorded_elsewhere", delivery=delivery["_id"], provider=delivery["provider"])
            return None
        log.info(
            f"{delivery['channel']}_{to}",
            delivery=delivery["_id"],
            about=delivery["about"],
            template=delivery["template"],
            provider=delivery["provider"],
        )
        return recorded

    async def report(self, delivery: Document, report: Report) -> bool:
        """Record what a provider reports about a message; a report that would move it back is kept and changes nothing.

        False if somebody else has changed the delivery meanwhile: look at it again.
        """
        at = report.at or self._clock.now()
        receipts = [*delivery["receipts"], {"status": report.status, "at": at}]
        if report.state == "complaint":
            return await self._complained(delivery, receipts, at)
        if DELIVERY.of(delivery) not in SENT and DELIVERY.of(delivery) != "temporary_failure":
            try:
                found = await self.accepted(delivery, Accepted(report.id), "found")
            except NoSuchMove:
                return bool(await self._deliveries.change(delivery, receipts=receipts))
            if found is None:
                return False
            delivery = found
        fields, events = self._consequence(delivery, report, at)
        try:
            moved = await self._deliveries.move(delivery, report.state, *events, receipts=receipts, **fields)
        except NoSuchMove:
            moved = await self._deliveries.change(delivery, receipts=receipts)
            log.info("report_changes_nothing", delivery=delivery["_id"], state=delivery["state"], said=report.status)
            return moved is not None
        if moved:
            log.info(
                f"{delivery['channel']}_{moved['state']}",
                delivery=delivery["_id"],
                about=delivery["about"],
                provider=delivery["provider"],
                said=report.status,
            )
        return moved is not None

    async def _complained(self, delivery: Document, receipts: list[Document], at: datetime) -> bool:
        """Somebody reported it as spam: this address gets no more campaigns; the delivery's state stays as it was."""
        if await self._deliveries.change(delivery, receipts=receipts) is None:
            return False
        await self._preferences.complained(delivery, at)
        log.warning("complaint_heard", delivery=delivery["_id"], about=delivery["about"], category=delivery["category"])
        return True

    async def ask(self, delivery: Document) -> None:
        """No report has come for a while (letters never have any): ask the provider."""
        provider = self._providers.get(delivery["provider"])
        if not isinstance(provider, Answering):
            await self._deliveries.move(delivery, "silence", due_at=None)
            return
        try:
            report = await provider.ask(delivery["provider_id"])
        except Unknown as error:
            asked = delivery.get("asked", 0) + 1
            await self._deliveries.change(delivery, asked=asked, due_at=self._clock.now() + back_off(asked))
            log.warning("provider_not_asked", delivery=delivery["_id"], provider=provider.name, why=str(error))
            return
        if report.state != "accepted":
            await self.report(delivery, report)
        elif delivery["channel"] != "letter" and self._clock.now() - delivery["tries"][-1]["at"] > NO_MORE:
            await self._deliveries.move(delivery, "silence", due_at=None)
        else:
            await self._deliveries.change(delivery, due_at=self._clock.now() + self._until_asked(delivery))

    async def descend(self, delivery: Document) -> None:
        """It did not arrive: try once more later, or the next channel, or publish that nobody was reached."""
        if DELIVERY.of(delivery) == "permanent_failure":
            await self._preferences.suppress(delivery, self._clock.now())
        follows = await self._plan_next(delivery)
        is_unwanted = DELIVERY.of(delivery) == "suppressed" and code_of(delivery) == "unwanted"
        is_failure = not follows and self._needed(delivery) and not is_unwanted
        events = (self._deliveries.failed(delivery, delivery["why"]),) if is_failure else ()
        if await self._deliveries.change(delivery, *events, due_at=None, followed_by=follows) and is_failure:
            log.error("delivery_failed", delivery=delivery["_id"], about=delivery["about"], why=delivery["why"])

    def has_next(self, delivery: Document) -> bool:
        """Whether there is a further channel on which the recipient has an address."""
        recipient = read_recipient(delivery["recipient"])
        return next_rung(self._rule(delivery).ladder, recipient, after=delivery["rung"]) is not None

    def _rule(self, delivery: Document) -> Rule:
        return DIGEST if delivery.get("parts") else self._rules[delivery["telling"]]

    async def _plan_next(self, delivery: Document) -> str | None:
        """The id of the follow-up, now planned; None if there is no further channel."""
        rule = self._rule(delivery)
        recipient = read_recipient(delivery["recipient"])
        again, due_at = 0, self._clock.now()
        rung: int | None = delivery["rung"]
        if DELIVERY.of(delivery) == "temporary_failure" and delivery["round"] < len(AGAIN):
            again, due_at = delivery["round"] + 1, due_at + AGAIN[delivery["round"]]
        else:
            rung = next_rung(rule.ladder, recipient, after=delivery["rung"])
        if rung is None:
            return None
        intent = {
            "_id": delivery["intent"],
            "about": delivery["about"],
            "story": delivery["story"],
            "cause_id": delivery["cause"],
        }
        more: dict[str, Any] = {"event_at": delivery["event_at"], "round": again, "due_at": due_at}
        more["until"] = delivery.get("until")
        more["follows"] = delivery["_id"]
        if delivery.get("parts"):
            more["parts"] = delivery["parts"]
        key = delivery_id(delivery["intent"], recipient, rule.ladder[rung], again)
        await self._deliveries.plan(key, intent, rule, recipient, rung, **more)
        return key

    def _consequence(
        self, delivery: Document, report: Report, at: datetime
    ) -> tuple[dict[str, Any], tuple[Event, ...]]:
        """What a report changes besides the state, and its events."""
        if report.state == "delivered":
            return {"due_at": None}, (self._deliveries.delivered(delivery, at),)
        if report.state == "dispatched":
            day, postage = local_date(at), report.postage or delivery.get("postage")
            fields = {"due_at": None, "dispatched_on": day.isoformat(), "postage": postage}
            return fields, (self._dispatched(delivery, day, postage),)
        if report.state == "returned":
            why, day = "the post brought it back", local_date(at)
            is_notice = delivery["template"] in NOTICES
            event = self._deliveries.returned(delivery, day) if is_notice else self._deliveries.failed(delivery, why)
            return {"due_at": None, "returned_on": day.isoformat(), "why": why}, (event,)
        if report.state == "lost":
            why = f"it was not sent: {report.status}"
            return {"due_at": None, "why": why}, (self._deliveries.failed(delivery, why),)
        return {"due_at": self._clock.now(), "why": f"not delivered: {report.status}"}, ()

    def _dispatched(self, delivery: Document, day: date, postage: str | None) -> LetterDispatched:
        """Posted on the provider's date, not on the day we asked, by the class of post that the provider gives."""
        return LetterDispatched(
            **self._deliveries.envelope(delivery, "dispatched"),
            reference=delivery["about"],
            delivery=delivery["_id"],
            dispatched_on=day,
            postage=CLASSES.get(str(postage)),
            template=delivery["template"],
        )

    async def _sent_events(self, delivery: Document) -> list[Event]:
        """The events that it was sent; for a digest, one for each of its messages."""
        if not delivery.get("parts"):
            return [self._deliveries.sent(delivery)]
        parts = await self._deliveries.find({"_id": {"$in": delivery["parts"]}})
        return [self._deliveries.sent({**each, "content_hash": delivery["content_hash"]}) for each in parts]

    def _needed(self, delivery: Document) -> bool:
        return bool(delivery.get("parts")) or self._rules[delivery["telling"]].needed

    def _until_asked(self, delivery: Document) -> timedelta:
        return self._letter_poll if delivery["channel"] == "letter" else self._patience
