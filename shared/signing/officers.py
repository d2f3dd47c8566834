"""Whether a decision is that of the person whom it names: held against their signature before a service acts on it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aio_pika.abc import AbstractIncomingMessage
from faststream import BaseMiddleware, StreamMessage
from pydantic import ValidationError

from shared.contracts import CATALOGUE
from shared.contracts.base import Message
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.speakers import Speakers
from shared.messaging.subscriptions import queue_of
from shared.observing.telemetry import log
from shared.signing.credentials import Signed, Trusted, proven
from shared.signing.signatories import DECIDES, OFFICER, PROOF, Unproven, decided_by, refused_as
from shared.time.clock import Clock

KEPT = 14 * 24 * 3600
"""Seconds in which a decision has to be heard: on the ladder or parked it keeps for a while, and not for ever. It also
ends what a holder could date back to before their credential expired."""

Refuse = Callable[[Any, Unproven], Awaitable[None]]
"""How a service says that it does not act on a decision."""


class Officers:
    """Whom a service believes to have decided. The file is read at each decision: they are few, and it may change."""

    def __init__(self, service: str, file: Path | None, speakers: Speakers) -> None:
        self._service = service
        self._file = file
        self._speakers = speakers

    def check(self, message: Message, raw: AbstractIncomingMessage) -> Signed | None:
        """Hold a message against its signature, where it decides something; None where nobody has to have signed it.

        Raises:
            Unproven: it is not the decision of the person whom it names.
            NotYetKnown: the file of keys cannot be read, so that this cannot be told yet.
        """
        who = decided_by(message)
        said = str(raw.headers.get(OFFICER, ""))
        if who is None or (not said and self._is_owners_word(raw)):
            return None
        now = Clock.wall()
        signed = proven(said, message.key(), raw.body, self._trusted(), now)
        if not signed.is_of(who):
            raise Unproven("signed_by_another", "It was signed by another person than the one whom it names.")
        if self._service not in signed.services:
            raise Unproven("credential_elsewhere", "The credential that signed this is not good for this service.")
        if now.timestamp() > signed.at + KEPT:
            raise Unproven("signed_long_ago", "It was signed more than 14 days ago. Look again, and decide anew.")
        told = {"credential": signed.credential, "door": signed.door}
        log.info("decision_proven", command=message.key(), message_id=message.id, by=signed.id, **told)
        return signed

    def _trusted(self) -> Trusted:
        if self._file is None:
            return Trusted()
        try:
            return Trusted.read(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            raise NotYetKnown("the file of officers' keys cannot be read here (EVERYDAY_OFFICERS)") from None

    def _is_owners_word(self, raw: AbstractIncomingMessage) -> bool:
        """Whether it comes from the owner of a private local stack, which no deployment has (see `Speakers.anybody`).

        Where nobody's name is proven there, or a message without one is taken, that is the owner too.
        """
        speakers = self._speakers
        said_by = self._speakers.first(raw) or (speakers.anybody if speakers.old_ways else "")
        return bool(speakers.anybody) and (not speakers.proven or said_by == speakers.anybody)


async def park(_message: Any, why: Unproven) -> None:
    """Refuse by parking the message with the reason."""
    raise Permanent(why.told)


def prove(officers: Officers, refuse: Refuse) -> Callable[..., BaseMiddleware[Any, Any]]:
    """The FastStream middleware that hands on a decision only once it is proven, and has the others refused."""

    class Prove(BaseMiddleware[Any, Any]):
        async def consume_scope(self, call_next: Any, msg: StreamMessage[Any]) -> Any:
            kind = CATALOGUE[queue_of(self).partition(".")[2]]
            if kind not in DECIDES:
                return await call_next(msg)
            try:
                message = kind.model_validate(await msg.decode())  # what the handler is given too: no other reading
            except ValidationError:
                return await call_next(msg)  # it cannot be read there either, and is parked for it
            try:
                signed = officers.check(message, msg.raw_message)
            except Unproven as why:
                log.warning("decision_not_proven", command=kind.key(), message_id=message.id, code=why.code)
                return await refuse(message.model_copy(update={"id": refused_as(message.id)}), why)
            if signed is not None:
                PROOF.set({"credential": signed.credential, "door": signed.door})
            try:
                return await call_next(msg)
            finally:
                PROOF.set(None)

    return Prove
