"""A stand-in for Sinch's SMS REST API: batches of one recipient, asked for by `client_reference`, with callbacks.

`python -m deploy.local.sinch --port 8101 --folder texts --plan PLAN --token TOKEN`. Tests make it fail with POST /_play
{"fail": "500" | "429" | "accept-then-500" | "accept-then-timeout" | "slow", …} or with chances (see faults.py) and
{"receipts": {"twice": 0.5, "late": 3}}; GET /_ledger tells how many texts each reference made.
"""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.callbacks import Callbacks, Manner
from deploy.local.faults import Faults
from deploy.local.ledger import Item, Ledger
from shared.time.clock import Clock

_FAILS = {"500": 500, "429": 429}
_AFTER = ("accept-then-500", "accept-then-timeout", "slow")
_REQUIRED = {"to", "body"}
_KNOWN = {"from", "type", "delivery_report", "client_reference", "callback_url", "expire_at", "send_at", *_REQUIRED}
_FAILURES = {"permanent-failure": ("Failed", 402), "temporary-failure": ("Expired", 406)}
_ENDS = {"+447700900002": _FAILURES["permanent-failure"], "+447700900003": _FAILURES["temporary-failure"]}
"""The same test numbers as GOV.UK Notify has, and how their texts end."""
_LARGEST_PAGE = 100
_E164 = re.compile(r"\+?[1-9][0-9]{6,14}")


