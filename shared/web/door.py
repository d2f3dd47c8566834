"""What every page of a service goes through: headers for each response, and limits on a request's time and size."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.web import errors
from shared.web.errors import Trouble
from shared.web.look import Look

WITHIN = 10.0
"""Seconds within which a request's head has to arrive, and then its body."""
AT_ONCE = 200
"""Connections that one process serves; the next gets 503. With the largest bodies they still fit its memory."""
LARGEST = 262_144  # bytes of a body: more than the longest form or answer of any page


def policy(form_action: str = "'self'") -> str:
    """The content security policy of our pages: they load only our own files, and nobody may frame them."""
    files = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:"
    return f"{files}; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"


HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": policy(),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
"""The headers of every response, unless its page sets others."""


def web(
    name: str,
    public: Sequence[BaseRoute],
    health: Sequence[BaseRoute],
    within: float = WITHIN,
    look: Look | None = None,
) -> ASGIApp:
    """A service's pages: public ones also under its name, so that an ingress without rewriting reaches only those.

    No address is built from a request's Host: a path with an extra slash is not found.
    """
    shown = look or Look()
    routes = [*public, shown.assets.route()]
    under_its_name = Mount(f"/{name}", app=Router(routes, redirect_slashes=False))

    async def by_fault(request: Request, error: Exception) -> Response:
        trouble = errors.of_http(error) if isinstance(error, HTTPException) else errors.failed(error)
        return trouble.answer(request, shown)

    pages = Starlette(
        routes=[*health, *routes, under_its_name],
        exception_handlers={HTTPException: by_fault, Exception: by_fault},
    )
    pages.router.redirect_slashes = False
    return _Door(pages, within, shown)


def served(
    pages: ASGIApp, host: str, port: int, within: float = WITHIN, at_once: int = AT_ONCE, proxies: str = "127.0.0.1"
) -> uvicorn.Config:
    """How pages are served. `proxies`: who may say from which address a request comes."""
    return uvicorn.Config(
        pages,
        host=host,
        port=port,
        http=_Patient,
        timeout_keep_alive=within,  # type: ignore[arg-type]  # seconds, of which asyncio takes parts too
        limit_concurrency=at_once,
        forwarded_allow_ips=proxies,
        log_config=None,
        access_log=False,
        server_header=False,
    )


class _Door:
    """Reads a request whole before its page sees it, and adds the headers to every answer, errors included."""

    def __init__(self, pages: ASGIApp, within: float, look: Look) -> None:
        self._pages = pages
        self._within = within
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        answer = _with_headers(send)
        try:
            async with asyncio.timeout(self._within):
                body = await _body(receive)
        except TimeoutError:
            await self._refuse(errors.too_slow(self._within), scope, receive, answer)
        except _TooLarge:
            largest = replace(errors.TOO_LARGE, error=f"body: at most {LARGEST} bytes")
            await self._refuse(largest, scope, receive, answer)
        except _Gone:
            return
        else:
            await self._pages(scope, _again(body, receive), answer)

    async def _refuse(self, trouble: Trouble, scope: Scope, receive: Receive, send: Send) -> None:
        response = trouble.answer(Request(scope), self._look)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


class _Patient(H11Protocol):
    """Waits for a request's head only as long as for the next request on the same connection."""

    _ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._rest()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._rest()
        elif self._ends is None:
            self._ends = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _rest(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    """The client has gone and does not wait for the response."""


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A request's body as its page receives it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def told() -> Message:
        return first.pop() if first else await receive()

    return told


def _with_headers(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Any = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return told
