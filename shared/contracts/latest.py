"""Which of two words on the same thing is the later one, though a clock of those who say it may be wrong. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.contracts.base import Message
from shared.contracts.untidy import MisEvent, Untidy
from shared.time.clock import utc

M = TypeVar("M", bound=Message)

_ALLOWED = timedelta(minutes=5)
"""So far ahead is no wrong clock: those of two machines never agree."""
_TO_COME = Untidy("time", "to_come")


def believed(time: datetime, now: datetime) -> datetime:
    """When something was said, as far as it can be believed; whole milliseconds, as the store keeps it.

    A time that is to come counts as just now, so that no wrong clock wins for long. Of two that come together the one
    that is less wrong wins: a time counts as earlier the further it lies ahead, by a minute at most.
    """
    ahead = time - now
    return utc(time if ahead <= _ALLOWED else now - min(ahead / 100_000, timedelta(minutes=1)))


def is_later(time: datetime, kept: datetime | None, now: datetime) -> bool:
    """Whether something was said after the word that is kept; of two words at once the first stays."""
    return kept is None or believed(time, now) > believed(kept, now)


def heard(message: M, now: datetime) -> M:
    """The message with a time that can be believed; one of a school's system says so where it had another."""
    if message.time - now <= _ALLOWED:
        return message
    copy = message.model_copy(update={"time": believed(message.time, now)})
    if isinstance(copy, MisEvent):
        copy.leave_out(_TO_COME)
    return copy


def told(message: Message, now: datetime, prefix: str = "told") -> dict[str, Any]:
    """What a document keeps of the message whose word it holds."""
    return {f"{prefix}_at": believed(message.time, now), f"{prefix}_event": str(message.id)}


def is_news(message: Message, kept: Mapping[str, Any] | None, now: datetime, prefix: str = "told") -> bool:
    """Whether a message is later than the one whose word a document holds: by its time, then by the greater id."""
    if kept is None or f"{prefix}_at" not in kept:
        return True
    if kept[f"{prefix}_event"] == str(message.id):
        return False
    before = believed(kept[f"{prefix}_at"], now), kept[f"{prefix}_event"]
    return (believed(message.time, now), str(message.id)) > before
