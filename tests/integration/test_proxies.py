"""Who asks is what the ingress says, where the ingress is known; a visitor's own word on it counts for nothing."""

import asyncio

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.web.door import served, web
from shared.web.rates import asking
from tests.waiting import eventually


async def _asking(request: Request) -> PlainTextResponse:
    return PlainTextResponse(asking(request))


@pytest.mark.parametrize(
    ("proxies", "said", "counted"),
    [
        ("127.0.0.0/8", "192.0.2.7", "192.0.2.7"),
        ("127.0.0.0/8,10.0.0.0/8", "203.0.113.9, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("10.0.0.0/8", "192.0.2.7", "127.0.0.1"),
        ("127.0.0.1", "2001:db8:1:2::7", "2001:db8:1:2::/64"),
    ],
    ids=["the ingress's word", "behind two, with one made up", "a stranger's word", "IPv6"],
)
async def test_an_address_is_taken_from_whom_it_may_be(proxies: str, said: str, counted: str) -> None:
    pages = web("pages", [Route("/asking", _asking)], [])
    server = uvicorn.Server(served(pages, "127.0.0.1", 0, proxies=proxies))
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "server")
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/asking", headers={"X-Forwarded-For": said})
        assert answer.text == counted
    finally:
        server.should_exit = True
        await running
