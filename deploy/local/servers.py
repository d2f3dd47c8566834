"""Where RabbitMQ and MongoDB are: the one place that decides, and says which it took and why.

1. addresses in the environment (`EVERYDAY_AMQP_URL`, `EVERYDAY_MONGO_URL`), each on its own;
2. containers, where a Docker engine answers and already has the images (nothing is pulled);
3. private native servers in a folder of the caller's, on free ports; what is missing is installed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import containers
from deploy.local.native import NativeMongo, NativeRabbit

Say = Callable[[str], None]


@dataclass
class Servers:
    """The two servers' addresses, how they were chosen, and handles on those that we own."""

    amqp_url: str = ""
    mongo_url: str = ""
    how: dict[str, str] = field(default_factory=dict)
    rabbitmq: NativeRabbit | None = None
    mongodb: NativeMongo | None = None


@contextmanager
def servers(folder: Path, say: Say) -> Iterator[Servers]:
    """Have both servers ready; stop and remove at the end whatever was started here."""
    chosen = Servers(os.environ.get("EVERYDAY_AMQP_URL", ""), os.environ.get("EVERYDAY_MONGO_URL", ""))
    with ExitStack() as cleanup:
        for name, url in (("RabbitMQ", chosen.amqp_url), ("MongoDB", chosen.mongo_url)):
            if url:
                chosen.how[name] = "the address in the environment"
        why_not = containers.unavailable() if len(chosen.how) < 2 else ""
        native: list[NativeRabbit | NativeMongo] = []
        if not chosen.amqp_url:
            if why_not:
                chosen.rabbitmq = NativeRabbit(folder / "rabbitmq", say)
                chosen.amqp_url = chosen.rabbitmq.url
                native.append(chosen.rabbitmq)
            else:
                chosen.amqp_url = cleanup.enter_context(containers.rabbitmq())
            chosen.how["RabbitMQ"] = f"a private native server ({why_not})" if why_not else "a container"
        if not chosen.mongo_url:
            if why_not:
                chosen.mongodb = NativeMongo(folder / "mongodb")
                chosen.mongo_url = chosen.mongodb.url
                native.append(chosen.mongodb)
            else:
                chosen.mongo_url = cleanup.enter_context(containers.mongodb())
            chosen.how["MongoDB"] = f"a private native server ({why_not})" if why_not else "a container"
        for server in native:
            cleanup.callback(server.stop)
            server.start(wait=False)
        for server in native:
            server.await_ready()
        for name, why in sorted(chosen.how.items()):
            say(f"{name}: {why}")
        yield chosen
