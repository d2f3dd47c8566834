"""What somebody can try who has an identity and means to be heard as another: exchange, key, properties and headers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from shared.contracts import CATALOGUE, Message
from shared.messaging.topology import HEARS, aside, queue_name
from tests.integration.attack.defence import QUEUES, good
from tests.integration.attack.who_may import ARBOR, ARBORS, MIS, should_say, speaker_of

Properties = Mapping[str, Any]
HEARD = tuple(kind for kind in CATALOGUE.values() if any(kind in heard for heard in HEARS.values()))


@dataclass(frozen=True, eq=False)
class Attempt:
    """One forgery: a message whose id is found nowhere else."""

    id: str
    kind: type[Message]
    exchange: str
    key: str
    body: bytes
    properties: Properties = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)


def victims_of(identity: str) -> list[type[Message]]:
    """The types that it must not be heard with, if only of the schools that are not its own."""
    return [kind for kind in HEARD if identity == ARBOR or not should_say(identity, kind)]


def tricks(identity: str, kind: type[Message]) -> list[tuple[Properties, Mapping[str, Any]]]:
    """Every property and header that can carry a key, a speaker or a way, each alone and all at once."""
    keys, queues = [kind.key()], [queue_name(service, kind) for service, heard in HEARS.items() if kind in heard]
    speaker, by = speaker_of(kind), {"user_id": identity, "type": kind.key()}
    death = {"queue": queues[0], "exchange": speaker, "reason": "rejected", "routing-keys": queues, "count": 1}
    died = {
        "x-death": [death],
        **{f"x-{nth}-death-{what}": value for nth in ("first", "last")
           for what, value in {"queue": queues[0], "exchange": speaker, "reason": "expired"}.items()},
    }  # fmt: skip
    moved = {"x-speaker": speaker, "x-attempt": 1, "x-reason": "it is tried again"}
    arguments = {
        "alternate-exchange": aside("return", queues[0]), "x-dead-letter-exchange": aside("return", queues[0]),
        "x-dead-letter-routing-key": queues[0], "x-message-ttl": 0, "x-expires": 1, "x-delay": 0, "x-match": "any",
        "x-delivery-count": 1000, "x-original-exchange": speaker, "x-routing-key": kind.key(), "x-exchange": speaker,
    }  # fmt: skip
    names = {"type": kind.key(), "cloudEvents:type": kind.key(), "user_id": speaker, "user-id": speaker}
    return [
        (by, {}),
        ({**by, "type": None}, {}),
        ({"type": kind.key()}, {}),
        ({**by, "user_id": ""}, {}),
        ({**by, "user_id": speaker}, {}),
        (by, {"CC": keys}),
        (by, {"CC": queues}),
        (by, {"CC": [*keys, *queues], "BCC": [*keys, *queues]}),
        (by, {"BCC": keys}),
        (by, {"BCC": queues}),
        ({"type": kind.key()}, {"BCC": [*keys, *queues]}),
        ({**by, "type": None}, {"BCC": [*keys, *queues]}),
        (by, moved),
        ({"type": kind.key()}, moved),
        (by, {"BCC": [*keys, *queues], **moved, "x-attempt": -(2**40)}),
        (by, {"BCC": queues, **moved, "x-speaker": [speaker]}),
        (by, died),
        (by, {**died, **moved, "BCC": queues}),
        (by, arguments),
        (by, {**arguments, "CC": queues}),
        (by, {**names, "BCC": [*keys, *queues]}),
        ({**by, "type": "nobody.says_it.v1"}, {**names, "CC": keys}),
        ({**by, "expiration": "0"}, {"BCC": [*keys, *queues], **died}),
        ({**by, "expiration": "1"}, {"BCC": [*keys, *queues], **moved}),
        ({**by, "reply_to": queues[0], "correlation_id": kind.key()}, {"BCC": [*keys, *queues]}),
        ({**by, "app_id": speaker, "content_encoding": speaker, "priority": 255}, {"BCC": [*keys, *queues]}),
        (by, {"BCC": [*keys, *queues], "tracelink": queues, "traceparent": {"a": 1}, "bytes": bytearray(b"\xff")}),
        ({**by, "expiration": "0", "reply_to": queues[0]},
         {**names, **arguments, **died, **moved, "CC": [*keys, *queues], "BCC": [*keys, *queues]}),
    ]  # fmt: skip


def everything_at(identity: str, exchange: str) -> Iterator[Attempt]:
    """Every trick with every first key at one exchange; the types take turns, so that each is tried many times."""
    victims = cycle(victims_of(identity))
    own_queue = next((name for name in QUEUES if name.startswith(f"{identity}.")), "")
    for number in range(len(tricks(identity, HEARD[0]))):
        for first in range(6):
            kind = next(victims)
            queue = next(queue_name(service, kind) for service, heard in HEARS.items() if kind in heard)
            key = (own_key(identity), kind.key(), queue, own_queue or queue, f"{identity}.nonsense", "")[first]
            yield _attempt(kind, exchange, key, *tricks(identity, kind)[number])


def everything_to_all(identity: str, exchange: str) -> Iterator[Attempt]:
    """One message for every queue there is: each key and each queue's name in one header."""
    everywhere = [*(kind.key() for kind in HEARD), *QUEUES]
    kind = victims_of(identity)[0]
    for copied in ("CC", "BCC"):
        yield _attempt(kind, exchange, own_key(identity), {"user_id": identity}, {copied: everywhere})


