"""Who may say, hear and keep what, at the broker and at the store: from the topology and the catalogue. Pure.

Every place that makes users takes them from here: the local stack, the containers, and the operators' resources of the
production overlay. RabbitMQ's rights are regular expressions over the names of exchanges and queues (to configure,
write to and read from) and, for topic exchanges, over routing keys. Without a row for an exchange every key is allowed,
so each identity has one for `events` and one for `commands`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.contracts import CATALOGUE, Command, Message, casework
from shared.topology import COMMANDS, DEAD, EVENTS, HEARS, aside

SERVICES = tuple(HEARS)
PRODUCERS = ("mis", "casework", "finance")
"""The systems upstream: schools' management information systems, the attendance team's own, and the cashiers'."""

OPERATOR = "operator"
"""Who looks at the parked and brings them back: what is moved by it keeps the speaker that it names."""

DEFAULT_EXCHANGE = "amq.default"
_NOTHING, _ANYTHING = "^$", ".*"
_OWN_QUEUE = r"amq\.gen-.+"  # a queue whose name RabbitMQ makes up, for one connection alone
_RUNG = r"retry\.\d+s"

_FINANCE: tuple[type[Message], ...] = (casework.RecordPayment, casework.RecordRefund, casework.ReversePayment)


@dataclass(frozen=True)
class Rights:
    """What one identity may do at RabbitMQ: patterns of names, and for each topic exchange patterns of keys."""

    configure: str = _NOTHING
    write: str = _NOTHING
    read: str = _NOTHING
    keys_written: Mapping[str, str] = field(default_factory=dict)
    keys_read: Mapping[str, str] = field(default_factory=dict)

    def keys(self, exchange: str) -> tuple[str, str]:
        """The routing keys that may be written to and read from a topic exchange."""
        return self.keys_written.get(exchange, _NOTHING), self.keys_read.get(exchange, _NOTHING)


def may_say(identity: str) -> tuple[type[Message], ...]:
    """The messages that a service or a producer may publish."""
    return tuple(message for message in CATALOGUE.values() if _SAYS[identity](message))


def says(message: type[Message]) -> tuple[str, ...]:
    """Who may publish a message: one service, or one of the systems upstream."""
    return tuple(identity for identity, may in _SAYS.items() if may(message))


def broker() -> dict[str, Rights]:
    """Every identity at RabbitMQ, with its rights. `monitoring` has none: its tag lets it look at figures."""
    return {
        **{name: _service(name) for name in SERVICES},
        **{name: _producer(name) for name in PRODUCERS},
        OPERATOR: _operator(),
        "topology": _topology(),
        "monitoring": Rights(),
    }


STORE_ACTIONS = ("find", "insert", "update", "remove", "createCollection", "createIndex", "listCollections")
"""What a service may do to the collections of its own database: not drop them, nor look into any other's."""
READERS = {"reader": "read"}
"""Who may look into every service's database (the command line), and by which of MongoDB's own roles."""
AUDIT, ENTRIES = "audit", "entries"
"""The database and collection of who looked at what or acted by hand, which a reader writes first."""
AUDIT_ACTIONS = ("find", "insert")
"""What readers may do there: add entries and read them, and neither change nor remove any."""
BACKUP = "backup"
"""Who copies the whole server; MongoDB's own role has the same name."""


def store() -> tuple[str, ...]:
    """Every identity at MongoDB. A service's is kept in its own database, the others in `admin`."""
    return (*SERVICES, *READERS, BACKUP)


def _said_by(service: str) -> Callable[[type[Message]], bool]:
    return lambda message: message.key().startswith(f"{service}.") and not issubclass(message, Command)


_SAYS: dict[str, Callable[[type[Message]], bool]] = {
    **{service: _said_by(service) for service in SERVICES},
    "mis": lambda message: message.key().startswith("mis."),
    "finance": lambda message: message in _FINANCE,
    "casework": lambda message: issubclass(message, Command) and message not in _FINANCE,
}


def _service(name: str) -> Rights:
    """Says its own events, hears its own queues, and lays its own failed messages aside; declares nothing."""
    written = _keys_said(name)
    ways = "|".join((*map(re.escape, written), f"{_RUNG}{re.escape(aside('', name))}", re.escape(aside(DEAD, name))))
    return Rights(write=f"^({ways})$", read=rf"^{name}\..+$", keys_written=written)


def _producer(name: str) -> Rights:
    written = _keys_said(name)
    return Rights(write=_only(*written), keys_written=written)


def _operator() -> Rights:
    """Watches events on a queue of its own, looks at the parked, and brings them back by the default exchange."""
    return Rights(
        configure=f"^{_OWN_QUEUE}$",
        write=f"^({re.escape(DEFAULT_EXCHANGE)}|{_OWN_QUEUE})$",
        read=f"^({EVENTS}|{DEAD}|{_OWN_QUEUE})$",
        keys_read={EVENTS: _ANYTHING},
    )


def _topology() -> Rights:
    """Declares and binds everything of ours; publishes nothing.

    RabbitMQ lets a queue hand its expired to the default exchange only when who declares it may write there.
    """
    services = "|".join(SERVICES)
    ours = rf"{EVENTS}|{COMMANDS}|{DEAD}|({DEAD}|{_RUNG})\.({services})|{_RUNG}|({services})\..+"
    return Rights(
        configure=f"^({ours})$",
        write=f"^({ours}|{re.escape(DEFAULT_EXCHANGE)})$",
        read=f"^({ours})$",
        keys_read={EVENTS: _ANYTHING, COMMANDS: _ANYTHING},
    )


def _keys_said(identity: str) -> dict[str, str]:
    """By exchange, the pattern of the keys that an identity may write; exchanges that it does not need are left out."""
    said = may_say(identity)
    exchanges = sorted({message.EXCHANGE for message in said})
    return {name: _only(*(each.key() for each in said if name == each.EXCHANGE)) for name in exchanges}


def _only(*names: str) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$" if names else _NOTHING
