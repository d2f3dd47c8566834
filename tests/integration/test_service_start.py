"""A service that starts before its broker is there: it waits, says so, stays alive, is not ready; then it is."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx

from deploy.local.native import free_port
from deploy.local.patience import stretched
from deploy.local.servers import Servers
from shared.messaging import topology
from tests.waiting import eventually


async def test_a_missing_broker_at_start_is_waited_for(servers: Servers, tmp_path: Path):
    await topology.apply(servers.amqp_url)
    port, http = free_port(), free_port()
    log = tmp_path / "notices.jsonl"
    at = {"EVERYDAY_AMQP_URL": _at_port(servers.amqp_url, port), "EVERYDAY_MONGO_URL": servers.mongo_url}
    with log.open("wb") as output:
        service = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.notices.app",
            env={**os.environ, **at, "EVERYDAY_HTTP_PORT": str(http), "EVERYDAY_LOG_FORMAT": "json"},
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        await eventually(lambda: _said(log, "server_awaited"), "word that the broker is awaited")
        assert await _answers(http, "/live") == 200
        assert await _answers(http, "/ready") == 503
        door = await asyncio.start_server(_Door(servers.amqp_url), "127.0.0.1", port)
        async with door:
            await eventually(lambda: _is_ready(http), "readiness once the broker is there")
            assert await _said(log, "service_started")
            service.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(service.wait(), stretched(20)) == 0
        assert await _said(log, "service_stopped")
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


class _Door:
    """Lets connections through to the real broker."""

    def __init__(self, url: str) -> None:
        address = httpx.URL(url)
        self._host, self._port = address.host, address.port or 5672

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(_copy(reader, forth), _copy(back, writer), return_exceptions=True)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


def _at_port(url: str, port: int) -> str:
    return str(httpx.URL(url).copy_with(host="127.0.0.1", port=port))


async def _said(log: Path, event: str) -> bool:
    return any(json.loads(line)["event"] == event for line in _lines(log))


def _lines(log: Path) -> list[str]:
    return log.read_text().splitlines()


async def _answers(port: int, path: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code


async def _is_ready(port: int) -> bool:
    return await _answers(port, "/ready") == 200
