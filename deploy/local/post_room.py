"""`python -m deploy.local.post_room --port 8080 --mails … --letters … --notify URL`: what was sent, as a page.

It shows mails, texts and letters as they would arrive, and plays failures of the provider. It reads the stand-ins'
folders and keeps nothing. What a message holds is shown as text, in a frame that may do nothing, or as a download.
"""

from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx
import typer
import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.arrivals import KINDS, Arrivals, letter_head, letter_pages, words_of
from services.notifications.settings import WordingSettings
from services.notifications.sms_parts import cost, size
from shared.clock import LONDON, in_words

PAGE = 200  # messages in one list
NAMES = {"email": "Email", "sms": "Text message", "letter": "Letter"}
FAILURES = (
    ("500", "the provider fails (500)"),
    ("429-rate", "its rate limit is reached (429)"),
    ("429-daily", "its daily limit is reached (429)"),
    ("slow", "it answers slowly"),
    ("accept-then-timeout", "it accepts and then says nothing"),
    ("permanent-failure", "it accepts and cannot deliver"),
    ("returned", "a letter comes back by post"),
)
_LOCKED = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
_PAGES = f"{_LOCKED}; style-src 'unsafe-inline'; frame-src 'self'; img-src 'self'"
_MAIL = f"sandbox; {_LOCKED}; style-src 'unsafe-inline'"


def create(mails: Path, letters: Path, notify: str) -> Starlette:
    """The post room as an ASGI application."""
    room = Room(Arrivals(mails, letters), notify)
    return Starlette(
        routes=[
            Route("/", room.list),
            Route("/ready", room.ready),
            Route("/play", room.play, methods=["POST"]),
            Route("/mails/{name:str}", room.mail),
            Route("/mails/{name:str}/html", room.html),
            Route("/mails/{name:str}/attachments/{number:int}", room.attachment),
            Route("/items/{id:str}", room.item),
            Route("/items/{id:str}/letter.pdf", room.pdf),
            Route("/items/{id:str}/pages/{page:int}", room.picture),
        ],
        exception_handlers={KeyError: _not_here},
    )


