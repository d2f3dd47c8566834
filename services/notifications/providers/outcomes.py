"""What a provider is given and what it may answer, alike for all of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

from services.notifications.words.attachments import Attachment
from services.notifications.words.wording import Written
from shared.contracts.notifications import Channel


@dataclass(frozen=True)
class Outgoing:
    """A message as it is handed to a provider. `reference` is ours, opaque, the same at every try."""

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
    """The provider has the message, under its own id; `more` where it will say what becomes of it."""

    id: str
    more: bool = True
    postage: str | None = None
    """Of a letter: by which class of post it will go, as the provider says it."""


State = Literal["accepted", "dispatched", "delivered", "temporary", "permanent", "lost", "returned", "complaint"]
"""`complaint`: it arrived, and its recipient has told their mail provider that they do not want it."""


@dataclass(frozen=True)
class Report:
    """What the provider says of a message that it has. `status` is its own word."""

    id: str
    state: State
    status: str
    at: datetime | None = None
    postage: str | None = None
    """Of a letter: by which class of post."""


def told_at(said: object) -> datetime | None:
    """When something happened, as a receipt tells it; None where it cannot be read, which makes no receipt useless.

    Raises OverflowError: it says a day before the first, or after the last.
    """
    try:
        found = datetime.fromisoformat(str(said))
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
    """The provider will never take this: trying again cannot help. The text holds its error names only."""

    def __init__(self, why: str, *, address: bool = False) -> None:
        super().__init__(why)
        self.of_address = address
        """Whether it is the address that is refused, and not the message."""


Limit = Literal["", "rate", "day", "abroad", "account"]
"""What holds for other messages too: the rate of the moment; the provider's (UTC) day, or its day for numbers abroad;
or that it takes nothing from us, since our key, its settings or our account are not right."""


class NotNow(Exception):
    """Not taken, and the provider said so: try again later, or another provider now."""

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
    """Whose rate limit its sends count to."""

    def objection(self, outgoing: Outgoing) -> str | None:
        """Why this provider must not be given this message: something of it would be lost. None where it may be."""

    def as_sent(self, written: Written) -> Written:
        """The message as this provider sends it: what is measured, paid and kept."""

    async def send(self, outgoing: Outgoing) -> Accepted:
        """Hand over one message; raises Refused, NotNow or Unknown."""


@runtime_checkable
class Answering(Protocol):
    """A provider that can be asked after messages, by our reference and by its own id."""

    async def find(self, reference: str) -> Report | None:
        """What was accepted under our reference, if anything; raises Unknown when it does not say."""

    async def ask(self, provider_id: str) -> Report:
        """What has become of a message; raises Unknown when it does not say."""

    def listed(self, since: datetime) -> AsyncIterator[Listed]:
        """Every message that it has accepted since then, the newest first; raises Unknown when it does not say."""
