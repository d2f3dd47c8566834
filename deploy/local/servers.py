"""Where RabbitMQ and MongoDB are: the one place that decides, and says which it took and why.

1. addresses in the environment (`EVERYDAY_AMQP_URL`, `EVERYDAY_MONGO_URL`), each on its own;
2. containers, where a Docker engine answers and already has the images (nothing is pulled);
3. private native servers in a folder of the caller's, on free ports; what is missing is installed.

Servers of our own have every identity of `shared/messaging/access.py`, each with a password made for this run.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import containers
from deploy.local.native import NativeMongo, NativeRabbit
from deploy.setup import mongodb, rabbitmq
from shared.messaging.access import MIS, broker, store

Say = Callable[[str], None]
GIVEN = "the address in the environment"
ROOT = "root"
"""Who may do everything on servers of our own: tests, and whoever sets them up."""


@dataclass
class Servers:
    """The two servers' addresses, how they were chosen, and handles on those that we own."""

    amqp_url: str = ""
    """With every right, where the server is ours."""
    mongo_url: str = ""
    how: dict[str, str] = field(default_factory=dict)
    rabbitmq: NativeRabbit | None = None
    mongodb: NativeMongo | None = None
    _amqp: dict[str, str] = field(default_factory=dict)
    _mongo: dict[str, str] = field(default_factory=dict)

    def amqp(self, identity: str) -> str:
        """RabbitMQ's address for an identity; an address from the environment is everybody's."""
        return self._amqp.get(identity, self.amqp_url)

    def mongo(self, identity: str) -> str:
        """MongoDB's address for an identity; an address from the environment is everybody's."""
        return self._mongo.get(identity, self.mongo_url)

    def are_ours(self) -> bool:
        """Whether both were started here, and hold nothing of anybody else's."""
        return GIVEN not in self.how.values()

    def know_rabbitmq(self, address: str, passwords: Mapping[str, str]) -> None:
        self._amqp = {name: f"amqp://{name}:{password}@{address}/" for name, password in passwords.items()}
        self.amqp_url = self._amqp[ROOT]

    def know_mongodb(self, address: str, passwords: Mapping[str, str], options: str) -> None:
        self._mongo = {
            name: f"mongodb://{name}:{passwords[name]}@{address}/?{options}&authSource={mongodb.home(name)}"
            for name in (*store(), ROOT)
        }
        self.mongo_url = self._mongo[ROOT]


@contextmanager
def servers(folder: Path, say: Say) -> Iterator[Servers]:
    """Have both servers ready; stop and remove at the end whatever was started here."""
    chosen = Servers(os.environ.get("EVERYDAY_AMQP_URL", ""), os.environ.get("EVERYDAY_MONGO_URL", ""))
    mis = list(json.loads(os.environ.get("EVERYDAY_MIS", "{}"))) or [MIS]
    passwords = {name: secrets.token_urlsafe(24) for name in {*broker(mis), *store(), ROOT}}
    definitions = rabbitmq.definitions(passwords, ROOT, mis)
    key = secrets.token_hex(32)
    with ExitStack() as cleanup:
        for name, url in (("RabbitMQ", chosen.amqp_url), ("MongoDB", chosen.mongo_url)):
            if url:
                chosen.how[name] = GIVEN
        why_not = containers.unavailable() if len(chosen.how) < 2 else ""
        native: list[NativeRabbit | NativeMongo] = []
        if not chosen.amqp_url:
            if why_not:
                chosen.rabbitmq = NativeRabbit(folder / "rabbitmq", say, definitions)
                chosen.know_rabbitmq(chosen.rabbitmq.address, passwords)
                native.append(chosen.rabbitmq)
            else:
                chosen.know_rabbitmq(cleanup.enter_context(containers.rabbitmq(definitions)), passwords)
            chosen.how["RabbitMQ"] = f"a private native server ({why_not})" if why_not else "a container"
        if not chosen.mongo_url:
            if why_not:
                chosen.mongodb = NativeMongo(folder / "mongodb", key)
                chosen.know_mongodb(chosen.mongodb.address, passwords, "replicaSet=rs0")
                native.append(chosen.mongodb)
            else:
                address = cleanup.enter_context(containers.mongodb(key))
                chosen.know_mongodb(address, passwords, "directConnection=true")
                mongodb.make_users(address, key, passwords, ROOT)
            chosen.how["MongoDB"] = f"a private native server ({why_not})" if why_not else "a container"
        for server in native:
            cleanup.callback(server.stop)
            server.start(wait=False)
        for server in native:
            server.await_ready()
        if chosen.mongodb is not None:
            mongodb.make_users(chosen.mongodb.address, key, passwords, ROOT)
        for name, why in sorted(chosen.how.items()):
            say(f"{name}: {why}")
        yield chosen