class Room:
    """The pages."""

    def __init__(self, arrivals: Arrivals, notify: str) -> None:
        self._arrivals = arrivals
        self._notify = notify

    async def ready(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list(self, request: Request) -> Response:
        asked = request.query_params
        kind, q = asked.get("kind", ""), asked.get("q", "")
        found = [each for each in self._arrivals.newest_first() if each.matches(kind, q)]
        return _page(
            "post_room.html",
            arrivals=found[:PAGE],
            count=len(found),
            kinds=KINDS,
            kind=kind,
            q=q,
            failures=FAILURES,
            said=asked.get("said", ""),
            wrong="wrong" in asked,
        )

    async def play(self, request: Request) -> Response:
        """Hand a failure over to the stand-in, and say what it answered."""
        form = await request.form()
        asked = {name: str(value) for name, value in form.items() if value}
        numbers = {name: float(asked[name]) for name in ("times", "seconds") if asked.get(name, "").isdigit()}
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.post(f"{self._notify}/_play", json={**asked, **numbers})
        except httpx.TransportError as error:
            return _back(f"The stand-in does not answer ({type(error).__name__}): is the stack running?", wrong=True)
        if answer.is_error:
            return _back(f"The stand-in refuses this: {_refusal(answer)}", wrong=True)
        words = dict(FAILURES).get(asked.get("fail", ""), "what was asked")
        return _back(f"The next messages will see this: {words}.")

    async def mail(self, request: Request) -> Response:
        name = request.path_params["name"]
        mail = self._arrivals.mail(name)
        text = mail.get_body(("plain",))
        return _page(
            "post_room_item.html",
            kind="email",
            subject=str(mail["Subject"]),
            rows=[(header, str(value)) for header, value in mail.items()],
            html_at=f"/mails/{name}/html" if mail.get_body(("html",)) else "",
            attachments=[
                {"at": f"/mails/{name}/attachments/{number}", "name": each.get_filename() or "attachment",
                 "type": each.get_content_type(), "bytes": len(_content(each))}
                for number, each in enumerate(_attachments(mail))
            ],
            text=str(text.get_content()) if text else "",
        )  # fmt: skip

    async def html(self, request: Request) -> Response:
        """The HTML part by itself: no script of it runs, nothing is loaded, and it can lead nowhere."""
        part = self._arrivals.mail(request.path_params["name"]).get_body(("html",))
        if part is None:
            raise KeyError("html")
        return HTMLResponse(str(part.get_content()), headers=_headers(_MAIL))

    async def attachment(self, request: Request) -> Response:
        """An attachment as a download, never as a page."""
        parts = _attachments(self._arrivals.mail(request.path_params["name"]))
        number = request.path_params["number"]
        if number >= len(parts):
            raise KeyError(number)
        headers = {**_headers(_LOCKED), "Content-Disposition": "attachment"}
        return Response(_content(parts[number]), media_type="application/octet-stream", headers=headers)

    async def item(self, request: Request) -> Response:
        item = self._arrivals.items()[request.path_params["id"]]
        subject, text = words_of(item)
        rows = [
            ("Reference", item["reference"] or ""),
            ("Accepted", _when(datetime.fromisoformat(item["accepted_at"]))),
        ]
        told: dict[str, Any] = {}
        if item["type"] == "letter":
            pdf = self._arrivals.pdf(item)
            (recipient, subject), pages = letter_head(pdf), letter_pages(pdf)
            text = "\n\n".join(pages)
            rows += [("To", recipient), ("Postage", item["postage"]), ("Fault", item["fault"] or "none")]
            told["pdf_at"] = f"/items/{item['id']}/letter.pdf"
            told["pages"] = [f"/items/{item['id']}/pages/{number + 1}" for number in range(len(pages))]
        else:
            rows.insert(0, ("To", item["asked"].get("email_address") or item["asked"].get("phone_number")))
        if item["type"] == "sms":
            subject = subject or "Text message"
            told["cost"] = list(cost(size(text), WordingSettings().sms_pence_per_part))
        return _page("post_room_item.html", kind=item["type"], subject=subject, rows=rows, text=text, **told)

    async def pdf(self, request: Request) -> Response:
        item = self._arrivals.items()[request.path_params["id"]]
        headers = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}
        return Response(self._arrivals.pdf(item), media_type="application/pdf", headers=headers)

    async def picture(self, request: Request) -> Response:
        item = self._arrivals.items()[request.path_params["id"]]
        picture = await run_in_threadpool(self._arrivals.picture, item, request.path_params["page"])
        return Response(picture, media_type="image/png", headers=_headers(_LOCKED))


def _page(name: str, **told: Any) -> Response:
    return HTMLResponse(
        _TEMPLATES.get_template(name).render(names=NAMES, **{**_NOTHING, **told}), headers=_headers(_PAGES)
    )


def _when(instant: datetime) -> str:
    """By the clock of London."""
    local = instant.astimezone(LONDON)
    return f"{in_words(local.date())}, {local:%H:%M:%S}"


_NOTHING: dict[str, Any] = {"html_at": "", "pdf_at": "", "pages": (), "attachments": (), "cost": (), "text": ""}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["when"] = _when


def _headers(security: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": security,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _back(said: str, *, wrong: bool = False) -> Response:
    return RedirectResponse(f"/?{urlencode({'said': said} | ({'wrong': '1'} if wrong else {}))}", 303)


def _refusal(answer: httpx.Response) -> str:
    """What the stand-in says is wrong, in Notify's form or in any other."""
    try:
        return "; ".join(str(error["message"]) for error in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"


def _attachments(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.iter_attachments() if isinstance(part, EmailMessage)]


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


async def _not_here(request: Request, error: Exception) -> Response:
    return HTMLResponse("<!DOCTYPE html><html lang=en-GB><title>Not here</title><p>This message is not here.", 404)


def main(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")],
    mails: Annotated[Path, typer.Option(help="the mail sink's folder")],
    letters: Annotated[Path, typer.Option(help="the Notify stand-in's folder")],
    notify: Annotated[str, typer.Option(help="the Notify stand-in's address, for playing failures")],
) -> None:
    """Run the post room."""
    uvicorn.run(create(mails, letters, notify), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    typer.run(main)
