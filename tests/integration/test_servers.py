"""Where the servers are: addresses win, busy ports do not matter, a kill loses nothing, nothing stays behind."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aio_pika
import pytest

from deploy.local import servers as local
from deploy.local.patience import stretched
from shared.contracts.mis import SchoolUpdated
from shared.messaging import topology
from shared.messaging.publisher import Publisher
from shared.store.documents import Store
from tests.making import school


@pytest.fixture
def busy_port() -> Iterator[None]:
    """RabbitMQ's own port is taken, by us where nobody else has it."""
    with socket.socket() as holder:
        with suppress(OSError):
            holder.bind(("127.0.0.1", 5672))
            holder.listen()
        yield


@pytest.fixture
def no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVERYDAY_AMQP_URL", raising=False)
    monkeypatch.delenv("EVERYDAY_MONGO_URL", raising=False)
    monkeypatch.setattr(local.containers, "unavailable", lambda: "this test wants native servers")


def of_folder(folder: Path) -> list[str]:
    """The living processes that were started in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(folder) in (place / "environ").read_text(errors="replace"):
                found.append((place / "cmdline").read_text().replace("\0", " ") or place.name)
    return found


def test_addresses_in_the_environment_win_and_nothing_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://elsewhere/")
    monkeypatch.setenv("EVERYDAY_MONGO_URL", "mongodb://elsewhere/")
    said: list[str] = []
    with local.servers(tmp_path, said.append) as at:
        assert (at.amqp_url, at.mongo_url) == ("amqp://elsewhere/", "mongodb://elsewhere/")
        assert (at.amqp("notices"), at.mongo("reader")) == ("amqp://elsewhere/", "mongodb://elsewhere/")
        assert at.rabbitmq is None
        assert at.mongodb is None
    assert said == ["MongoDB: the address in the environment", "RabbitMQ: the address in the environment"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("busy_port", "no_addresses")
def test_native_servers_keep_their_data_through_a_kill_and_leave_nothing_behind(tmp_path):
    said: list[str] = []
    with local.servers(tmp_path, said.append) as at:
        assert "RabbitMQ: a private native server (this test wants native servers)" in said
        assert at.rabbitmq is not None
        assert at.mongodb is not None
        asyncio.run(write(at))
        at.rabbitmq.kill()
        at.mongodb.kill()
        at.rabbitmq.start()
        at.mongodb.start()
        assert asyncio.run(read(at)) == (1, "kept")
        assert of_folder(tmp_path)
    assert of_folder(tmp_path) == []


async def write(at: local.Servers) -> None:
    await topology.apply(at.amqp_url)
    async with Publisher(at.amqp_url) as publisher:
        await publisher.publish(school("123456"))
    store = Store(at.mongo_url, "test")
    await store["things"].insert("thing", {"is": "kept"})
    store.close()


async def read(at: local.Servers) -> tuple[int, str]:
    connection = await aio_pika.connect(at.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.queue_name("notices", SchoolUpdated), ensure=False)
        message = await queue.get(timeout=stretched(10))
    store = Store(at.mongo_url, "test")
    thing = await store["things"].get("thing")
    store.close()
    return int(message is not None), thing["is"] if thing else ""
