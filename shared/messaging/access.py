"""Who may publish, receive and store what, at the broker and the store: from the topology and the catalogue.

Everything that creates users takes them from here: the local stack, the containers, and the operators' resources of the
production overlay. RabbitMQ's rights are regular expressions over the names of exchanges and queues (to configure,
write to and read from) and, for topic exchanges, over routing keys. Without a row for an exchange every key is allowed,
so each identity has one for every topic exchange that it may write to or read from.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts import CATALOGUE, Message
from shared.messaging.topology import DEAD, HEARS, OLD_WAYS, SPEAKERS, aside, back, old_way

SERVICES = tuple(HEARS)
MIS = "mis"
"""Schools' management information systems: one identity, or one each (`mis-…`); all publish on one exchange."""
PRODUCERS = (MIS, "casework", "finance")
"""The systems upstream: the schools' systems, the attendance team's own, and the cashiers'."""

OPERATOR = "operator"
"""The identity that lists and replays parked messages: a message it moves keeps its stated speaker."""

DEFAULT_EXCHANGE = "amq.default"
_NOTHING, _ANYTHING = "^$", ".*"
_OWN_QUEUE = r"amq\.gen-.+"  # a queue that RabbitMQ names, for one connection only
LONGEST_PATTERN = 1024
"""The longest pattern, in characters, that RabbitMQ accepts in a right since 4.3."""
_RUNG, _OLD_RUNG = r"ladder\.\d+s", r"retry\.\d+s"


@dataclass(frozen=True)
class Rights:
    """What one identity may do at RabbitMQ: patterns of names, and for each topic exchange patterns of keys."""

    configure: str = _NOTHING
    write: str = _NOTHING
    read: str = _NOTHING
    keys_written: Mapping[str, str] = field(default_factory=dict)
    keys_read: Mapping[str, str] = field(default_factory=dict)

    def topics(self) -> Iterable[tuple[str, str, str]]:
        """For each topic exchange that it may use: its name, and the keys it may write and read, as patterns."""
        for exchange in sorted({*self.keys_written, *self.keys_read}):
            yield exchange, self.keys_written.get(exchange, _NOTHING), self.keys_read.get(exchange, _NOTHING)


def speaks_as(identity: str) -> str:
    """The exchange on which an identity publishes: its own, or the one of all schools' systems."""
    return MIS if identity.startswith(f"{MIS}-") else identity


def may_say(speaker: str) -> tuple[type[Message], ...]:
    """The messages that a service or a producer may publish."""
    return tuple(message for message in CATALOGUE.values() if message.speaker() == speaker)


def broker(mis: Iterable[str] = (MIS,), *, old_ways: bool = False) -> dict[str, Rights]:
    """Every identity at RabbitMQ, with its rights. `monitoring` has none: its tag lets it look at figures.

    `mis` are the identities of the schools' systems; `old_ways` gives what the version before needs as well, while an
    upgrade runs.
    """
    return {
        **{name: _service(name, old_ways) for name in SERVICES},
        **{name: _producer(name, old_ways) for name in (*mis, *PRODUCERS[1:])},
        OPERATOR: _operator(old_ways),
        "topology": _topology(),
        "monitoring": Rights(),
    }


STORE_ACTIONS = ("find", "insert", "update", "remove", "createCollection", "createIndex", "listCollections")
"""What a service may do with its own database's collections: not drop them, and nothing in other databases."""
READERS = {"reader": "read"}
"""Who may look into every service's database (the command line), and by which of MongoDB's own roles."""
AUDIT, ENTRIES = "audit", "entries"
"""The database and collection of the audit trail, which a reader writes to first."""
AUDIT_ACTIONS = ("find", "insert")
"""What readers may do there: add and read entries, but not change or remove them."""
BACKUP = "backup"
"""Who copies the whole server; MongoDB's own role has the same name."""


def store() -> tuple[str, ...]:
    """Every identity at MongoDB. A service's is kept in its own database, the others in `admin`."""
    return (*SERVICES, *READERS, BACKUP)


def _service(name: str, old_ways: bool) -> Rights:
    """Publishes its own events, reads its own queues, and parks its own failed messages; declares nothing.

    It may bind its own queues (which needs write rights to them, and read rights on the exchange) by the keys it hears.
    """
    keys_said, dead = _keys_said(name, old_ways), aside(DEAD, name)
    ladder = [f"{_RUNG}\\.{name}", *([f"{_OLD_RUNG}\\.{name}"] if old_ways else [])]
    heard = _by_exchange(HEARS[name], old_ways=False)
    own = rf"{name}\..+"
    return Rights(
        write=f"^({'|'.join((*map(re.escape, (*keys_said, dead)), *ladder, own))})$",
        read=f"^({'|'.join((*map(re.escape, (*heard, back(name))), own))})$",
        keys_written={**keys_said, dead: f"^{own}$"},
        keys_read=heard,
    )


def _producer(name: str, old_ways: bool) -> Rights:
    keys_said = _keys_said(speaks_as(name), old_ways)
    return Rights(write=_only(*keys_said), keys_written=keys_said)


def _operator(old_ways: bool) -> Rights:
    """Watches events on a queue of its own, lists parked messages, and replays them to the queues they failed in."""
    watched = [*SERVICES, MIS, *(OLD_WAYS[:1] if old_ways else ())]
    returns = "|".join(re.escape(back(service)) for service in SERVICES)
    return Rights(
        configure=f"^{_OWN_QUEUE}$",
        write=f"^({returns}|{_OWN_QUEUE})$",
        read=f"^({'|'.join(watched)}|{DEAD}|{_OWN_QUEUE})$",
        keys_read=dict.fromkeys(watched, _ANYTHING),
    )


def _topology() -> Rights:
    """Declares and binds everything of ours, and removes what we no longer use; publishes nothing.

    RabbitMQ lets a queue dead-letter to an exchange only if the identity that declares it may write there.
    """
    services, exchanges = "|".join(SERVICES), (*SPEAKERS, *OLD_WAYS)
    aside_and_back = rf"{DEAD}|({DEAD}|return|{_RUNG}|{_OLD_RUNG})\.({services})|{_OLD_RUNG}"
    ours = rf"^({'|'.join(exchanges)}|{aside_and_back}|({services})\..+)$"
    topics = (*exchanges, *(aside(DEAD, service) for service in SERVICES))
    return Rights(configure=ours, write=ours, read=ours, keys_read=dict.fromkeys(topics, _ANYTHING))


def _keys_said(speaker: str, old_ways: bool) -> dict[str, str]:
    """The keys that an identity may write: its messages; if that pattern is too long, their common prefixes.

    On its own exchange the bindings are still exact, and carry nobody else's messages.
    """
    keys_said = _by_exchange(may_say(speaker), old_ways)
    rooms = sorted({message.key().partition(".")[0] for message in may_say(speaker)})
    return {
        name: keys if len(keys) <= LONGEST_PATTERN else rf"^({'|'.join(rooms)})\..+$"
        for name, keys in keys_said.items()
    }


def _by_exchange(messages: Iterable[type[Message]], old_ways: bool) -> dict[str, str]:
    """The pattern of message keys by exchange; exchanges without any of these messages are left out."""
    keys: dict[str, list[str]] = {}
    for message in messages:
        for exchange in (message.speaker(), *([old_way(message)] if old_ways else [])):
            keys.setdefault(exchange, []).append(message.key())
    return {exchange: _only(*keys[exchange]) for exchange in sorted(keys)}


def _only(*names: str) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$" if names else _NOTHING
