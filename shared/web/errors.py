"""What somebody is told when there is no page to show: in words, with what to do next; programs get it as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shared.observing.telemetry import log
from shared.web.look import Look
from shared.writing.counting import number_of


@dataclass(frozen=True)
class Trouble:
    """Why there is no page: for people a title and lines, for programs one line."""

    status: int
    title: str
    lines: tuple[str, ...]
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        return {"title": self.title, "lines": self.lines}

    def answer(self, request: Request, look: Look) -> Response:
        """The trouble as whoever asked can read it."""
        if wants_html(request):
            return HTMLResponse(look.html("trouble.html", self.facts), self.status, self.headers)
        return JSONResponse({"error": self.error or self.title}, self.status, self.headers)


def wants_html(request: Request) -> bool:
    """Whether a browser asks: programs do not ask for HTML by name."""
    return "text/html" in request.headers.get("accept", "")


BAD_LINK = Trouble(
    404,
    "This link does not work",
    ("The link is incomplete, or is not one of ours. Open it again from our email, or copy all of it.",),
    "this link is incomplete, or is not one of ours",
)
NOT_FOUND = Trouble(
    404,
    "Page not found",
    ("If you typed the web address, check that it is correct.", "If you pasted it, check that you copied all of it."),
    "there is no such address",
)
NO_METHOD = Trouble(405, "This page cannot be used like that", ("Go back and try again.",), "method not allowed")
NOT_OURS = Trouble(
    403,
    "Please send this again",
    (
        "We could not check that this came from our own page, so nothing was done.",
        "Go back, load the page again, and send it from there. Your browser has to allow cookies from this site.",
    ),
    "proof: open the page first, and send what its form holds",
)
NO_SUBMISSION = Trouble(
    422,
    "Please send this again",
    ("Go back, load the page again, and send it.",),
    "submission: the page's form holds it",
)
TOO_LARGE = Trouble(
    413,
    "That was too long",
    ("Nothing was saved. Go back, shorten what you wrote, and send it again.",),
)
UNAVAILABLE = Trouble(
    503,
    "Sorry, there is a problem with the service",
    ("Please try again in a few minutes.",),
    "the service cannot answer at the moment: try again",
    {"Retry-After": "60"},
)
KEPT = (
    "We could not take what you sent. It is kept on this page: wait a minute, then send it again.",
    "Do not close the page until then.",
)


def too_slow(within: float) -> Trouble:
    words = f"send it within {within:g} seconds"
    return Trouble(408, "That took too long", ("Nothing was saved. Go back and send it again.",), f"body: {words}")


def too_often(seconds: int) -> Trouble:
    """Somebody who asks too often is told when they can go on."""
    wait = number_of(seconds, "second")
    return Trouble(
        429,
        "Too many attempts",
        (f"Please wait {wait} and try again.",),
        f"too many requests: try again in {wait}",
        {"Retry-After": str(seconds)},
    )


def failed(error: Exception) -> Trouble:
    """A fault of ours, with the reference that finds its log line."""
    reference = token_hex(4)
    log.error("page_failed", reference=reference, error=error)
    lines = (
        "Please try again later. If it happens again, contact us with this reference:",
        reference,
    )
    return Trouble(500, "Sorry, there is a problem with the service", lines, f"a fault of ours, reference {reference}")


def of_http(error: HTTPException) -> Trouble:
    """What the router answers by itself."""
    known = {404: NOT_FOUND, 405: NO_METHOD}.get(error.status_code)
    if known is None:
        return Trouble(error.status_code, "This page cannot be shown", ("Go back and try again.",), error.detail)
    return known