class Refusal(HTTPException):
    """One of Sinch's errors, with its body."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(status)
        self.body = {"code": code, "text": text}


def create(folder: Path, plan: str, token: str, clock: Clock, callbacks: Callbacks | None = None) -> Starlette:
    """The stand-in as an ASGI application for one service plan."""
    desk = Desk(Ledger(folder), token, clock, callbacks)
    path = f"/xms/v1/{plan}/batches"
    return Starlette(
        routes=[
            Route("/_status", desk.status),
            Route("/_play", desk.play, methods=["POST"]),
            Route("/_ledger", desk.ledger_counts),
            Route(path, desk.send, methods=["POST"]),
            Route(path, desk.find),
            Route(f"{path}/{{id:str}}", desk.one),
            Route(f"{path}/{{id:str}}/delivery_report", desk.report),
        ],
        exception_handlers={Refusal: _refused},
    )


class Desk:
    """The endpoints, and the faults that tests have asked for."""

    def __init__(self, ledger: Ledger, token: str, clock: Clock, callbacks: Callbacks | None) -> None:
        self._ledger = ledger
        self._token = token
        self._clock = clock
        self._callbacks = callbacks
        self._faults = Faults((*_FAILS, *_AFTER))
        self._ends: dict[str, tuple[str, int]] = {}

    async def status(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def play(self, request: Request) -> Response:
        asked = await request.json()
        try:
            waiting = self._faults.play(asked)
        except ValueError as error:
            raise Refusal(400, "syntax_invalid_parameter_format", str(error)) from None
        if self._callbacks is not None and "receipts" in asked:
            self._callbacks.manner = Manner(**asked["receipts"])
        for key, status in asked.get("status", {}).items():
            if status not in _FAILURES or key not in self._ledger.items:
                raise Refusal(400, "syntax_invalid_parameter_format", f"status: one of {', '.join(_FAILURES)}")
            self._ends[key] = _FAILURES[status]
            self._call_back(self._ledger.items[key])
        return JSONResponse({"waiting": waiting})

    async def ledger_counts(self, request: Request) -> Response:
        return JSONResponse(self._ledger.counts("sms"))

    async def send(self, request: Request) -> Response:
        self._check(request)
        fault, seconds = self._faults.take()
        if fault in _FAILS:
            raise Refusal(_FAILS[fault], "unknown_error" if fault == "500" else "too_many_requests", fault)
        if fault == "slow":
            await asyncio.sleep(seconds)
        asked = await _asked_of(request)
        item = Item(str(uuid4()), "sms", asked.get("client_reference"), self._clock.now(), asked)
        self._ledger.add(item)
        self._call_back(item)
        if fault == "accept-then-timeout":
            await asyncio.sleep(seconds)
        if fault == "accept-then-500":
            raise Refusal(500, "unknown_error", "500")
        return JSONResponse(_shown(item), status_code=201)

    async def find(self, request: Request) -> Response:
        """Batches, the newest first, a page at a time; those of the last day where no date is given."""
        self._check(request)
        asked = request.query_params
        since = asked.get("start_date")
        start = datetime.fromisoformat(since) if since else self._clock.now() - timedelta(days=1)
        reference = asked.get("client_reference")
        items = self._ledger.of(reference) if reference else [*self._ledger.items.values()]
        found = [item for item in reversed(items) if item.accepted_at >= start]
        page, size = int(asked.get("page", 0)), min(int(asked.get("page_size", 30)), _LARGEST_PAGE)
        shown = [_shown(item) for item in found[page * size : (page + 1) * size]]
        return JSONResponse({"page": page, "page_size": len(shown), "count": len(found), "batches": shown})

    async def one(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse(_shown(self._item(request)))

    async def report(self, request: Request) -> Response:
        self._check(request)
        item = self._item(request)
        status, code = self._ends.get(item.id) or _end(item)
        statuses = [{"code": code, "status": status, "count": 1, "recipients": item.asked["to"]}]
        said = {"type": "delivery_report_sms", "batch_id": item.id, "total_message_count": 1, "statuses": statuses}
        return JSONResponse({**said, "client_reference": item.reference})

    def _call_back(self, item: Item) -> None:
        """Report what has become of a text, where its batch has asked for that."""
        if self._callbacks is None or item.asked.get("delivery_report") != "per_recipient_final":
            return
        status, code = self._ends.get(item.id) or _end(item)
        at = _instant(self._clock.now())
        told = {"at": at, "operator_status_at": at, "code": code, "status": status, "recipient": item.asked["to"][0]}
        about = {"type": "recipient_delivery_report_sms", "batch_id": item.id, "client_reference": item.reference}
        self._callbacks.post({**about, **told})

    def _item(self, request: Request) -> Item:
        item = self._ledger.items.get(request.path_params["id"])
        if item is None:
            raise Refusal(404, "not_found", "no such batch")
        return item

    def _check(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            raise Refusal(401, "unauthorized", "the token of this service plan is needed")


async def _asked_of(request: Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        raise Refusal(400, "syntax_invalid_json", "invalid json") from None
    if not isinstance(asked, dict) or _REQUIRED - asked.keys() or asked.keys() - _KNOWN:
        raise Refusal(400, "syntax_invalid_parameter_format", "unknown or missing parameter")
    numbers = asked["to"]
    if not isinstance(numbers, list) or len(numbers) != 1 or not _E164.fullmatch(str(numbers[0])):
        raise Refusal(400, "syntax_invalid_parameter_format", "invalid MSISDN in to")
    if not str(asked["body"]) or len(str(asked["body"])) > 2000:
        raise Refusal(400, "syntax_constraint_violation", "body has 1 to 2000 characters")
    return dict(asked)


def _shown(item: Item) -> dict[str, Any]:
    at = _instant(item.accepted_at)
    return {**item.asked, "id": item.id, "type": "mt_text", "created_at": at, "modified_at": at, "canceled": False}


def _end(item: Item) -> tuple[str, int]:
    return _ENDS.get(item.asked["to"][0], ("Delivered", 0))


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.body, status_code=error.status_code)


def main(
    port: Annotated[int, typer.Option(help="port to listen on")],
    folder: Annotated[Path, typer.Option(help="where the texts are kept")],
    plan: Annotated[str, typer.Option(help="the service plan that clients use")],
    token: Annotated[str, typer.Option(help="its token")],
    clock_file: Annotated[Path | None, typer.Option(help="the local stack's clock")] = None,
    receipts_url: Annotated[str, typer.Option(help="where receipts are posted")] = "",
    receipts_authorization: Annotated[str, typer.Option(help="with which header")] = "",
    host: Annotated[str, typer.Option(help="address to listen on; 0.0.0.0 in a container")] = "127.0.0.1",
) -> None:
    """Run the stand-in."""
    callbacks = Callbacks(receipts_url, receipts_authorization) if receipts_url else None
    app = create(folder, plan, token, Clock(clock_file), callbacks)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    typer.run(main)
