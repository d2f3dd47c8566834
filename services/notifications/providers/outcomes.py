"""What a provider is given and what it may answer, the same for all of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

from services.notifications.words.attachments import Attachment
from services.notifications.words.wording import Written
from shared.contracts.notifications import Channel


@dataclass(frozen=True)
class Outgoing:
    """A message for a provider. `reference` is ours, opaque, the same for every try."""

    reference: str
    address: str
    written: Written
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str = ""
    """For a campaign's email: the link that ends it with one click (RFC 8058)."""


def is_abroad(outgoing: Outgoing) -> bool:
    """Whether it is a text to a number outside the country code 44, which has a limit of its own."""
    return outgoing.written.channel == "sms" and not outgoing.address.startswith("+44")


@dataclass(frozen=True)
class Accepted:
    """The provider has the message, under its own id; `more` if it will report what becomes of it."""

    id: str
    more: bool = True
    postage: str | None = None
    """For a letter: the class of post that the provider says it will use."""


State = Literal["accepted", "dispatched", "delivered", "temporary", "permanent", "lost", "returned", "complaint"]
"""`complaint`: it arrived, and the recipient reported it as spam."""


@dataclass(frozen=True)
class Report:
    """What the provider reports about a message. `status` is its own word."""

    id: str
    state: State
    status: str
    at: datetime | None = None
    postage: str | None = None
    """For a letter: the class of post."""


def told_at(stamp: object) -> datetime | None:
    """When something happened, by the receipt; None if unreadable, which does not make the receipt useless.

    Raises OverflowError: the day is outside the calendar.
    """
    try:
        found = datetime.fromisoformat(str(stamp))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError:
        return None


@dataclass(frozen=True)
class Listed:
    """One message as a provider lists it."""

    reference: str | None
    id: str
    at: datetime


class Refused(Exception):
    """The provider will never accept this: trying again cannot help. The text holds only its error names."""

    def __init__(self, why: str, *, address: bool = False) -> None:
        super().__init__(why)
        self.of_address = address
        """Whether it is the address that is refused, and not the message."""


Limit = Literal["", "rate", "day", "abroad", "account"]
"""Whether it affects other messages too: the current rate; the provider's (UTC) day, or its day for numbers abroad;
or that it accepts nothing from us, because our key, its settings or our account are wrong."""


class NotNow(Exception):
    """Not accepted, and the provider said so: try again later, or another provider now."""

    def __init__(self, why: str, limit: Limit = "") -> None:
        super().__init__(why)
        self.limit: Limit = limit


class Unknown(Exception):
    """No clear answer: the message may have been accepted. Look it up before anything else."""


class Provider(Protocol):
    """Carries messages of one channel."""

    name: str
    channel: Channel
    account: str
    """The account whose rate limit its sends count towards."""

    def objection(self, outgoing: Outgoing) -> str | None:
        """Why this provider must not be given this message: part of it would be lost. None if it may."""

    def as_sent(self, written: Written) -> Written:
        """The message as this provider sends it: what is measured, paid for and kept."""

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Hand over one message; raises Refused, NotNow or Unknown."""


@runtime_checkable
class Answering(Protocol):
    """A provider that can be asked about messages, by our reference and by its own id."""

    async def find(self, reference: str) -> Report | None:
        """What was accepted under our reference, if anything; raises Unknown if it does not say."""

    async def ask(self, provider_id: str) -> Report:
        """What has become of a message; raises Unknown if it does not say."""

    def listed(self, since: datetime) -> AsyncIterator[Listed]:
        """Every message that it has accepted since then, the newest first; raises Unknown if it does not say."""
