"""What happens to a message that fails: it walks the retry ladder, or is parked with its reason. Never lost."""

import asyncio
from collections.abc import Callable, Sequence
from json import JSONDecodeError
from types import TracebackType
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from faststream import BaseMiddleware
from pydantic import ValidationError

from shared.publisher import Publisher
from shared.store import StoreUnavailable
from shared.telemetry import describe, log
from shared.topology import DEAD, aside, rung

ATTEMPT, REASON = "x-attempt", "x-reason"
MAX_BODY = 1_000_000  # bytes; a register of a whole school is far smaller


class Permanent(Exception):
    """This message can never succeed as it stands. The text is shown to people: it must hold no personal data."""


class Recovery:
    """Moves failed messages of one service on, with a confirm, before they are acknowledged."""

    def __init__(self, publisher: Publisher, delays: Sequence[int]) -> None:
        self._publisher = publisher
        self._delays = tuple(delays)

    async def recover(self, raw: AbstractIncomingMessage, queue: str, error: BaseException) -> None:
        """Send a failed message to the next step of the ladder, or park it with its reason."""
        attempt = _attempts(raw)
        if is_permanent(error):
            await self.park(raw, queue, reason(error), attempt + 1)
        elif isinstance(error, StoreUnavailable):  # not the message's fault: it costs no attempt
            await self._retry(raw, queue, error, attempt, self._delays[0])
        elif attempt < len(self._delays):
            await self._retry(raw, queue, error, attempt + 1, self._delays[attempt])
        else:
            await self.park(raw, queue, reason(error), attempt + 1)

    async def park(self, raw: AbstractIncomingMessage, queue: str, why: str, attempts: int) -> None:
        """Put a message into the dead-letter queue, from which `everyday dead replay` brings it back."""
        copy = _copy(raw, {REASON: why[:1000], ATTEMPT: attempts})
        await self._publisher.move(aside(DEAD, queue), queue, copy, mandatory=True)
        log.error(
            "message_parked",
            queue=queue,
            correlation_id=raw.correlation_id,
            message_id=copy.message_id,
            reason=why,
            attempts=attempts,
        )

    async def _retry(
        self, raw: AbstractIncomingMessage, queue: str, error: BaseException, attempt: int, delay: int
    ) -> None:
        copy = _copy(raw, {REASON: reason(error)[:1000], ATTEMPT: attempt})
        await self._publisher.move(aside(rung(delay), queue), queue, copy, mandatory=True)
        log.warning(
            "message_retried",
            queue=queue,
            correlation_id=raw.correlation_id,
            message_id=copy.message_id,
            reason=reason(error),
            attempt=attempt,
            delay_s=delay,
        )


def middleware(recovery: Recovery) -> Callable[..., BaseMiddleware[Any, Any]]:
    """The FastStream middleware that settles every message: done is acknowledged, failed is moved on first."""

    class Settle(BaseMiddleware[Any, AbstractIncomingMessage]):
        async def on_receive(self) -> None:
            check_size(self.msg.body)

        async def __aenter__(self) -> "Settle":
            try:
                await self.on_receive()
            except Permanent as error:
                await self._settle(error)
                raise
            return self

        async def after_processed(
            self,
            exc_type: type[BaseException] | None = None,
            exc_val: BaseException | None = None,
            exc_tb: TracebackType | None = None,
        ) -> bool:
            if isinstance(exc_val, asyncio.CancelledError | GeneratorExit):
                return False  # stopped: the broker delivers it again
            await self._settle(exc_val)
            return True

        async def _settle(self, error: BaseException | None) -> None:
            if error is not None:
                queue = self.context.resolve("handler_").queue.name
                try:
                    await recovery.recover(self.msg, queue, error)
                except Exception as failure:  # neither moved nor lost: back into its own queue
                    log.error("message_returned", queue=queue, error=failure)
                    await asyncio.sleep(1)
                    await self.msg.nack(requeue=True)
                    return
            await self.msg.ack()

    return Settle


def check_size(body: bytes) -> None:
    """Refuse a body that no producer of ours writes, before anything tries to read it.

    Raises:
        Permanent: it is larger than a megabyte.
    """
    if len(body) > MAX_BODY:
        raise Permanent(f"the body has {len(body)} bytes; at most {MAX_BODY} are taken")


def is_permanent(error: BaseException) -> bool:
    """Whether trying again cannot help: refused by a rule, or not a valid message."""
    return isinstance(error, Permanent | ValidationError | JSONDecodeError | UnicodeDecodeError)


def reason(error: BaseException) -> str:
    """Why a message failed, in words that hold none of its data."""
    if isinstance(error, Permanent):
        return str(error)
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)[:10]
        )
    return describe(error)


def _attempts(raw: AbstractIncomingMessage) -> int:
    value = raw.headers.get(ATTEMPT, 0)
    return value if isinstance(value, int) else 0


def _copy(raw: AbstractIncomingMessage, headers: dict[str, Any]) -> aio_pika.Message:
    kept = {
        name: value
        for name, value in raw.headers.items()
        if name not in {"x-death", "x-delivery-count"} and not name.startswith("x-first-death")
    }
    return aio_pika.Message(
        raw.body,
        headers={**kept, **headers},
        message_id=raw.message_id or str(uuid4()),
        correlation_id=raw.correlation_id,
        timestamp=raw.timestamp,
        type=raw.type,
        content_type=raw.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
