"""Officers for tests: an authority of their own, and whoever a test names as deciding signs for themselves."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from faststream import BaseMiddleware
from faststream.rabbit import RabbitBroker

from shared.contracts import Message
from shared.contracts.fields import Person
from shared.messaging.speakers import Speakers
from shared.messaging.topology import HEARS, inbox
from shared.running.service import Parts
from shared.signing.credentials import Authority, Credential
from shared.signing.officers import Officers, prove
from shared.signing.signatories import OFFICER, decided_by
from shared.time.clock import Clock

AUTHORITY = Authority.new()
_FOLDER = TemporaryDirectory(prefix="officers-")
KEYS = Path(_FOLDER.name) / "officers.json"
KEYS.write_text(AUTHORITY.trusted().text())


@cache
def credential(who: Person) -> Credential:
    """A good one, whatever the clock of a test says."""
    return AUTHORITY.issue(who, tuple(HEARS), datetime(2020, 1, 1, tzinfo=UTC), days=36_500)


def signed(message: Message, body: bytes) -> dict[str, str]:
    """The headers by which whoever a decision names stands behind it; none of what decides nothing."""
    who = decided_by(message)
    return {OFFICER: credential(who).sign(message.key(), body, Clock.wall())} if who else {}


def proving(service: str, parts: Parts) -> BaseMiddleware[Any, Any]:
    """The service's own check of who decides, to put into its consumer."""
    return prove(Officers(service, KEYS, Speakers(service, service)), parts.refuse)  # type: ignore[return-value]


async def tell(broker: RabbitBroker, service: str, message: Message, **headers: str) -> None:
    """Hand a service a message on an in-memory broker, signed by whoever decides, or with the headers given."""
    queue, exchange = inbox(service, type(message))
    body = message.model_dump_json().encode()
    said = headers or signed(message, body)
    await broker.publish(body, queue, exchange, content_type="application/json", headers=said)
