"""What a telling is: of which event or request, to whom, by which channels, in which words. Pure."""

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
    "booker": "whoever booked for them",
    "invited": "whoever is asked to answer",
    "team": "the officers' team mailbox",
    "chosen": "whom a colleague names, or whose address is on the list that they give",
}


UNSUBSCRIBE, DONE = "unsubscribe", "done"
"""What a link of a message's own is for: to end a campaign's messages, to say that an MI Sheet's Action is done."""

LISTED = "listed"
"""The key of somebody on a list, until they are told: then their address's keyed hash is added."""


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told, with the addresses that are known of them. `key` is opaque: it stands in logs and ids."""

    key: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    postal: tuple[str, ...] = ()
    """Address lines without the name, the postcode last."""
    language: str | None = None
    """In which they wish to be written to, as whoever named them says it."""

    def address(self, channel: Channel) -> str | None:
        """Where this channel reaches them, in the form that providers take; None where it does not."""
        if channel == "letter":
            return "\n".join(self.postal) or None
        if channel == "sms":
            return canonical("sms", self.phone or "")
        return self.email if canonical("email", self.email or "") else None


@dataclass(frozen=True)
class Telling:
    """One entry of who is told of what. The name stands in ids: it never changes once messages have been sent."""

    name: str
    event: type[Message]
    """What is told of; or a colleague's command to tell something."""
    audience: Audience
    category: Category
    ladder: tuple[Channel, ...]
    """The channels in the order in which they are tried: the next one when one has failed for good."""
    template: str
    whom: Callable[[Any], Sequence[Recipient] | fields.WhichSchools]
    """Recipients; or the schools that are meant, who are found when they are told."""
    facts: Callable[[Any], Mapping[str, Any]]
    act: Callable[[Any], str] | None = None
    """Names the legal act that a letter carries: its id comes from the act, not from the message (see letter_id)."""
    takes_back: tuple[str, ...] = ()
    """Tellings about the same thing that this one makes untrue: what of them is still here is not sent."""
    needed: bool = True
    """Whether a person has to act when nobody could be reached; an alert besides a letter is not needed."""
    overtakes: tuple[str, ...] = ()
    """Tellings about the same thing that this one makes stale: what of them is still here is not sent, and this is."""
    presses: bool = False
    """It asks for money or warns of court: not sent once the same notice is settled, whichever is heard first."""
    settles: bool = False
    """The notice is paid or withdrawn: nothing that presses is sent about it any more."""
    attach: Callable[[Any], Sequence[Attachment]] | None = None
    once: Literal["", "recipient", "address"] = ""
    """Who gets it once for the same thing, however many events tell of it: each recipient, or each address."""
    alone: Callable[[Any], bool] = lambda event: False
    """Whether it must not wait to be put into one mail with others."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Facts that are signed links of the message's own, each with what the link is for."""
    at_any_time: bool = False
    """Somebody waits for it, or it soon means nothing: it does not wait for working hours."""
    until: Callable[[Any], datetime | None] | None = None
    """From which instant on it means nothing, and is not sent any more."""

    agreed: Callable[[Any], int | None] | None = None
    """To how many somebody has agreed, of what a colleague or another system asks to send to many."""

    @property
    def may_be_merged(self) -> bool:
        """Whether it may go inside a digest: never a personal link, nor a file, which would be lost in it."""
        return self.audience == "school" and self.category == "service" and self.attach is None


_REFERENCES = ("notice", "case", "booking", "invitation", "meeting", "survey")


def about(event: Message) -> str:
    """The reference of the thing that an event is about: what it says itself, else the nearest that it names."""
    said = getattr(event, "about", None)
    if isinstance(said, str):
        return said
    return next((str(found) for name in _REFERENCES if (found := getattr(event, name, None))), event.subject)


def school(urn: str | None) -> tuple[Recipient, ...]:
    """A school; its name and address are looked up when it is told. Nobody, where an event names none."""
    return (Recipient(f"school:{urn}"),) if urn else ()


def team() -> tuple[Recipient, ...]:
    return (Recipient("team"),)


def parent(parent_id: str, to: notices.Recipient) -> Recipient:
    postal = (*to.address.lines, to.address.postcode)
    return Recipient(f"parent:{parent_id}", to.name, to.email, to.phone, postal, to.language)


def to_team(name: str, event: type[Event], template: str, facts: Callable[[Any], Mapping[str, Any]]) -> Telling:
    """What officers are told, at their team's mailbox."""
    return Telling(name, event, "team", "service", ("email",), template, lambda _: team(), facts)


def spoken(command: str) -> str:
    """A command as people say it: `notices.withdraw_notice.v1` is withdraw notice."""
    return command.split(".")[1].replace("_", " ")


def facts_of(telling: Telling, event: Message, recipient: Recipient) -> Mapping[str, Any]:
    """What words are written from: the event's facts, its time, and whom they are for."""
    return {"time": event.time, **_of_recipient(telling, recipient), **telling.facts(event)}


def _of_recipient(telling: Telling, recipient: Recipient) -> Mapping[str, Any]:
    """A school's name; of a parent what stands on the envelope."""
    if telling.audience == "school":
        return {"school": recipient.name}
    if not recipient.postal:
        return {}
    *lines, postcode = recipient.postal
    return {"recipient": {"name": recipient.name, "address": {"lines": lines, "postcode": postcode}}}


def next_rung(ladder: Sequence[Channel], recipient: Recipient, after: int = -1) -> int | None:
    """The next step of the ladder on which the recipient has an address; None when there is none left."""
    return next((n for n in range(after + 1, len(ladder)) if recipient.address(ladder[n])), None)
