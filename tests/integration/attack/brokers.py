"""Every RabbitMQ that can be had: the one that is installed, and those of other Debians that have been brought."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import other_rabbitmq
from deploy.local.native import NativeRabbit
from deploy.local.servers import ROOT, Servers
from deploy.setup import rabbitmq
from shared.messaging import topology
from shared.messaging.access import broker
from tests.integration.attack.who_may import ARBOR, MIS

DELAYS = (1, 2)
ROOTS: dict[str, Path | None] = {"installed": None, **{root.name: root for root in other_rabbitmq.there()}}


@contextmanager
def rabbitmq_of(name: str, folder: Path) -> Iterator[Servers]:
    """A server of its own with every identity, and with what the topology declares."""
    passwords = {identity: secrets.token_urlsafe(24) for identity in {*broker((MIS, ARBOR)), ROOT}}
    definitions = rabbitmq.definitions(passwords, ROOT, (MIS, ARBOR))
    node = NativeRabbit(folder / "rabbitmq", print, definitions, ROOTS[name])
    at = Servers(rabbitmq=node)
    at.know_rabbitmq(node.address, passwords)
    node.start()
    try:
        asyncio.run(topology.apply(at.amqp("topology"), DELAYS))
        yield at
    finally:
        node.stop()


def exchanges_of(at: Servers) -> list[str]:
    """Every exchange that there is, by the server's own word; the default exchange is named by the empty string."""
    assert at.rabbitmq is not None
    return [each["name"] for each in json.loads(at.rabbitmq.ctl("list_exchanges", "name", "--formatter", "json"))]
