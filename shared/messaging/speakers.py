"""Who published a message: proven by the broker, and checked against who may.

RabbitMQ compares the property `user_id` with the publishing connection, and refuses a false one. It is the only
proof of a message's speaker that cannot be made up. Rights on routing keys can be bypassed: RabbitMQ routes by the
headers `CC` and `BCC` too, removes `BCC` before delivery, and may check only the first key. So a consumer judges
by `user_id`, by type, and by the route a message took.
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
"""The header with the first speaker of a message that was moved, set by the mover."""

_OF_MOVES = ("x-", "X-", "CC", "BCC")


def user_of(url: str) -> str:
    """The user that an address logs in with at RabbitMQ."""
    return URL(url).user or "guest"


def without_moves(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Headers for a message that is moved: without a producer's claims about moves, copies and counts.

    Only text is passed on, as CloudEvents and traces use. Some other values can be read but not
    written again, and a message must not get stuck because of that.
    """
    kept = {name: value for name, value in headers.items() if not name.startswith(_OF_MOVES)}
    return {name: value for name, value in kept.items() if isinstance(value, str)}


@dataclass(frozen=True)
class Speakers:
    """Whom a service believes. It proves speakers if it logs in by its own name, as in all our deployments.

    A server with one user for everybody (an external address, in tests) proves nobody: there, only a message's type
    and route are checked.
    """

    service: str
    user: str
    """The service's own login."""
    anybody: str = ""
    """An identity that may publish everything: the owner of a private local stack."""
    old_ways: bool = False
    """Whether messages from the old shared exchanges, also without a `user_id`, are accepted while those drain."""
    feeds: Feeds = field(default_factory=Feeds)
    """For which schools each of the schools' systems speaks."""

    @property
    def proven(self) -> bool:
        return self.user == self.service

    def first(self, raw: AbstractIncomingMessage) -> str:
        """Who published a message first; empty if unknown."""
        return str(raw.headers[SPEAKER]) if self._moved(raw) else raw.user_id or ""

    def not_believed(self, raw: AbstractIncomingMessage) -> list[str]:
        """Headers not to believe: those about moves, unless one of our movers set them."""
        return [] if self._moved(raw) else [name for name in raw.headers if name.startswith(_OF_MOVES)]

    def doubt(self, raw: AbstractIncomingMessage, queue: str) -> str:
        """Why a message in a queue is forged, in words without its data; empty if everything agrees."""
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
        """Why a message from a school's system is forged, now that its school is known."""
        said_by = self.first(raw)
        if not self.proven or not said_by or said_by == self.anybody or self.feeds.speaks_for(said_by, urn):
            return ""
        return f"{said_by} may not speak for school {urn}"

    def _moved(self, raw: AbstractIncomingMessage) -> bool:
        """Whether the retry ladder or a replay brought it, by the service's return exchange, closed to producers."""
        ways = {back(self.service), *([""] if self.old_ways else [])}
        movers = {self.user, OPERATOR, self.anybody}
        return SPEAKER in raw.headers and raw.exchange in ways and bool(raw.user_id) and raw.user_id in movers


def is_of_a_school(queue: str) -> bool:
    """Whether a queue receives messages from a school's system about one school."""
    return CATALOGUE[queue.partition(".")[2]].speaker() == MIS


_Ways = frozenset[tuple[str, str]]


@cache
def _expected(queue: str) -> tuple[_Ways, _Ways, str, str]:
    """The exchanges and keys by which messages reach a queue, now and before; their type, and who may send it."""
    key = queue.partition(".")[2]
    message = CATALOGUE[key]
    way = frozenset({(message.speaker(), key), (back(queue), queue)})
    return way, frozenset({(old_way(message), key), ("", queue)}), key, message.speaker()
