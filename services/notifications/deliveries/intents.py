"""One intent for each event and telling: who is to be told is settled when it is told, and then stands."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from services.notifications.deliveries.audiences import Audiences, NotYetKnown
from services.notifications.deliveries.deliveries import Deliveries, back_off
from services.notifications.deliveries.delivery import DELIVERY, TO_GO, DeliveryState
from services.notifications.deliveries.intent import INTENT, Ended, IntentState
from services.notifications.deliveries.left_out import LeftOut
from services.notifications.deliveries.quiet import opening, windows
from services.notifications.deliveries.retention import WITH_THE_FILE, event_kept_for
from services.notifications.deliveries.volume import Volume, is_unusual
from services.notifications.settings import NotificationsSettings
from services.notifications.tellings.telling import Recipient, Telling, about, facts_of, next_rung
from services.notifications.words.wording import Unwritable
from shared.contracts import CATALOGUE, Event, Message
from shared.contracts.notifications import NotificationFailed
from shared.identity import derived
from shared.links import Links
from shared.observing.telemetry import follow, log
from shared.store.documents import Change, Document, Store
from shared.store.timers import Expiry, Timer
from shared.time.clock import Clock, utc

INTENTS, SETTLED = "intents", "settled"
_PAID_OR_WITHDRAWN = "the notice is paid or withdrawn"
_MAY_BE_RETRIED: frozenset[IntentState] = frozenset({"told", "failed"})
_NEVER_WENT: frozenset[DeliveryState] = frozenset({"cancelled", "suppressed"})
_GIVE_UP = 6  # attempts without knowing where to reach a school

LOG_EVENTS = frozenset(f"intent_{ends}" for ends in get_args(Ended))
"""What a line may be called that says how an intent ended."""


class Intents:
    """Takes events, and makes of each the deliveries that its tellings ask for."""

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        audiences: Audiences,
        volume: Volume,
        left_out: LeftOut,
        links: Links,
        tellings: Sequence[Telling],
        clock: Clock,
        settings: NotificationsSettings,
    ) -> None:
        self._intents = store[INTENTS]
        self._deliveries = deliveries
        self._audiences = audiences
        self._volume = volume
        self._left_out = left_out
        self._links = links
        self.tellings: Mapping[str, Telling] = {each.name: each for each in tellings}
        self._takers = {
            each.name: [other.name for other in tellings if each.name in (*other.takes_back, *other.overtakes)]
            for each in tellings
        }
        self._pressing = [each.name for each in tellings if each.presses]
        self._settled = store[SETTLED]
        self._windows = windows(settings)
        self._clock = clock
        self._digest = timedelta(seconds=settings.digest_window)
        self.timer = Timer(store, INTENTS, self._step, clock, settings.send_at_once)
        self.expiry = Expiry(store, SETTLED, clock)

    async def hear(self, event: Message) -> None:
        """Intend everything that somebody must be told of this event; the same event twice is one.

        Of what nobody is told nothing is kept, not that it happened, nor when; but that a notice is settled is.
        """
        for telling in self.tellings.values():
            if telling.event is not type(event):
                continue
            if telling.settles:
                await self._settle(event)
            if telling.whom(event):
                await self.open(telling, event)

    async def open(self, telling: Telling, event: Message) -> None:
        """Intend one telling of an event, or of what a colleague asks for; of those who were erased nothing is kept."""
        left = await self._left_out.without(telling, event, about(event))
        if left is None:
            log.info("erased_not_told", telling=telling.name, about=about(event))
            return
        event = left
        fields: Document = {
            "telling": telling.name,
            "about": about(event),
            "story": str(event.correlation_id),
            "cause_id": str(event.id),
            "event": event.key(),
            "event_at": utc(event.time),
            "cause": event.model_dump(mode="json"),
            "until": telling.until(event) if telling.until else None,
            "state": INTENT.start,
            "attempts": 0,
            "due_at": self._clock.now(),
        }
        await self._intents.insert(str(derived(event.id, telling.name)), fields)

    async def facts(self, delivery: Document) -> tuple[Telling, Message, Mapping[str, Any]]:
        """What a delivery's message is written from; raises Unwritable when that has been forgotten."""
        intent = await self._intents.get(delivery["intent"])
        if intent is None or intent["cause"] is None:
            raise Unwritable("what this message was about has been forgotten")
        telling = self.tellings[delivery["telling"]]
        event = _read(intent)
        links = {fact: self._links.make(purpose, delivery["_id"]) for fact, purpose in telling.links.items()}
        return telling, event, {**links, **facts_of(telling, event, read_recipient(delivery["recipient"]))}

    async def retry(self, key: str, by: str) -> bool:
        """Tell whoever could not be reached, or let go what reaches many; those who were told are not told twice.

        False where there is no intent.
        """
        intent = await self._intents.get(key)
        if intent is None or intent["cause"] is None:
            return False
        state = INTENT.of(intent)
        if state in _MAY_BE_RETRIED:
            again = INTENT.after(state, "retry")
            await self._change(intent, state=again, audience=None, attempts=0, due_at=self._clock.now())
            log.info("intent_retried", intent=key, about=intent["about"])
        elif state == "open" and intent.get("asked") and not intent.get("allowed_by"):
            if await self._change(intent, allowed_by=by, held_for=None, due_at=self._clock.now()) is None:
                return await self.retry(key, by)
            log.info("intent_allowed", intent=key, about=intent["about"], by=by)
        return True

    async def cancel_all(self, about: str, why: str) -> int:
        """Tell nobody of this any more, at once."""
        end = self._clock.now() + event_kept_for("campaign")
        fields = INTENT.put("cancelled", why=why, due_at=end)
        return await self._intents.change_all({"about": about, **INTENT.among("open")}, fields)

    async def resume_all(self, about: str, why: str) -> int:
        """Go on with what was cancelled for this reason."""
        fields = INTENT.put("open", why=None, due_at=self._clock.now())
        return await self._intents.change_all({"about": about, "why": why, **INTENT.among("cancelled")}, fields)

    async def stale(self, of: Document) -> str | None:
        """Why an intent or a delivery is not to be sent any more; None while it means something."""
        if of.get("until") is not None and self._clock.now() >= of["until"]:
            return "too late: what it is about has begun or is over"
        if of["telling"] in self._pressing and await self._settled.get(of["about"]):
            return _PAID_OR_WITHDRAWN
        takers = self._takers.get(of["telling"])
        later = {"about": of["about"], "telling": {"$in": takers}, "event_at": {"$gt": of["event_at"]}}
        return "not true any more" if takers and await self._intents.count(later) else None

    async def _settle(self, event: Message) -> None:
        """Keep that the notice is settled, then cancel what presses and has not gone; what comes later finds it."""
        end = self._clock.now() + WITH_THE_FILE
        await self._settled.insert(about(event), {"event": event.key(), "due_at": end})
        pressing = {"about": about(event), "telling": {"$in": self._pressing}}
        for intent in await self._intents.find({**pressing, **INTENT.among("open")}):
            await self._end(intent, "cancelled", _PAID_OR_WITHDRAWN)
        for delivery in await self._deliveries.find({**pressing, **DELIVERY.among(*TO_GO)}):
            await self._deliveries.cancel(delivery, _PAID_OR_WITHDRAWN)

    async def _step(self, intent: Document) -> None:
        follow(intent["story"])
        if INTENT.of(intent) == "open":
            await self._tell(intent)
        else:
            await self._change(intent, cause=None, audience=None, due_at=None)
            log.info("intent_forgotten", intent=intent["_id"], about=intent["about"])

    async def _tell(self, intent: Document) -> None:
        telling = self.tellings[intent["telling"]]
        opens = opening(self._windows, telling.category, telling.at_any_time, self._clock.now())
        if why := await self.stale(intent):
            await self._end(intent, "cancelled", why)
        elif opens is not None:
            await self._hold(intent, opens, "quiet hours")
        elif telling.takes_back and not await self._was_told(telling, intent):
            await self._end(intent, "cancelled", "nobody was told of what it takes back")
        else:
            await self._fan_out(intent, telling)

    async def _fan_out(self, intent: Document, telling: Telling) -> None:
        """Settle who is told, then plan a delivery to each: after a crash it goes on with the same list."""
        event = _read(intent)
        if intent.get("audience") is None:
            try:
                audience = await self._audiences.of(telling.whom(event))
            except NotYetKnown:
                await self._later(intent, telling)
                return
            frozen = await self._change(intent, audience=[asdict(each) for each in audience], begun=0)
            if frozen is None:
                return
            intent = frozen
        count = len(intent["audience"])
        if telling.agreed and not intent.get("allowed_by") and is_unusual(count, telling.agreed(event)):
            await self._ask(intent, telling, count)
            return
        left = [read_recipient(each) for each in intent["audience"][intent["begun"] :]]
        now = left[: await self._volume.draw(len(left))] if telling.category == "campaign" else left
        begun = intent["begun"] + len(now)
        told = await self._left_out.of(telling, now, event, intent["about"])
        rungs = [(each, next_rung(telling.ladder, each)) for each in told]
        await asyncio.gather(
            *(self._plan(intent, telling, event, each, rung) for each, rung in rungs if rung is not None)
        )
        unreached = [each for each, rung in rungs if rung is None] if telling.needed else []
        failed = [self._unreached(intent, telling, each) for each in unreached]
        if begun < len(intent["audience"]):
            await self._hold(intent, self._volume.next_hour(), "the campaigns' limit of an hour", *failed, begun=begun)
        else:
            planned = len(intent["audience"]) - len(unreached)
            await self._end(intent, "told", f"{planned} planned", *failed)

    async def _ask(self, intent: Document, telling: Telling, count: int) -> None:
        """It reaches many, and nobody has agreed to so many: a person is asked, and it waits for their word."""
        until = intent.get("asked") or self._clock.now() + event_kept_for("campaign")
        if self._clock.now() >= until:
            await self._end(intent, "cancelled", "nobody has let it go in time")
            return
        why = f"it would reach {count:,}, and nobody has agreed to so many"
        await self._hold(intent, until, why, self._failed(intent, telling, "unusual", why), asked=until)

    async def _plan(self, intent: Document, telling: Telling, event: Message, to: Recipient, rung: int) -> None:
        channel = telling.ladder[rung]
        state: DeliveryState = DELIVERY.start
        more: dict[str, Any] = {"event_at": intent["event_at"], "until": intent["until"]}
        if self._digest and channel == "email" and telling.may_be_merged and not telling.alone(event):
            state = "held"
            more |= {"held_for": "digest", "mailbox": to.key, "due_at": self._clock.now() + self._digest}
        key = self._deliveries.key(telling, intent, event, to, channel)
        await self._deliveries.plan(key, intent, telling, to, rung, state, **more)

    async def _was_told(self, telling: Telling, intent: Document) -> bool:
        """Cancel what has not gone of the tellings that this one takes back; whether anybody was told of them.

        Where nothing of them is known, somebody may have been told: then this is told as well.
        """
        query = {
            "about": intent["about"],
            "telling": {"$in": telling.takes_back},
            "event_at": {"$lte": intent["event_at"]},
        }
        earlier = await self._intents.find(query)
        for each in earlier:
            if INTENT.of(each) == "open" and await self._end(each, "cancelled", "taken back") is None:
                return await self._was_told(telling, intent)
        ids = [each["_id"] for each in earlier]
        for delivery in await self._deliveries.find({"intent": {"$in": ids}}):
            if DELIVERY.of(delivery) in TO_GO:
                await self._deliveries.cancel(delivery, "taken back")
        left = await self._deliveries.find({"intent": {"$in": ids}})
        return not earlier or any(DELIVERY.of(each) not in _NEVER_WENT for each in left)

    async def _later(self, intent: Document, telling: Telling) -> None:
        """The school has not been heard of: its contact may be on its way."""
        attempts = intent["attempts"] + 1
        if attempts < _GIVE_UP:
            until = self._clock.now() + back_off(attempts)
            await self._hold(intent, until, "the school is not known yet", attempts=attempts)
            return
        whom = telling.whom(_read(intent))
        failed = [self._unreached(intent, telling, each) for each in whom if isinstance(each, Recipient)]
        await self._end(intent, "failed", "no attendance contact is known for this school", *failed)

    def _unreached(self, intent: Document, telling: Telling, recipient: Recipient) -> NotificationFailed:
        why = "no address is known for this recipient"
        return self._failed(intent, telling, f"unreached:{recipient.key}", why, recipient.key)

    def _failed(
        self, intent: Document, telling: Telling, what: str, why: str, recipient: str | None = None
    ) -> NotificationFailed:
        return NotificationFailed(
            id=derived(UUID(intent["_id"]), what),
            time=self._clock.now(),
            subject=intent["about"],
            correlation_id=intent["story"],
            causation_id=intent["cause_id"],
            delivery=intent["_id"],
            about=intent["about"],
            channel=telling.ladder[-1],
            template=telling.template,
            recipient=recipient,
            reason=why,
        )

    async def _hold(self, intent: Document, until: datetime, why: str, *events: Event, **fields: Any) -> None:
        """Go on with it later; nothing is dropped, and everything is looked at again then."""
        if await self._change(intent, *events, due_at=until, held_for=why, **fields):
            log.info(
                "intent_held",
                intent=intent["_id"],
                telling=intent["telling"],
                about=intent["about"],
                why=why,
                until=until.isoformat(),
            )

    async def _end(self, intent: Document, ends: Ended, why: str, *events: Event) -> Document | None:
        """Nothing is left to do but to forget what it said, in time."""
        end = self._clock.now() + event_kept_for(self.tellings[intent["telling"]].category)
        state = INTENT.after(INTENT.of(intent), ends)
        ended = await self._change(intent, *events, state=state, why=why, due_at=end)
        if ended:
            log.info(f"intent_{ends}", intent=intent["_id"], telling=intent["telling"], about=intent["about"], why=why)
        return ended

    async def _change(self, intent: Document, *events: Event, **fields: Any) -> Document | None:
        if await self._intents.save(Change(intent["_id"], intent["version"], fields, events)):
            return None
        return {**intent, **fields, "version": intent["version"] + 1}


def read_recipient(kept: Mapping[str, Any]) -> Recipient:
    return Recipient(**{**kept, "postal": tuple(kept["postal"])})


def _read(intent: Document) -> Message:
    return CATALOGUE[intent["event"]].from_store(intent["cause"])
