"""Whose word a message is: proven by the broker, and held against who may say it.

RabbitMQ compares the property `user_id` with the connection that publishes, and refuses a false one. It is the only
word about a message's speaker that cannot be made up. Rights on routing keys can be got round: RabbitMQ routes by the
headers `CC` and `BCC` too, takes `BCC` away before delivery, and may look at the first key alone. So a consumer judges
by `user_id`, by the type, and by the way a message came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aio_pika.abc import AbstractIncomingMessage
from yarl import URL

from shared.contracts import CATALOGUE
from shared.messaging.access import MIS, OPERATOR, speaks_as
from shared.messaging.feeds import Feeds
from shared.messaging.topology import back, old_way

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
    old_ways: bool = False
    """Whether what was said on the exchanges that all shared, and without a `user_id`, is taken: while it drains."""
    feeds: Feeds = field(default_factory=Feeds)
    """For which schools each of the schools' systems speaks."""

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
        way, old_ways, key, speaker = _expected(queue)
        came = (raw.exchange, raw.routing_key)
        if came not in way and not (self.old_ways and came in old_ways):
            return "it came by another exchange or routing key than its type has"
        if (raw.type or key) != key or raw.headers.get("cloudEvents:type", key) != key:
            return f"its headers name another type than {key}"
        if not self.proven:
            return ""
        said_by = self.first(raw)
        if not said_by:
            return "" if self.old_ways else "it has no user_id: who publishes it is not proven"
        return "" if speaks_as(said_by) == speaker or said_by == self.anybody else f"{said_by} may not say {key}"

    def doubt_of_school(self, raw: AbstractIncomingMessage, urn: str) -> str:
        """Why a message of a school's system is forged, now that it is known which school it is about."""
        said_by = self.first(raw)
        if not self.proven or not said_by or said_by == self.anybody or self.feeds.speaks_for(said_by, urn):
            return ""
        return f"{said_by} may not speak for school {urn}"

    def _moved(self, raw: AbstractIncomingMessage) -> bool:
        """Whether the ladder or a replay brought it, by the service's own way back, which no producer can use."""
        ways = {back(self.service), *([""] if self.old_ways else [])}
        movers = {self.user, OPERATOR, self.anybody}
        return SPEAKER in raw.headers and raw.exchange in ways and bool(raw.user_id) and raw.user_id in movers


def is_of_a_school(queue: str) -> bool:
    """Whether what comes into a queue is said by a school's system, for one school."""
    return CATALOGUE[queue.partition(".")[2]].speaker() == MIS


_Ways = frozenset[tuple[str, str]]


@cache
def _expected(queue: str) -> tuple[_Ways, _Ways, str, str]:
    """By which exchange and key messages come into a queue, and came before; their type, and who says it."""
    key = queue.partition(".")[2]
    message = CATALOGUE[key]
    way = frozenset({(message.speaker(), key), (back(queue), queue)})
    return way, frozenset({(old_way(message), key), ("", queue)}), key, message.speaker()
