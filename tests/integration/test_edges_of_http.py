"""A service's door on a real socket: slow, large and many requests, forged hosts, and what every answer bears."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shared.running.health import health_routes
from shared.web.door import HEADERS, LARGEST, served, web
from tests.waiting import eventually

Serve = Callable[..., AbstractAsyncContextManager[int]]
SLOW = 0.5  # seconds


async def _length(request: Request) -> Response:
    return JSONResponse({"length": len(await request.body())})


async def _page(_: Request) -> Response:
    return HTMLResponse("<p>here</p>")


async def _fails(_: Request) -> Response:
    raise RuntimeError("a fault of ours")


ROUTES = [
    Route("/length", _length, methods=["POST"]),
    Route("/page/{token}", _page),
    Route("/fails", _fails),
]


@asynccontextmanager
async def serving(at_once: int = 200) -> AsyncIterator[int]:
    """Pages on a free port, with a patience of half a second."""
    server = uvicorn.Server(served(web("pages", ROUTES, health_routes({}), SLOW), "127.0.0.1", 0, SLOW, at_once))
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "server")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def said(port: int, sent: bytes, more: bytes = b"", every: float = 0.05) -> bytes:
    """What comes back for some bytes, while more of them trickle until the server has had enough."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)

    async def trickle() -> None:
        with contextlib.suppress(ConnectionError):
            while more:
                await asyncio.sleep(every)
                writer.write(more)
                await writer.drain()

    trickling = asyncio.create_task(trickle())
    answer = b""
    try:
        async with asyncio.timeout(30):
            while piece := await reader.read(LARGEST):
                answer += piece
    except ConnectionResetError:
        return answer  # what came before the reset is an answer too; a single read of all of it would drop it
    finally:
        trickling.cancel()
        writer.close()
    return answer


HEAD = b"POST /length HTTP/1.1\r\nHost: pages\r\n"


async def test_a_body_that_trickles_is_answered_408_and_its_connection_ends() -> None:
    async with serving() as port:
        began = time.monotonic()
        answer = await said(port, HEAD + b"Content-Length: 100000\r\n\r\n", b"x")
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"body: send it within 0.5 seconds" in answer
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("begun", [b"", b"GE", HEAD], ids=["nothing", "half a word", "headers without end"])
async def test_a_head_that_does_not_come_ends_the_connection(begun: bytes) -> None:
    async with serving() as port:
        assert await said(port, begun, b"X-A: b\r\n" if begun == HEAD else b"") == b""


async def test_a_slow_head_after_an_answer_ends_the_connection_too() -> None:
    async with serving() as port:
        whole = b"GET /page/7 HTTP/1.1\r\nHost: pages\r\n\r\n"
        answer = await said(port, whole + b"GET /page", b"x")
        assert answer.count(b"HTTP/1.1 200") == 1


async def test_a_body_is_taken_to_its_greatest_size_and_not_beyond() -> None:
    async with serving() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.post("/length", content=b"x" * LARGEST)).json() == {"length": LARGEST}
        assert (await client.post("/length", content=b"x" * (LARGEST + 1))).status_code == 413


async def test_no_more_connections_are_answered_than_agreed_and_afterwards_all_are_again() -> None:
    async with serving(at_once=5) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        assert (await client.get("/page/7")).status_code == 503

        async def is_answered() -> bool:
            return (await client.get("/page/7")).status_code == 200

        await eventually(is_answered, "answer, once those that say nothing have been let go")
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize("path", ["/page/7/", "/pages/page/7/", "/page", "/pages", "//evil.example/page/7"])
async def test_no_answer_leads_where_the_host_header_says(path: str) -> None:
    async with serving() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get(f"http://127.0.0.1:{port}{path}", headers={"Host": "evil.example"})
        assert answer.status_code == 404
        assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", ["/page/7", "/pages/page/7", "/nowhere", "/fails", "/length", "/live"])
async def test_every_answer_bears_the_headers_errors_included(path: str) -> None:
    async with serving() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
