"""Why a message was sent: of which event, by which rule, in whose story, and with which facts.

The facts are worked out from the event as it is kept; when that has been forgotten, the rest still says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.notifications.deliveries.digests import DIGEST
from services.notifications.deliveries.intents import read_event, read_recipient
from services.notifications.deliveries.retention import BODIES, CAMPAIGNS
from services.notifications.rules.rule import AUDIENCES, Rule, facts_of
from shared.store.documents import Document
from shared.time.clock import in_words, moment, utc
from shared.writing.paper import Section

_FORGOTTEN = (
    f"They have been forgotten: the event behind a message is kept for {BODIES.days} days, "
    f"a campaign's for {CAMPAIGNS.days}."
)
_OF_ITS_PARTS = "Those of the messages that it merges: everyday messages show, with the id of each."


@dataclass(frozen=True)
class WhySent:
    """Why one delivery exists. `rule` is the notification rule's name, as services/notifications/rules has it."""

    rule: str
    to_whom: str
    category: str
    channels: tuple[str, ...]
    event: str
    event_id: str
    event_at: datetime
    correlation_id: str
    follows: str | None
    merges: tuple[str, ...]
    facts: Mapping[str, Any] | None
    """What its words were written from; None when it has been forgotten. Links are named, not shown."""


def why_sent(delivery: Document, intent: Document | None, rules: Mapping[str, Rule]) -> WhySent:
    """From what is kept of a delivery, and of the intent that it carries out."""
    merges = tuple(delivery.get("parts") or ())
    rule = DIGEST if merges else rules.get(delivery["telling"])
    return WhySent(
        rule=delivery["telling"],
        to_whom=AUDIENCES[rule.audience] if rule else "",
        category=delivery["category"],
        channels=rule.ladder if rule else (delivery["channel"],),
        event=intent["event"] if intent else "",
        event_id=delivery["cause"],
        event_at=utc(delivery["event_at"]),
        correlation_id=delivery["story"],
        follows=delivery.get("follows"),
        merges=merges,
        facts=None if merges else _facts(delivery, intent, rule),
    )


def _facts(delivery: Document, intent: Document | None, rule: Rule | None) -> Mapping[str, Any] | None:
    if intent is None or intent["cause"] is None or rule is None:
        return None
    links = {fact: f"a link of its own ({purpose})" for fact, purpose in rule.links.items()}
    return {**links, **facts_of(rule, read_event(intent), read_recipient(delivery["recipient"]))}


def sections(why: WhySent) -> tuple[Section, Section]:
    """The same for people: why, then the facts, one to a line."""
    who = f"{why.to_whom or 'not known any more'}, by {', then '.join(why.channels)}: a {why.category} message"
    rows = [
        ("event", f"{why.event or 'not known any more'}, {moment(why.event_at)}"),
        ("event id", why.event_id),
        ("notification rule", why.rule),
        ("who is told by it", who),
        ("correlation id", f"{why.correlation_id} (everyday trace {why.correlation_id})"),
    ]
    if why.follows:
        rows.append(("after", f"{why.follows}, which did not arrive"))
    rows += [("merges", each) for each in why.merges]
    reason = Section("Why it was sent", rows=tuple(rows))
    if why.facts is None:
        return reason, Section("The facts", (_OF_ITS_PARTS if why.merges else _FORGOTTEN,))
    return reason, Section("The facts", rows=tuple(_flat("", why.facts)))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each fact by its way into what holds it, in people's counting: `sessions 2`; nothing of what is empty."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name} {key}".strip().replace("_", " "), each)
    elif isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value):
        for number, each in enumerate(value, start=1):
            yield f"{name} {number}", ", ".join(f"{label} {said}" for label, said in _flat("", each))
    elif said := _shown_value(value):
        yield name, said


def _shown_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_shown_value, value))
    return " ".join(str(value).split())
