"""What a notification rule is: which event or request, to whom, by which channels, in which words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.notifications.addresses.addresses import canonical
from services.notifications.words.attachments import Attachment
from shared.contracts import fields, notices
from shared.contracts.base import Event, Message
from shared.contracts.notifications import Category, Channel

Audience = Literal["school", "parent", "attendee", "booker", "invited", "team", "chosen"]

AUDIENCES: Mapping[Audience, str] = {
    "school": "the school's attendance email",
    "parent": "the parent whom the event names",
    "attendee": "the person whose booking it is",
    "booker": "the person who booked for them",
    "invited": "the person who is invited to answer",
    "team": "the officers' team mailbox",
    "chosen": "whom a colleague names, or whose address is on the list that they give",
}


UNSUBSCRIBE, DONE = "unsubscribe", "done"
"""The purposes of a message's own links: end a campaign's messages, mark an MI Sheet's Action as done."""

LISTED = "listed"
"""The key of somebody on a list, until they are told: then the keyed hash of their address is added."""


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told, with their known addresses. `key` is opaque: it appears in logs and ids."""

    key: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    postal: tuple[str, ...] = ()
    """Address lines without the name, the postcode last."""
    language: str | None = None
    """The language in which they wish to be written to, from the source that named them."""

    def address(self, channel: Channel) -> str | None:
        """Their address for this channel, in the form that providers take; None if they have none."""
        if channel == "letter":
            return "\n".join(self.postal) or None
        if channel == "sms":
            return canonical("sms", self.phone or "")
        return self.email if canonical("email", self.email or "") else None


@dataclass(frozen=True)
class Rule:
    """One notification rule. Its name is part of ids, so it never changes once messages have been sent."""

    name: str
    event: type[Message]
    """The event; or a colleague's command to tell something."""
    audience: Audience
    category: Category
    ladder: tuple[Channel, ...]
    """The channels in order: the next one is tried when one has failed permanently."""
    template: str
    whom: Callable[[Any], Sequence[Recipient] | fields.WhichSchools]
    """Recipients; or the schools meant, which are looked up when they are told."""
    facts: Callable[[Any], Mapping[str, Any]]
    act: Callable[[Any], str] | None = None
    """The legal act that a letter carries: its id comes from the act, not from the message (see letter_id)."""
    takes_back: tuple[str, ...] = ()
    """Rules about the same thing that this one makes untrue: their unsent messages are cancelled."""
    needed: bool = True
    """Whether a person has to act if nobody could be reached; not for an alert that accompanies a letter."""
    overtakes: tuple[str, ...] = ()
    """Rules about the same thing that this one makes stale: their unsent messages are cancelled; this is sent."""
    presses: bool = False
    """It asks for money or warns of court: not sent once the same notice is settled, in whichever order we hear."""
    settles: bool = False
    """The notice is paid or withdrawn: no more demands about it are sent."""
    attach: Callable[[Any], Sequence[Attachment]] | None = None
    once: Literal["", "recipient", "address"] = ""
    """Who gets it only once for the same thing, however many events there are: each recipient, or each address."""
    alone: Callable[[Any], bool] = lambda event: False
    """Whether it must not wait to join a digest."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Facts that are the message's own signed links, each with its purpose."""
    at_any_time: bool = False
    """Somebody waits for it, or it soon becomes useless: it does not wait for working hours."""
    until: Callable[[Any], datetime | None] | None = None
    """The instant after which it is useless and not sent any more."""

    agreed: Callable[[Any], int | None] | None = None
    """How many recipients somebody has agreed to, if a colleague or another system asks to send to many."""

    @property
    def may_be_merged(self) -> bool:
        """Whether it may go inside a digest: not if it has a personal link or a file, which would be lost."""
        return self.audience == "school" and self.category == "service" and self.attach is None


_REFERENCES = ("notice", "case", "booking", "invitation", "meeting", "survey")


def about(event: Message) -> str:
    """The reference of what an event is about: its own `about`, else the nearest thing that it names."""
    stated = getattr(event, "about", None)
    if isinstance(stated, str):
        return stated
    return next((str(found) for name in _REFERENCES if (found := getattr(event, name, None))), event.subject)


def school(urn: str | None) -> tuple[Recipient, ...]:
    """A school; its name and address are looked up when it is told. Nobody if an event names none."""
    return (Recipient(f"school:{urn}"),) if urn else ()


def team() -> tuple[Recipient, ...]:
    return (Recipient("team"),)


def parent(parent_id: str, to: notices.Recipient) -> Recipient:
    postal = (*to.address.lines, to.address.postcode)
    return Recipient(f"parent:{parent_id}", to.name, to.email, to.phone, postal, to.language)


def to_team(name: str, event: type[Event], template: str, facts: Callable[[Any], Mapping[str, Any]]) -> Rule:
    """A rule for the team's mailbox, where officers are told."""
    return Rule(name, event, "team", "service", ("email",), template, lambda _: team(), facts)


def spoken(command: str) -> str:
    """A command in words: `notices.withdraw_notice.v1` is withdraw notice."""
    return command.split(".")[1].replace("_", " ")


def facts_of(rule: Rule, event: Message, recipient: Recipient) -> Mapping[str, Any]:
    """The facts for the words: the event's own, its time, and the recipient."""
    return {"time": event.time, **_of_recipient(rule, recipient), **rule.facts(event)}


def _of_recipient(rule: Rule, recipient: Recipient) -> Mapping[str, Any]:
    """A school's name; for a parent, what is on the envelope."""
    if rule.audience == "school":
        return {"school": recipient.name}
    if not recipient.postal:
        return {}
    *lines, postcode = recipient.postal
    return {"recipient": {"name": recipient.name, "address": {"lines": lines, "postcode": postcode}}}


def next_rung(ladder: Sequence[Channel], recipient: Recipient, after: int = -1) -> int | None:
    """The next channel on which the recipient has an address; None if none is left."""
    return next((n for n in range(after + 1, len(ladder)) if recipient.address(ladder[n])), None)
