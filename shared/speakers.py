"""Whose word a message is: proven by the broker, and held against who may say it. Pure.

RabbitMQ compares the property `user_id` with the connection that publishes, and refuses a false one. It is the only
word about a message's speaker that cannot be made up. Rights on routing keys can be got round: RabbitMQ routes by the
headers `CC` and `BCC` too, takes `BCC` away before delivery, and may look at the first key alone. So a consumer judges
by `user_id`, by the type, and by the way a message came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aio_pika.abc import AbstractIncomingMessage
from yarl import URL

from shared.access import OPERATOR, says
from shared.contracts import CATALOGUE

SPEAKER = "x-speaker"
"""Who said a message that has been moved since, by the word of who moved it."""

_OF_MOVES = ("x-", "X-", "CC", "BCC")


def user_of(url: str) -> str:
    """As whom an address logs in at RabbitMQ."""
    return URL(url).user or "guest"


def without_moves(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers as they go along with a message that is moved: without a producer's word about moves, copies and counts.

    What goes along is text, as CloudEvents and traces have it. Of other values not every one that can be read can be
    written again, and a message must not stay where it is for that.
    """
    kept = {name: value for name, value in headers.items() if not name.startswith(_OF_MOVES)}
    return {name: value for name, value in kept.items() if isinstance(value, str)}


@dataclass(frozen=True)
class Speakers:
    """Whom a service believes. It proves speakers where it logs in by its own name, as every deployment of ours has it.

    A server with one user for everybody (an address from outside, in tests) proves nobody: there, only a message's type
    and way are looked at.
    """

    service: str
    user: str
    """As whom the service logs in."""
    anybody: str = ""
    """Who may say everything: the owner of a private local stack."""
    nameless: bool = False
    """Whether a message without a `user_id` is taken, while what was published before speakers were proven drains."""

    @property
    def proven(self) -> bool:
        return self.user == self.service

    def first(self, raw: AbstractIncomingMessage) -> str:
        """Who said a message first; empty where nobody is known to have."""
        return str(raw.headers[SPEAKER]) if self._moved(raw) else raw.user_id or ""

    def not_believed(self, raw: AbstractIncomingMessage) -> list[str]:
        """The headers that are not to be believed: how a message was moved, but from who moves ours."""
        return [] if self._moved(raw) else [name for name in raw.headers if name.startswith(_OF_MOVES)]

    def doubt(self, raw: AbstractIncomingMessage, queue: str) -> str:
        """Why a message in a queue is forged, in words that hold nothing of it; empty where all agrees."""
        ways, key, may_say = _expected(queue)
        if (raw.exchange, raw.routing_key) not in ways:
            return "it came by another exchange or routing key than its type has"
        if (raw.type or key) != key or raw.headers.get("cloudEvents:type", key) != key:
            return f"its headers name another type than {key}"
        if not self.proven:
            return ""
        said_by = self.first(raw)
        if not said_by:
            return "" if self.nameless else "it has no user_id: who publishes it is not proven"
        return "" if said_by in may_say or said_by == self.anybody else f"{said_by} may not say {key}"

    def _moved(self, raw: AbstractIncomingMessage) -> bool:
        """Whether the ladder or a replay brought it, which both do by the default exchange alone."""
        movers = {self.user, OPERATOR, self.anybody}
        return SPEAKER in raw.headers and raw.exchange == "" and bool(raw.user_id) and raw.user_id in movers


@cache
def _expected(queue: str) -> tuple[frozenset[tuple[str, str]], str, frozenset[str]]:
    """By which exchange and key messages come into a queue, of which type they are, and who may say it."""
    key = queue.partition(".")[2]
    message = CATALOGUE[key]
    return frozenset({(message.EXCHANGE, key), ("", queue)}), key, frozenset(says(message))
