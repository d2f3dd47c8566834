"""Parked messages (dead letters): list, show, replay them to the queue where they failed, or drop one for good."""

from dataclasses import dataclass
from uuid import UUID, uuid5

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from shared.hearing.outcomes import ATTEMPT
from shared.hearing.recovery import REASON
from shared.messaging.access import OPERATOR
from shared.messaging.publisher import REFUSALS, Publisher
from shared.messaging.speakers import SPEAKER, without_moves
from shared.messaging.topology import DEAD, back
from shared.observing.telemetry import opaque
from shared.observing.tracing import linked
from shared.people.person import Person

_NAMELESS = UUID("3c0e1f0a-6f53-4a9e-9d4a-0c8f4f1f7b11")


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be processed, with its reason. Its body may hold personal data: show it with care."""

    id: str
    type: str
    queue: str
    reason: str
    attempts: int
    body: bytes

    def names(self, person: Person) -> bool:
        """Whether its body has one of their UPNs, addresses, numbers, ids or references, as a whole word."""
        return person.is_named_in(self.body.decode(errors="replace"))


async def list_dead(url: str) -> list[DeadLetter]:
    """List the parked messages, oldest first, without removing them."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(DEAD)
        seen: list[DeadLetter] = []
        while (raw := await queue.get(fail=False)) is not None:
            seen.append(_read(raw))
        return seen  # closing the channel returns them all


async def replay(url: str, ids: set[str] | None = None) -> int:
    """Send messages back to the queues in which they failed (None: all), with their attempts counted from zero.

    Each is published with a confirm before it leaves the dead-letter queue, so that a crash doubles it (which consumers
    absorb) but never loses it. Returns how many were sent back; a message that names an unknown queue stays.
    """
    connection = await aio_pika.connect(url)
    async with connection, Publisher(url) as publisher:
        channel = await connection.channel()
        queue = await channel.get_queue(DEAD)
        waiting = queue.declaration_result.message_count or 0
        count = 0
        for _ in range(waiting):
            raw = await queue.get(fail=False)
            if raw is None:
                break
            letter = _read(raw)
            if (ids is not None and letter.id not in ids) or not letter.queue:
                continue
            again = aio_pika.Message(
                raw.body,
                headers={**without_moves(linked(raw.headers)), ATTEMPT: 0, SPEAKER: _first_speaker(raw, letter.queue)},
                message_id=raw.message_id,
                correlation_id=raw.correlation_id,
                timestamp=raw.timestamp,
                type=raw.type,
                content_type=raw.content_type,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            try:
                await publisher.move(back(letter.queue), letter.queue, again)
            except REFUSALS:
                continue
            await raw.ack()
            count += 1
        return count


async def drop(url: str, message_id: str) -> bool:
    """Remove one parked message for good; returns whether it was there. It cannot be undone."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(DEAD)
        while (raw := await queue.get(fail=False)) is not None:
            if _read(raw).id == message_id:
                await raw.ack()
                return True
        return False  # closing the channel returns the others


def _first_speaker(raw: AbstractIncomingMessage, queue: str) -> str:
    """Who published a message first: as stated by the service that parked it, or by an earlier replay."""
    moved_by = {queue.partition(".")[0], OPERATOR}
    return str(raw.headers[SPEAKER]) if SPEAKER in raw.headers and raw.user_id in moved_by else raw.user_id or ""


def _failed_in(raw: AbstractIncomingMessage) -> str:
    """The queue in which a message failed, as the broker states it: a service can only name its own queues."""
    if raw.exchange == DEAD:  # the broker itself parked it
        return str(raw.headers.get("x-first-death-queue") or "")
    return raw.routing_key or ""


def _read(raw: AbstractIncomingMessage) -> DeadLetter:
    headers = raw.headers
    attempts = headers.get(ATTEMPT, 0)
    return DeadLetter(
        id=opaque(raw.message_id) or str(uuid5(_NAMELESS, raw.body.hex())),
        type=raw.type or "",
        queue=_failed_in(raw),
        reason=str(headers.get(REASON) or "its process died again and again while working on it"),
        attempts=attempts if isinstance(attempts, int) else 0,
        body=raw.body,
    )
