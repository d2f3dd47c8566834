"""What happens to a message that fails: it climbs the retry ladder, or is parked with its reason. It is never lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import wraps
from json import JSONDecodeError
from types import TracebackType
from typing import Any, Literal, ParamSpec
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from faststream import BaseMiddleware, StreamMessage
from pydantic import ValidationError

import shared.messaging.frames  # noqa: F401 - what cannot be taken in could not be parked either
from shared.contracts.fields import Value
from shared.contracts.untidy import says_another_type
from shared.hearing.outcomes import ATTEMPT, DONE, INTERRUPTED, Outcome, attempts, returned, tally
from shared.messaging.failures import Forged, NotYetKnown, Permanent
from shared.messaging.publisher import Publisher
from shared.messaging.speakers import SPEAKER, Speakers, is_of_a_school, without_moves
from shared.messaging.subscriptions import queue_of
from shared.messaging.topology import DEAD, aside, rung
from shared.observing.telemetry import describe
from shared.observing.tracing import linked
from shared.store.documents import StoreUnavailable

_Said = ParamSpec("_Said")
REASON = "x-reason"
MAX_BODY = 1_000_000  # bytes; a register of a whole school is far smaller


class OurFault(Exception):
    """A handler made an invalid value from a readable message: the fault is ours and may get fixed.

    So the message is tried again, and finally parked. The text names fields and holds no personal data.
    """


def ours(handler: Callable[_Said, Awaitable[None]]) -> Callable[_Said, Awaitable[None]]:
    """A handler whose own validation errors are not blamed on its message."""

    @wraps(handler)
    async def handle(*args: _Said.args, **kwargs: _Said.kwargs) -> None:
        try:
            await handler(*args, **kwargs)
        except (ValidationError, JSONDecodeError, UnicodeDecodeError) as error:
            raise OurFault(reason(error)) from error

    return handle


class Recovery:
    """Admits one service's messages, and moves failed ones on, with a confirm, before they are acknowledged."""

    def __init__(self, publisher: Publisher, delays: Sequence[int], speakers: Speakers) -> None:
        self._publisher = publisher
        self._delays = tuple(delays)
        self._speakers = speakers

    def admit(self, raw: AbstractIncomingMessage, queue: str) -> None:
        """Check what a delivery may be, before anything reads it; keep only credible headers.

        Raises:
            Permanent: it is too large.
            Forged: its speaker, type and route do not agree.
        """
        for name in self._speakers.not_believed(raw):
            del raw.headers[name]
        check_size(raw.body)
        if doubt := self._speakers.doubt(raw, queue):
            raise Forged(doubt)

    def admit_school(self, raw: AbstractIncomingMessage, urn: object) -> None:
        """Check that a message from a school's system is about a school that its speaker may speak for.

        Raises:
            Forged: its speaker may not speak for this school.
        """
        if isinstance(urn, str) and (doubt := self._speakers.doubt_of_school(raw, urn)):
            raise Forged(doubt)

    async def recover(self, raw: AbstractIncomingMessage, queue: str, error: BaseException) -> Outcome:
        """Send a failed message to the next step of the retry ladder, or park it with its reason."""
        failed = attempts(raw)
        if is_permanent(error):
            forged = isinstance(error, Forged) or (isinstance(error, ValidationError) and says_another_type(error))
            return await self._park(raw, queue, reason(error), failed + 1, "forged" if forged else "parked")
        if isinstance(error, StoreUnavailable):  # not the message's fault: it costs no attempt
            return await self._retry(raw, queue, error, failed, self._delays[0])
        if failed < len(self._delays):
            return await self._retry(raw, queue, error, failed + 1, self._delays[failed])
        return await self._park(raw, queue, reason(error), failed + 1, "parked")

    async def _park(
        self, raw: AbstractIncomingMessage, queue: str, why: str, failed: int, name: Literal["parked", "forged"]
    ) -> Outcome:
        """Put a message into the dead-letter queue; `everyday dead replay` sends it back."""
        words = f"forged: {why}" if name == "forged" else why
        await self._publisher.move(aside(DEAD, queue), queue, self._copy(raw, words, failed))
        return Outcome(name, why)

    async def _retry(
        self, raw: AbstractIncomingMessage, queue: str, error: BaseException, failed: int, delay: int
    ) -> Outcome:
        why = reason(error)
        await self._publisher.move(aside(rung(delay), queue), queue, self._copy(raw, why, failed))
        return Outcome("retried", why, delay)

    def _copy(self, raw: AbstractIncomingMessage, why: str, failed: int) -> aio_pika.Message:
        """The message as it is moved on: with its first speaker, and without its producer's own headers about moves."""
        ours: dict[str, Any] = {REASON: why[:1000], ATTEMPT: failed, SPEAKER: self._speakers.first(raw)}
        return aio_pika.Message(
            raw.body,
            headers={**without_moves(linked(raw.headers)), **ours},
            message_id=raw.message_id or str(uuid4()),
            correlation_id=raw.correlation_id,
            timestamp=raw.timestamp,
            type=raw.type,
            content_type=raw.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )


