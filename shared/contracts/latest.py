"""Which of two messages about the same thing is later, although a sender's clock may be wrong. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.contracts.base import Message
from shared.contracts.untidy import MisEvent, Untidy
from shared.time.clock import utc

M = TypeVar("M", bound=Message)

_ALLOWED = timedelta(minutes=5)
"""A time this far ahead is not a wrong clock: two machines' clocks never agree exactly."""
_TO_COME = Untidy("time", "to_come")


def believed(time: datetime, now: datetime) -> datetime:
    """When something was said, as far as credible; whole milliseconds, as the store keeps it.

    A time in the future counts as just now, so no wrong clock wins for long. Of two that come together the one
    that is less wrong wins: the further ahead a time is, the earlier it counts, by a minute at most.
    """
    ahead = time - now
    return utc(time if ahead <= _ALLOWED else now - min(ahead / 100_000, timedelta(minutes=1)))


def is_later(time: datetime, kept: datetime | None, now: datetime) -> bool:
    """Whether something was said after the word that is kept; of two words at once the first stays."""
    return kept is None or believed(time, now) > believed(kept, now)


def heard(message: M, now: datetime) -> M:
    """The message with a credible time; a message from a school's system notes it if it had another."""
    if message.time - now <= _ALLOWED:
        return message
    copy = message.model_copy(update={"time": believed(message.time, now)})
    if isinstance(copy, MisEvent):
        copy.leave_out(_TO_COME)
    return copy


def latest_fields(message: Message, now: datetime, prefix: str = "told") -> dict[str, Any]:
    """The fields by which a document remembers its latest message."""
    return {f"{prefix}_at": believed(message.time, now), f"{prefix}_event": str(message.id)}


def is_news(message: Message, kept: Mapping[str, Any] | None, now: datetime, prefix: str = "told") -> bool:
    """Whether a message is later than the document's latest one: by time, then by the greater id."""
    if kept is None or f"{prefix}_at" not in kept:
        return True
    if kept[f"{prefix}_event"] == str(message.id):
        return False
    before = believed(kept[f"{prefix}_at"], now), kept[f"{prefix}_event"]
    return (believed(message.time, now), str(message.id)) > before
