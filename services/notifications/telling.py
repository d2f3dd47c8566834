"""What a telling is: which event, told to whom, by which channels, in which words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.notifications.addresses import canonical
from services.notifications.attachments import Attachment
from shared.contracts.base import Event
from shared.contracts.fields import Address
from shared.contracts.notifications import Category, Channel, NotificationFailed

Audience = Literal["school", "parent", "attendee", "booker", "invited", "team"]

AUDIENCES: Mapping[Audience, str] = {
    "school": "the school's attendance email",
    "parent": "the parent whom the event names",
    "attendee": "the person whose booking it is",
    "booker": "whoever booked for them",
    "invited": "whoever is asked to answer",
    "team": "the officers' team mailbox",
}


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told, with the addresses that are known of them. `key` is opaque: it stands in logs and ids."""

    key: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    postal: tuple[str, ...] = ()
    """Address lines without the name, the postcode last."""

    def address(self, channel: Channel) -> str | None:
        """Where this channel reaches them, in the form that providers take; None where it does not."""
        if channel == "letter":
            return "\n".join(self.postal) or None
        if channel == "sms":
            return canonical("sms", self.phone or "")
        return self.email


@dataclass(frozen=True)
class Telling:
    """One entry of who is told of what. The name stands in ids: it never changes once messages have been sent."""

    name: str
    event: type[Event]
    audience: Audience
    category: Category
    ladder: tuple[Channel, ...]
    """The channels in the order in which they are tried: the next one when one has failed for good."""
    template: str
    whom: Callable[[Any], Sequence[Recipient]]
    facts: Callable[[Any], Mapping[str, Any]]
    act: Callable[[Any], str] | None = None
    """Names the legal act that a letter carries: its id comes from the act, not from the message (see letter_id)."""
    takes_back: tuple[str, ...] = ()
    """Tellings about the same thing that this one makes untrue: what of them is still here is not sent."""
    needed: bool = True
    """Whether a person has to act when nobody could be reached; an alert besides a letter is not needed."""
    overtakes: tuple[str, ...] = ()
    """Tellings about the same thing that this one makes stale: what of them is still here is not sent, and this is."""
    attach: Callable[[Any], Sequence[Attachment]] | None = None
    at_any_time: bool = False
    """Somebody waits for it, or it soon means nothing: it does not wait for working hours."""
    until: Callable[[Any], datetime | None] | None = None
    """From which instant on it means nothing, and is not sent any more."""

    @property
    def may_be_merged(self) -> bool:
        """Whether it may go inside a digest: never a personal link, nor a file, which would be lost in it."""
        return self.audience == "school" and self.category == "service" and self.attach is None


_REFERENCES = ("notice", "case", "booking", "invitation", "meeting", "survey")


def about(event: Event) -> str:
    """The reference of the thing that an event is about: the nearest that it names."""
    if isinstance(event, NotificationFailed):
        return event.about
    return next((str(found) for name in _REFERENCES if (found := getattr(event, name, None))), event.subject)


def school(urn: str | None) -> tuple[Recipient, ...]:
    """A school; its name and address are looked up when it is told. Nobody, where an event names none."""
    return (Recipient(f"school:{urn}"),) if urn else ()


def team() -> tuple[Recipient, ...]:
    return (Recipient("team"),)


def parent(parent_id: str, name: str, address: Address, email: str | None, phone: str | None) -> Recipient:
    return Recipient(f"parent:{parent_id}", name, email, phone, (*address.lines, address.postcode))


def to_team(name: str, event: type[Event], template: str, facts: Callable[[Any], Mapping[str, Any]]) -> Telling:
    """What officers are told, at their team's mailbox."""
    return Telling(name, event, "team", "service", ("email",), template, lambda _: team(), facts)


def spoken(command: str) -> str:
    """A command as people say it: `notices.withdraw_notice.v1` is withdraw notice."""
    return command.split(".")[1].replace("_", " ")


def facts_of(telling: Telling, event: Event, recipient: Recipient) -> Mapping[str, Any]:
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
