"""Readiness tells the truth: a broker or store that hangs or is gone is seen at once, and that it is back."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.native import free_port
from deploy.local.patience import stretched
from deploy.local.servers import Servers
from shared.messaging import topology
from tests.waiting import eventually

SEEN_WITHIN = 10.0  # seconds from the loss to the word of it, on a machine that has other things to do
ANSWERS_WITHIN = 4.0  # seconds for one answer, whatever hangs


class Door:
    """Lets bytes through to a server, keeps them waiting, or is shut."""

    def __init__(self, url: str) -> None:
        address = httpx.URL(url)
        self._to = (address.host, address.port or 5672)
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    async def open(self) -> None:
        self._open.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._through, "127.0.0.1", self.port)

    def hang(self) -> None:
        self._open.clear()

    async def shut(self) -> None:
        """No connection any more, and none to be had."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._to)
        self._writers |= {writer, forth}
        await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._open.wait()
                target.write(data)
                await target.drain()
        target.close()


@asynccontextmanager
async def service(servers: Servers, log: Path) -> AsyncIterator[tuple[str, dict[str, Door]]]:
    """The notices service behind two doors, and its address."""
    await topology.apply(servers.amqp_url)
    doors = {"broker": Door(servers.amqp_url), "store": Door(servers.mongo_url)}
    for door in doors.values():
        await door.open()
    http = free_port()
    broker, store = httpx.URL(servers.amqp_url), httpx.URL(servers.mongo_url)
    past_its_name = store.params.remove("replicaSet").set("directConnection", "true")
    environment = {
        "EVERYDAY_AMQP_URL": str(broker.copy_with(host="127.0.0.1", port=doors["broker"].port)),
        "EVERYDAY_MONGO_URL": str(store.copy_with(host="127.0.0.1", port=doors["store"].port, params=past_its_name)),
        "EVERYDAY_HTTP_PORT": str(http),
        "EVERYDAY_LOG_FORMAT": "json",
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.notices.app",
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://127.0.0.1:{http}", doors
    finally:
        process.kill()
        await process.wait()
        for door in doors.values():
            await door.shut()


@pytest.mark.parametrize("what", ["broker", "store"])
async def test_a_server_that_hangs_or_is_gone_is_seen_and_so_is_its_return_while_the_service_lives(
    servers: Servers, tmp_path: Path, what: str
) -> None:
    async with service(servers, tmp_path / "log") as (address, doors), httpx.AsyncClient(base_url=address) as client:
        await eventually(lambda: _ready(client, {}), "ready service", 30)
        for lose in ("hang", "shut"):
            doors[what].hang() if lose == "hang" else await doors[what].shut()
            lost = f"word that the {what} is lost"
            answer = await eventually(lambda: _ready(client, {what: False}), lost, SEEN_WITHIN)
            assert answer["status"] == 503
            assert {name for name, passed in answer.items() if passed is False} == {"ready", what}
            assert answer["took"] < stretched(ANSWERS_WITHIN)
            assert (await client.get("/live")).status_code == 200
            assert f'everyday_ready{{check="{what}",service="notices"}} 0.0' in (await client.get("/metrics")).text
            await doors[what].open()
            await eventually(lambda: _ready(client, {}), f"ready service when the {what} is back", 60)


async def _ready(client: httpx.AsyncClient, wanted: dict[str, bool]) -> dict[str, Any]:
    """The answer of /ready, if it is the wanted one (empty: all is well)."""
    began = time.monotonic()
    try:
        answer = await client.get("/ready", timeout=stretched(10))
    except httpx.TransportError:
        return {}
    said = answer.json()
    fits = all(said[name] is passed for name, passed in wanted.items()) if wanted else said["ready"]
    return {**said, "status": answer.status_code, "took": time.monotonic() - began} if fits else {}
