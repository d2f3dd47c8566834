"""A stand-in for GOV.UK Notify that its own Python client cannot tell from the real one, with letters on our clock.

`python -m deploy.local.notify --port 8100 --folder letters --key NAME-SERVICE-SECRET`. Tests make it fail with
POST /_play {"fail": "500" | "429-rate" | "429-daily" | "accept-then-500" | "accept-then-timeout" | "slow", …} or with
chances (see faults.py), {"receipts": {"twice": 0.5, "late": 3}} and {"status": {ID: "permanent-failure"}}; they set the
service up with {"service": {"trial": true, "limits": {"sms": 1}}} (see `Service`). GET /_ledger tells how many letters
each reference made, /_ledger?type=sms how many texts.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local import printing
from deploy.local.callbacks import Callbacks, Manner
from deploy.local.faults import Faults
from deploy.local.ledger import Item, Ledger
from deploy.local.notify_rules import (
    SENDS,
    Refusal,
    Service,
    asked_of,
    check_day,
    check_recipient,
    check_service,
    check_text,
    check_token,
    unexpected,
)
from deploy.local.notify_templates import fill
from services.notifications.addresses.notify_texts import arriving
from shared.time.clock import Clock

PAGE = 250  # notifications in one answer
_TEST_RECIPIENTS = {
    "temp-fail@simulator.notify": "temporary-failure",
    "perm-fail@simulator.notify": "permanent-failure",
    "07700900003": "temporary-failure",
    "07700900002": "permanent-failure",
}
_FILTERS = {"reference", "status", "template_type", "older_than", "include_jobs"}
_FAILS = {
    "500": (500, "Exception", "Internal server error"),
    "429-rate": (429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
    "429-daily": (429, "TooManyRequestsError", "Exceeded send limits (50) for today"),
}
_AFTER = ("accept-then-500", "accept-then-timeout", "slow")
_FINAL = ("delivered", "temporary-failure", "permanent-failure", "technical-failure")
_TOLD = ("id", "reference", "status", "created_at", "completed_at", "sent_at")


def create(folder: Path, key: str, clock: Clock, callbacks: Callbacks | None = None) -> Starlette:
    """The stand-in as an ASGI application; `key` is `name-serviceid-secret`, as Notify gives keys out."""
    desk = Desk(Ledger(folder), key, clock, callbacks)
    return Starlette(
        routes=[
            Route("/_status", desk.status),
            Route("/_play", desk.play, methods=["POST"]),
            Route("/_ledger", desk.ledger_counts),
            Route("/v2/notifications", desk.find),
            Route("/v2/notifications/{kind:str}", desk.send, methods=["POST"]),
            Route("/v2/notifications/{id:str}", desk.one),
            Route("/v2/notifications/{id:str}/pdf", desk.pdf),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _no_such_route},
    )


class Desk:
    """The endpoints, and the faults that tests have asked for."""

    def __init__(self, ledger: Ledger, key: str, clock: Clock, callbacks: Callbacks | None) -> None:
        self._ledger = ledger
        self._key = key
        self._clock = clock
        self._callbacks = callbacks
        self._faults = Faults((*_FAILS, *_AFTER))
        self._service = Service()
        self._statuses: dict[str, str] = {}
        self._faults_found: dict[str, str | None] = {}

    async def status(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def play(self, request: Request) -> Response:
        """Let sends fail, receipts come twice and late, or a message come to another end."""
        asked = await request.json()
        try:
            waiting = self._faults.play(asked)
        except ValueError as error:
            raise Refusal(400, "BadRequestError", str(error)) from None
        if "service" in asked:
            self._service = _service(asked["service"])
        if self._callbacks is not None and "receipts" in asked:
            self._callbacks.manner = Manner(**asked["receipts"])
        for key, status in asked.get("status", {}).items():
            if status not in _FINAL or key not in self._ledger.items:
                raise Refusal(400, "BadRequestError", f"status: one of {', '.join(_FINAL)}, of a message that is here")
            self._statuses[key] = status
            self._call_back(self._ledger.items[key])
        return JSONResponse({"waiting": waiting})

    async def ledger_counts(self, request: Request) -> Response:
        return JSONResponse(self._ledger.counts(request.query_params.get("type", "letter")))

    async def send(self, request: Request) -> Response:
        """Accept a letter, an email or a text message."""
        check_token(request, self._key)
        kind = request.path_params["kind"]
        if kind not in SENDS:
            raise HTTPException(404)
        fault, seconds = self._faults.take()
        if fault in _FAILS:
            raise Refusal(*_FAILS[fault])
        if fault == "slow":
            await asyncio.sleep(seconds)
        asked = await asked_of(request, kind)
        item = self._letter(asked) if kind == "letter" else self._template_message(kind, asked)
        if self._service.limits:
            check_day(self._service, self._taken_today(item))
        self._ledger.add(item)
        self._call_back(item)
        if fault == "accept-then-timeout":
            await asyncio.sleep(seconds)
        if fault == "accept-then-500":
            raise Refusal(*_FAILS["500"])
        return JSONResponse(_accepted(item), status_code=201)

    async def one(self, request: Request) -> Response:
        check_token(request, self._key)
        return JSONResponse(self._shown(self._item(request)))

    async def find(self, request: Request) -> Response:
        """Notifications, the newest first, a page at a time."""
        check_token(request, self._key)
        asked = dict(request.query_params)
        if unknown := sorted(asked.keys() - _FILTERS):
            raise unexpected(unknown)
        items = self._ledger.of(asked["reference"]) if "reference" in asked else [*self._ledger.items.values()]
        shown = [self._shown(item) for item in reversed(items)]
        if older_than := asked.get("older_than"):
            ids = [each["id"] for each in shown]
            shown = shown[ids.index(older_than) + 1 :] if older_than in ids else []
        for query, field in (("status", "status"), ("template_type", "type")):
            if query in asked:
                wanted = request.query_params.getlist(query)
                shown = [each for each in shown if each[field] in wanted]
        page = shown[:PAGE]
        links = {"current": str(request.url)}
        if page:
            links["next"] = str(request.url.include_query_params(older_than=page[-1]["id"]))
        return JSONResponse({"notifications": page, "links": links})

    async def pdf(self, request: Request) -> Response:
        check_token(request, self._key)
        item = self._item(request)
        if item.type != "letter":
            raise Refusal(400, "BadRequestError", "Notification is not a letter")
        status = self._life(item).status
        if status == "pending-virus-check":
            raise Refusal(400, "PDFNotReadyError", "PDF not available yet, try again later")
        if status == "validation-failed":
            raise Refusal(400, "BadRequestError", "PDF not available for letters in status validation-failed")
        return Response(self._ledger.pdf(item), media_type="application/pdf")

    def _letter(self, asked: dict[str, Any]) -> Item:
        """Taken whatever it is: Notify looks at a letter afterwards, and says then what is wrong with it."""
        check_service("letter", asked, self._service)
        try:
            content = base64.b64decode(asked["content"])
        except (binascii.Error, ValueError):
            content = b""
        reference = asked["reference"]
        return Item(
            id=str(uuid4()),
            type="letter",
            reference=reference,
            accepted_at=self._clock.now(),
            asked={},
            postage=asked.get("postage", "second"),
            file=self._ledger.keep_pdf(reference, content),
        )

    def _template_message(self, kind: str, asked: dict[str, Any]) -> Item:
        recipient = check_recipient(kind, asked, self._service)
        check_service(kind, asked, self._service)
        filled = fill(kind, asked)
        if kind == "sms":
            check_text(filled["body"])
            filled["body"] = arriving(filled["body"], self._service.prefix)
        kept = {**asked, **recipient, **filled}
        return Item(str(uuid4()), kind, asked.get("reference"), self._clock.now(), kept)

    def _taken_today(self, item: Item) -> dict[str, int]:
        """What was taken on this UTC day, by the limits that this message counts to."""
        today = item.accepted_at.astimezone(UTC).date()
        taken = [
            each
            for each in self._ledger.items.values()
            if each.type == item.type and each.accepted_at.astimezone(UTC).date() == today
        ]
        counts = {item.type: len(taken)}
        return counts | ({"international_sms": sum(map(_is_abroad, taken))} if _is_abroad(item) else {})

    def _call_back(self, item: Item) -> None:
        """Report on an email or a text; letters have no receipts."""
        if self._callbacks is None or item.type == "letter":
            return
        shown = self._shown(item)
        to = shown["email_address"] or shown["phone_number"]
        told = {field: shown[field] for field in _TOLD}
        self._callbacks.post({**told, "to": to, "notification_type": item.type, "template_id": shown["template"]["id"]})

    def _life(self, letter: Item) -> printing.Life:
        """Where a letter is. It is looked at when somebody first asks, as Notify looks at it after taking it."""
        if letter.id not in self._faults_found:
            self._faults_found[letter.id] = printing.look(self._ledger.pdf(letter))
        return printing.life(letter.accepted_at, self._faults_found[letter.id], self._clock.now())

    def _item(self, request: Request) -> Item:
        try:
            key = str(UUID(request.path_params["id"]))
        except ValueError:
            raise Refusal(400, "ValidationError", "id is not a valid UUID") from None
        if key not in self._ledger.items:
            raise Refusal(404, "NoResultFound", "No result found")
        return self._ledger.items[key]

    def _shown(self, item: Item) -> dict[str, Any]:
        """A notification as Notify describes it."""
        if item.type == "letter":
            life = self._life(item)
        else:
            recipient = item.asked.get("email_address") or item.asked.get("phone_number") or ""
            status = self._statuses.get(item.id) or _TEST_RECIPIENTS.get(_plain(recipient), "delivered")
            life = printing.Life(status, item.accepted_at, item.accepted_at)
        return {
            "id": item.id,
            "reference": item.reference,
            "type": item.type,
            "status": life.status,
            "email_address": item.asked.get("email_address"),
            "phone_number": item.asked.get("phone_number"),
            **{f"line_{number}": None for number in range(1, 8)},
            "postage": item.postage,
            "template": {"id": item.asked.get("template_id", str(UUID(int=0))), "version": 1, "uri": ""},
            "body": item.asked.get("body", ""),
            "subject": "Pre-compiled PDF" if item.type == "letter" else item.asked.get("subject") or None,
            "created_at": _instant(item.accepted_at),
            "created_by_name": None,
            "sent_at": _instant(life.sent_at),
            "completed_at": _instant(life.completed_at),
            "scheduled_for": None,
        }


def _is_abroad(item: Item) -> bool:
    return item.type == "sms" and not str(item.asked.get("normalised_to", "44")).startswith("44")


def _service(asked: Mapping[str, Any]) -> Service:
    facts: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in asked.items()}
    try:
        return Service(**facts)
    except TypeError:
        names = ", ".join(each.name for each in fields(Service))
        raise Refusal(400, "BadRequestError", f"service: of {names}") from None


def _accepted(item: Item) -> dict[str, Any]:
    if item.type == "letter":
        return {"id": item.id, "reference": item.reference, "postage": item.postage}
    template = {"id": item.asked["template_id"], "version": 1, "uri": ""}
    content = {name: item.asked[name] for name in ("subject", "body") if item.asked[name]}
    return {"id": item.id, "reference": item.reference, "content": content, "uri": "", "template": template}


def _plain(recipient: str) -> str:
    """A recipient as Notify's test addresses are written."""
    return recipient.lower().replace(" ", "").replace("+44", "0", 1)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse({"status_code": error.status_code, "errors": error.errors}, status_code=error.status_code)


async def _no_such_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = "The requested URL was not found on the server." if status == 404 else "The method is not allowed"
    return JSONResponse({"result": "error", "message": message}, status_code=status)


def main(
    port: Annotated[int, typer.Option(help="port to listen on")],
    folder: Annotated[Path, typer.Option(help="where the letters are kept")],
    key: Annotated[str, typer.Option(help="the API key that clients use: name-serviceid-secret")],
    clock_file: Annotated[Path | None, typer.Option(help="the local stack's clock")] = None,
    receipts_url: Annotated[str, typer.Option(help="where receipts of emails and texts are posted")] = "",
    receipts_token: Annotated[str, typer.Option(help="their bearer token")] = "",
    host: Annotated[str, typer.Option(help="address to listen on; 0.0.0.0 in a container")] = "127.0.0.1",
) -> None:
    """Run the stand-in."""
    callbacks = Callbacks(receipts_url, f"Bearer {receipts_token}") if receipts_url else None
    app = create(folder, key, Clock(clock_file), callbacks)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    typer.run(main)