def middleware(recovery: Recovery) -> Callable[..., BaseMiddleware[Any, Any]]:
    """The FastStream middleware that acknowledges every message: at once when done, after moving it on when failed."""

    class Settle(BaseMiddleware[Any, AbstractIncomingMessage]):
        async def __aenter__(self) -> "Settle":
            self._began = time.perf_counter()
            self._tally = tally(queue_of(self))
            self._tally.received()
            try:
                recovery.admit(self.msg, self._tally.queue)
            except Permanent as error:
                await self._settle(error)
                raise
            return self

        async def consume_scope(self, call_next: Any, msg: StreamMessage[Any]) -> Any:
            if is_of_a_school(self._tally.queue):
                body = await msg.decode()
                recovery.admit_school(self.msg, body.get("urn") if isinstance(body, dict) else None)
            return await call_next(msg)

        async def after_processed(
            self,
            exc_type: type[BaseException] | None = None,
            exc_val: BaseException | None = None,
            exc_tb: TracebackType | None = None,
        ) -> bool:
            if isinstance(exc_val, asyncio.CancelledError | GeneratorExit):
                self._tally.ended(self.msg, INTERRUPTED, self._began)
                return False  # stopped: the broker delivers it again
            await self._settle(exc_val)
            return True

        async def _settle(self, error: BaseException | None) -> None:
            try:
                outcome = DONE if error is None else await recovery.recover(self.msg, self._tally.queue, error)
                await self.msg.ack()
            except Exception as failure:  # it could not be moved: back into its own queue
                self._tally.ended(self.msg, returned(failure), self._began)
                await asyncio.sleep(1)
                with suppress(Exception):
                    await self.msg.nack(requeue=True)
            else:
                self._tally.ended(self.msg, outcome, self._began)

    return Settle


def check_size(body: bytes) -> None:
    """Refuse a body larger than our producers ever write, before anything tries to read it.

    Raises:
        Permanent: it is larger than a megabyte.
    """
    if len(body) > MAX_BODY:
        raise Permanent(f"the body has {len(body)} bytes; at most {MAX_BODY} are taken")


def is_permanent(error: BaseException) -> bool:
    """Whether trying again cannot help: a rule refused it, or it cannot be read as a message."""
    return isinstance(error, Permanent | ValidationError | JSONDecodeError | UnicodeDecodeError)


def reason(error: BaseException) -> str:
    """Why a message failed, in words without its data."""
    if isinstance(error, Permanent | NotYetKnown | OurFault):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{_place(e['loc']) or 'body'}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)[:10]
        )
    return describe(error)


def _place(loc: Sequence[int | str]) -> str:
    """Where in a message something is wrong; a key that comes from the message is its data, and left out."""
    return ".".join(str(part) if isinstance(part, int) or part in Value.NAMES else "…" for part in loc)
