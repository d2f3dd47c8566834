"""Load, decide, save: what each service's way of doing it has in common (decision 57).

What is asked about something that nobody has heard of yet waits for it; what cannot be done is refused, which is kept
and told; what is so already changes nothing, and a line of log says so.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import reduce, wraps
from typing import ParamSpec, TypeVar

from shared.contracts.base import Message
from shared.contracts.latest import believed, is_later
from shared.messaging.failures import NotYetKnown
from shared.observing.telemetry import log
from shared.store.documents import Change, Collection, Document

P = ParamSpec("P")
T = TypeVar("T")


class LostRace(Exception):
    """Somebody else changed a document after it was read: what was decided on it is not kept."""


def until_kept(act: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Load, decide, save; all of it again when somebody else was quicker, which the save says by raising LostRace."""

    @wraps(act)
    async def again(*args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            with suppress(LostRace):
                return await act(*args, **kwargs)

    return again


def known(found: T | None, field: str, what: str = "") -> T:
    """What the field of a message names; raises NotYetKnown where it is not there: it may be on its way."""
    if found is None:
        raise NotYetKnown(f"{field}: there is no {what or field} with this reference")
    return found


def repeated(message: Message, **about: str) -> None:
    """Say that a message asked for what is so already, or was overtaken; `about` is what it concerns."""
    log.info("command_repeated", command=message.key(), **about)


async def keep_latest(
    collection: Collection, key: str, said: Document, time: datetime, now: datetime, *place: str
) -> bool:
    """Keep what was said at a time, in a document or at a place within it; False where a later word is kept there."""

    def decide(kept: Document | None) -> Change | None:
        document = kept or {"version": 0}
        before = reduce(lambda part, name: part.get(name) or {}, place, document)
        if not is_later(time, before.get("at"), now):
            return None
        word = {**said, "at": believed(time, now)}
        return Change(key, document["version"], {".".join(place): word} if place else word)

    return await collection.update(key, decide) is not None
