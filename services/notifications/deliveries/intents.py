"""One intent for each event and rule: who is told is decided when it goes out, and then fixed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifications.deliveries.delivery import Why, not_sent_for
from services.notifications.deliveries.intent import INTENT, Ended, IntentState
from services.notifications.deliveries.left_out import LeftOut
from services.notifications.deliveries.retention import event_kept_for
from services.notifications.rules.rule import Recipient, Rule, about
from shared.contracts import CATALOGUE, Event, Message
from shared.contracts.notifications import RetryMessage
from shared.decisions.acting import LostRace, known, repeated, until_kept
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, utc

INTENTS = "intents"
_MAY_BE_RETRIED: frozenset[IntentState] = frozenset({"told", "failed"})

LOG_EVENTS = frozenset({"intent_told", "intent_failed", "intent_cancelled"})
"""Event names of log lines about how an intent ended."""


class Intents:
    """The intents of the service. Every change is conditional on the version that was read."""

    def __init__(self, store: Store, left_out: LeftOut, rules: Mapping[str, Rule], clock: Clock) -> None:
        self._intents = store[INTENTS]
        self._left_out = left_out
        self._rules = rules
        self._clock = clock

    async def open(self, rule: Rule, event: Message) -> None:
        """Create an intent for one rule of an event or a colleague's command; nothing of erased people is kept."""
        left = await self._left_out.without(rule, event, about(event))
        if left is None:
            log.info("erased_not_told", telling=rule.name, about=about(event))
            return
        event = left
        fields: Document = {
            "telling": rule.name,
            "about": about(event),
            "story": str(event.correlation_id),
            "cause_id": str(event.id),
            "event": event.key(),
            "event_at": utc(event.time),
            "cause": event.model_dump(mode="json"),
            "until": rule.until(event) if rule.until else None,
            "state": "open",
            "attempts": 0,
            "due_at": self._clock.now(),
        }
        await self._intents.insert(str(derived(event.id, rule.name)), fields)

    async def find(self, query: Mapping[str, Any]) -> list[Document]:
        return await self._intents.find(query)

    @until_kept
    async def retry(self, command: RetryMessage) -> None:
        """Try again those who could not be reached, or release what reaches many; nobody is told twice."""
        intent = known(await self._intents.get(command.delivery), "delivery", "message")
        named = {"intent": intent["_id"], "about": intent["about"]}
        if intent["cause"] is None:
            raise Permanent("delivery: what it was about has been forgotten")
        state = INTENT.of(intent)
        if state in _MAY_BE_RETRIED:
            again = INTENT.after(state, "retry")
            if not await self.change(intent, state=again, audience=None, attempts=0, due_at=self._clock.now()):
                raise LostRace
            log.info("intent_retried", **named)
        elif state == "open" and intent.get("asked") and not intent.get("allowed_by"):
            by = command.officer.id
            if not await self.change(intent, allowed_by=by, held_for=None, due_at=self._clock.now()):
                raise LostRace
            log.info("intent_allowed", **named, by=by)
        else:  # it is on its way already, or was stopped meanwhile
            repeated(command, **named)

    async def cancel_all(self, about: str, why: Why) -> int:
        """Stop rule anybody about this, at once."""
        end = self._clock.now() + event_kept_for("campaign")
        fields = INTENT.put("cancelled", why=why.words, why_code=why.code, due_at=end)
        return await self._intents.change_all({"about": about, **INTENT.among("open")}, fields)

    async def resume_all(self, about: str, why: Why) -> int:
        """Resume what was cancelled for this reason."""
        fields = INTENT.put("open", why=None, why_code=None, due_at=self._clock.now())
        query = {"about": about, **INTENT.among("cancelled"), **not_sent_for(why)}
        return await self._intents.change_all(query, fields)

    async def hold(self, intent: Document, until: datetime, why: str, *events: Event, **fields: Any) -> None:
        """Continue later; nothing is dropped, and everything is checked again then."""
        if await self.change(intent, *events, due_at=until, held_for=why, **fields):
            log.info(
                "intent_held",
                intent=intent["_id"],
                telling=intent["telling"],
                about=intent["about"],
                why=why,
                until=until.isoformat(),
            )

    async def end(self, intent: Document, ends: Ended, why: str, *events: Event) -> Document | None:
        """Nothing is left to do, except to forget its words in time."""
        end = self._clock.now() + event_kept_for(self._rules[intent["telling"]].category)
        state = INTENT.after(INTENT.of(intent), ends)
        ended = await self.change(intent, *events, state=state, why=why, due_at=end)
        if ended:
            log.info(f"intent_{state}", intent=intent["_id"], telling=intent["telling"], about=intent["about"], why=why)
        return ended

    async def change(self, intent: Document, *events: Event, **fields: Any) -> Document | None:
        if await self._intents.save(Change(intent["_id"], intent["version"], fields, events)):
            return None
        return {**intent, **fields, "version": intent["version"] + 1}


def read_recipient(kept: Mapping[str, Any]) -> Recipient:
    return Recipient(**{**kept, "postal": tuple(kept["postal"])})


def read_event(intent: Document) -> Message:
    return CATALOGUE[intent["event"]].from_store(intent["cause"])
