"""Whether a decision really is the named person's: checked against their signature before a service acts on it."""

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
"""Seconds within which a decision has to arrive: retried or parked it stays valid for a while, not for ever. It also
limits backdating to before a credential expired."""

Refuse = Callable[[Any, Unproven], Awaitable[None]]
"""How a service publishes that it does not act on a decision."""


class Officers:
    """The officers that a service trusts. The file is read at each decision: decisions are few, and it may change."""

    def __init__(self, service: str, file: Path | None, speakers: Speakers) -> None:
        self._service = service
        self._file = file
        self._speakers = speakers

    def check(self, message: Message, raw: AbstractIncomingMessage) -> Signed | None:
        """Check a message's signature if it decides something; None if it needs none.

        Raises:
            Unproven: it is not the named person's decision.
            NotYetKnown: the file of keys cannot be read, so this is not known yet.
        """
        who = decided_by(message)
        statement = str(raw.headers.get(OFFICER, ""))
        if who is None or (not statement and self._is_owners_word(raw)):
            return None
        now = Clock.wall()
        signed = proven(statement, message.key(), raw.body, self._trusted(), now)
        if not signed.is_of(who):
            raise Unproven("signed_by_another", "It was signed by another person than the one whom it names.")
        if self._service not in signed.services:
            raise Unproven("credential_elsewhere", "The credential that signed this is not good for this service.")
        if now.timestamp() > signed.at + KEPT:
            raise Unproven("signed_long_ago", "It was signed more than 14 days ago. Look again, and decide again.")
        proof = {"credential": signed.credential, "door": signed.door}
        log.info("decision_proven", command=message.key(), message_id=message.id, by=signed.id, **proof)
        return signed

    def _trusted(self) -> Trusted:
        if self._file is None:
            return Trusted()
        try:
            return Trusted.read(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            raise NotYetKnown("the file of officers' keys cannot be read here (EVERYDAY_OFFICERS)") from None

    def _is_owners_word(self, raw: AbstractIncomingMessage) -> bool:
        """Whether it comes from the owner of a private local stack; deployments have none (see `Speakers.anybody`).

        If names are not proven there, or a message without one is accepted, that counts as the owner too.
        """
        speakers = self._speakers
        said_by = self._speakers.first(raw) or (speakers.anybody if speakers.old_ways else "")
        return bool(speakers.anybody) and (not speakers.proven or said_by == speakers.anybody)


async def park(_message: Any, why: Unproven) -> None:
    """Refuse a message by parking it with the reason."""
    raise Permanent(why.as_text)


def prove(officers: Officers, refuse: Refuse) -> Callable[..., BaseMiddleware[Any, Any]]:
    """The FastStream middleware that passes on proven decisions and has the others refused."""

    class Prove(BaseMiddleware[Any, Any]):
        async def consume_scope(self, call_next: Any, msg: StreamMessage[Any]) -> Any:
            kind = CATALOGUE[queue_of(self).partition(".")[2]]
            if kind not in DECIDES:
                return await call_next(msg)
            try:
                message = kind.model_validate(await msg.decode())  # the same reading that the handler gets
            except ValidationError:
                return await call_next(msg)  # the handler cannot read it either, and it is parked for that
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