def every_type_at(identity: str, exchange: str) -> Iterator[Attempt]:
    """Each type by what once came furthest: an own key first, and the other's as a copy that nobody sees."""
    for kind in victims_of(identity):
        by = {"user_id": identity, "type": kind.key()}
        queues = [queue_name(service, kind) for service, heard in HEARS.items() if kind in heard]
        yield _attempt(kind, exchange, own_key(identity), by, {"BCC": [kind.key(), *queues]})
        yield _attempt(kind, exchange, kind.key(), by, {"x-speaker": speaker_of(kind)})


def at_a_closed_door(identity: str, exchange: str) -> Iterator[Attempt]:
    """What is tried where already a plain message is refused: all tricks at once."""
    kind = victims_of(identity)[0]
    for properties, headers in (tricks(identity, kind)[0], tricks(identity, kind)[-1]):
        for key in (own_key(identity), kind.key(), ""):
            yield _attempt(kind, exchange, key, properties, headers)


def another_school() -> Iterator[Attempt]:
    """Messages of a school's system about a school that is not its own, however they name it."""
    for kind in (kind for kind in HEARD if speaker_of(kind) == MIS):
        said = good(kind)
        body = json.loads(said.model_dump_json())
        theirs = body["urn"]
        for urn in (theirs, int(theirs), f" {theirs} ", f"{theirs}\n", [theirs], theirs.translate(FULL_WIDTH), None):
            yield _again(kind, {**body, "urn": urn})
        yield _again(kind, body, f'{{"urn": "{ARBORS}", ')
        yield _again(kind, {**body, "urn": ARBORS}, f'{{"urn": "{theirs}", ')
        yield _again(kind, {**{k: v for k, v in body.items() if k != "urn"}, "URN": theirs, "Urn": theirs})


FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


def own_key(identity: str) -> str:
    """A key that it may say, where there is one."""
    return next((key for key, kind in CATALOGUE.items() if should_say(identity, kind)), f"{identity}.nothing")


def _attempt(
    kind: type[Message], exchange: str, key: str, properties: Properties, headers: Mapping[str, Any]
) -> Attempt:
    said = good(kind)
    return Attempt(str(said.id), kind, exchange, key, said.model_dump_json().encode(), properties, headers)


def _again(kind: type[Message], body: Mapping[str, Any], before: str = "{") -> Attempt:
    said = str(good(kind).id)
    text = before + json.dumps({**body, "id": said})[1:]
    return Attempt(said, kind, MIS, kind.key(), text.encode(), {"user_id": ARBOR, "type": kind.key()})
