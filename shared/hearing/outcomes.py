"""What becomes of each delivery of a message: one log line and the counters, whichever path it came by."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Literal, get_args

from aio_pika.abc import AbstractIncomingMessage

from shared.observing import metrics
from shared.observing.telemetry import describe, log, opaque
from shared.time.clock import Clock

ATTEMPT = "x-attempt"

MOST = 100
"""More attempts than a message ever gets: a higher claim is not believed."""

Name = Literal["done", "retried", "parked", "forged", "returned", "interrupted"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery.

    `done`: handled; `retried`: it waits on a step of the retry ladder; `parked`: it waits in the dead-letter queue;
    `forged`: it waits there too, because its publisher may not say it, or its details contradict each other;
    `returned`: back in its own queue, as it could not be moved on; `interrupted`: the service was stopped meanwhile.
    """

    name: Name
    reason: str = ""
    """Holds none of the message's data."""
    delay_s: int | None = None


DONE, INTERRUPTED = Outcome("done"), Outcome("interrupted")


def returned(error: BaseException) -> Outcome:
    return Outcome("returned", describe(error))


def attempts(raw: AbstractIncomingMessage) -> int:
    """How many attempts at a message have failed by its own fault."""
    value = raw.headers.get(ATTEMPT, 0)
    return max(0, min(value, MOST)) if isinstance(value, int) else 0


class Tally:
    """Counts and logs what becomes of the messages of one queue: exactly one line for each delivery.

    On the bulk path successful deliveries share one line, with one each at DEBUG only; but a message that had failed
    before always has its own, so that its last line says whether it is done by now.
    """

    def __init__(self, queue: str) -> None:
        self.queue = queue
        labels = queue.partition(".")[::2]
        self._received = metrics.RECEIVED.labels(*labels)
        self._seconds = metrics.SECONDS.labels(*labels)
        self._age = metrics.AGE.labels(*labels)
        self._ended = {name: metrics.ENDED.labels(*labels, name) for name in get_args(Name)}

    def received(self, count: int = 1) -> None:
        self._received.inc(count)

    def ended(self, raw: AbstractIncomingMessage, outcome: Outcome, began: float) -> None:
        """Log and count one delivery; `began` is time.perf_counter() at its start."""
        seconds = time.perf_counter() - began
        self._ended[outcome.name].inc()
        self._seconds.observe(seconds)
        if outcome is DONE:
            self._observe_age([raw])
        facts = {
            "queue": self.queue,
            "attempt": attempts(raw) + 1,
            "outcome": outcome.name,
            "duration_ms": _ms(seconds),
            "message_id": opaque(raw.message_id),
            "correlation_id": opaque(raw.correlation_id),
        }
        match outcome.name:
            case "done":
                log.info("message_done", **facts)
            case "retried":
                log.warning("message_retried", **facts, reason=outcome.reason, delay_s=outcome.delay_s)
            case "parked":
                log.error("message_parked", **facts, reason=outcome.reason)
            case "forged":
                log.error("message_forged", **facts, reason=outcome.reason)
            case "returned":
                log.error("message_returned", **facts, reason=outcome.reason)
            case "interrupted":
                log.info("message_interrupted", **facts)

    def batch_done(self, raws: Sequence[AbstractIncomingMessage], began: float) -> None:
        """Log and count deliveries that were done together."""
        for raw in raws:
            if ATTEMPT in raw.headers:
                self.ended(raw, DONE, began)
        together = [raw for raw in raws if ATTEMPT not in raw.headers]
        if not together:
            return
        seconds = time.perf_counter() - began
        self._ended["done"].inc(len(together))
        for _ in together:
            self._seconds.observe(seconds)
        self._observe_age(together)
        facts = {"queue": self.queue, "outcome": "done", "duration_ms": _ms(seconds)}
        log.info("batch_done", **facts, messages=len(together))
        if log.is_enabled_for(logging.DEBUG):
            for raw in together:
                ids = {"message_id": opaque(raw.message_id), "correlation_id": opaque(raw.correlation_id)}
                log.debug("message_done", **facts, attempt=1, **ids)

    def batch_returned(self, count: int, error: BaseException, began: float) -> None:
        """No message of a batch could be acknowledged: the broker delivers all of them again."""
        self._ended["returned"].inc(count)
        seconds = time.perf_counter() - began
        log.error(
            "batch_returned",
            queue=self.queue,
            outcome="returned",
            duration_ms=_ms(seconds),
            messages=count,
            error=error,
        )

    def _observe_age(self, raws: Sequence[AbstractIncomingMessage]) -> None:
        now = Clock.wall()
        for raw in raws:
            if raw.timestamp is not None:
                self._age.observe(max(0.0, (now - _aware(raw.timestamp)).total_seconds()))


@cache
def tally(queue: str) -> Tally:
    """The tally of a queue, one in this process."""
    return Tally(queue)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
