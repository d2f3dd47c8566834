"""`python -m deploy.local.post_room --port 8080 --mails FOLDER --providers JSON`: what was sent, as a page.

It shows mails, texts and letters as they would arrive, and what is held back, and plays failures of the provider. It
reads the stand-ins' folders and the service's store, and keeps nothing. What a message holds is shown as text, in a
frame that may do nothing, or as a download.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.arrivals import KINDS, Arrivals, Provider, letter_head, letter_pages, recipient_of, words_of
from deploy.local.plays import ENDS, FAILURES, MAIL, MAIL_FAILURES, NotPlayed, bring_back, play, play_mail
from deploy.local.printing import look
from services.notifications.addresses.notify_texts import charged
from services.notifications.addresses.pricing import multiplier
from services.notifications.addresses.sms_parts import cost, size
from services.notifications.asking.record import Record
from services.notifications.settings import WordingSettings
from shared.store.documents import Store
from shared.time.clock import LONDON, Clock, in_words
from shared.writing.characters import is_number

PAGE = 200  # messages in one list
NAMES = {"email": "Email", "sms": "Text message", "letter": "Letter"}
_ALL_FAILURES = {**FAILURES, **MAIL_FAILURES}
_LOCKED = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
_PAGES = f"{_LOCKED}; style-src 'unsafe-inline'; frame-src 'self'; img-src 'self'"
_MAIL = f"sandbox; {_LOCKED}; style-src 'unsafe-inline'"


def create(
    mails: Path,
    providers: Sequence[Provider],
    clock: Clock,
    amqp: str = "",
    mongo: str = "",
    mail_faults: Path | None = None,
) -> Starlette:
    """The post room as an ASGI application; letters come back through the broker at `amqp`.

    What waits to be sent is looked up in the service's own store at `mongo`; without it nothing is said of that. What
    the mail server shall do is written into the file `mail_faults`.
    """
    store = Store(mongo, "notifications") if mongo else None
    room = Room(Arrivals(mails, providers), clock, amqp, store, mail_faults)
    item = "/items/{provider:str}/{id:str}"
    return Starlette(
        routes=[
            Route("/", room.list),
            Route("/ready", room.ready),
            Route("/play", room.play, methods=["POST"]),
            Route("/mails/{name:str}", room.mail),
            Route("/mails/{name:str}/html", room.html),
            Route("/mails/{name:str}/attachments/{number:int}", room.attachment),
            Route(item, room.item),
            Route(f"{item}/letter.pdf", room.pdf),
            Route(f"{item}/pages/{{page:int}}", room.picture),
            Route(f"{item}/end", room.end, methods=["POST"]),
            Route(f"{item}/back", room.back, methods=["POST"]),
        ],
        exception_handlers={KeyError: _not_here, NotPlayed: _not_played},
    )


class Room:
    """The pages."""

    def __init__(
        self, arrivals: Arrivals, clock: Clock, amqp: str, store: Store | None, mail_faults: Path | None
    ) -> None:
        self._arrivals = arrivals
        self._clock = clock
        self._amqp = amqp
        self._store = store
        self._mail_faults = mail_faults

    async def ready(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list(self, request: Request) -> Response:
        asked = request.query_params
        kind, q = asked.get("kind", ""), asked.get("q", "")
        about = await self._about(q.strip())
        found = [each for each in self._arrivals.newest_first() if each.matches(kind, q, about)]
        return _page(
            "post_room.html",
            arrivals=found[:PAGE],
            count=len(found),
            held=await self._held(kind, q),
            kinds=KINDS,
            kind=kind,
            q=q,
            failures=_ALL_FAILURES.items(),
            providers=[*self._arrivals.providers, *([MAIL] if self._mail_faults else [])],
            said=asked.get("said", ""),
            wrong="wrong" in asked,
        )

    async def _about(self, reference: str) -> set[str]:
        """The references of the messages about a case, a notice or a booking, whether or not they name it."""
        if self._store is None or not reference:
            return set()
        return {each["reference"] for each in await Record(self._store).listed(reference, "", PAGE)}

    async def _held(self, kind: str, q: str) -> Sequence[dict[str, Any]]:
        """Messages that wait to be sent, those that go next first: of a kind, and about what is looked for."""
        if self._store is None:
            return ()
        record, about = Record(self._store), q.strip()
        found = [*await record.held(about, PAGE), *await record.listed(about, "held", PAGE)]
        return sorted((each for each in found if kind in ("", each["channel"])), key=lambda each: each["due_at"])

    async def play(self, request: Request) -> Response:
        """Let the next sends through a provider fail."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked: dict[str, Any] = {"fail": form.get("fail", "")}
        asked |= {name: int(form[name]) for name in ("times", "seconds") if is_number(form.get(name, ""))}
        provider = form.get("provider", "")
        if provider == MAIL and self._mail_faults:
            play_mail(self._mail_faults, asked)
        else:
            await play(provider, self._arrivals.providers[provider].url, asked)
        return _back(f"{provider}: next, {_ALL_FAILURES.get(asked['fail'], 'this')}.")

    async def end(self, request: Request) -> Response:
        """Let an accepted message come to another end."""
        status = str((await request.form()).get("status", ""))
        provider, key = request.path_params["provider"], request.path_params["id"]
        await play(provider, self._arrivals.providers[provider].url, {"status": {key: status}})
        return _back(f"{provider}: this message has ended as {status}.")

    async def back(self, request: Request) -> Response:
        """Let the post bring a letter back."""
        _, title = letter_head(self._pdf(request))
        notice = await bring_back(title, self._clock, self._amqp)
        return _back(f"The post has brought the letter of {notice} back.")

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
        item, at = self._item(request), request.url.path
        subject, text = words_of(item)
        rows = [
            ("Reference", item["reference"] or ""),
            ("Accepted", _when(datetime.fromisoformat(item["accepted_at"]))),
        ]
        told: dict[str, Any] = {"ends": ENDS, "at": at}
        recipient = recipient_of(item)
        if item["type"] == "letter":
            pdf = self._pdf(request)
            (recipient, subject), pages = letter_head(pdf), letter_pages(pdf)
            text = "\n\n".join(pages)
            rows += [("Postage", item["postage"]), ("Fault", look(pdf) or "none")]
            told["pdf_at"] = f"{at}/letter.pdf"
            told["pages"] = [f"{at}/pages/{number + 1}" for number in range(len(pages))]
        if item["type"] == "sms":
            subject = subject or "Text message"
            wording, is_notify = WordingSettings(), request.path_params["provider"] == "notify"
            times = multiplier(recipient, wording.sms_multipliers)
            told["cost"] = list(cost(charged(text) if is_notify else size(text), wording.sms_pence_per_part, times))
        rows.insert(0, ("To", recipient))
        return _page("post_room_item.html", kind=item["type"], subject=subject, rows=rows, text=text, **told)

    async def pdf(self, request: Request) -> Response:
        headers = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}
        return Response(self._pdf(request), media_type="application/pdf", headers=headers)

    async def picture(self, request: Request) -> Response:
        asked = request.path_params
        picture = await run_in_threadpool(self._arrivals.picture, asked["provider"], self._item(request), asked["page"])
        return Response(picture, media_type="image/png", headers=_headers(_LOCKED))

    def _item(self, request: Request) -> dict[str, Any]:
        return self._arrivals.items(request.path_params["provider"])[request.path_params["id"]]

    def _pdf(self, request: Request) -> bytes:
        return self._arrivals.pdf(request.path_params["provider"], self._item(request))


def _page(name: str, **told: Any) -> Response:
    return HTMLResponse(
        _TEMPLATES.get_template(name).render(names=NAMES, **{**_NOTHING, **told}), headers=_headers(_PAGES)
    )


def _when(instant: datetime) -> str:
    """By the clock of London."""
    local = instant.astimezone(LONDON)
    return f"{in_words(local.date())}, {local:%H:%M:%S}"


_NOTHING: dict[str, Any] = {
    "html_at": "",
    "pdf_at": "",
    "pages": (),
    "ends": (),
    "at": "",
    "attachments": (),
    "cost": (),
    "text": "",
}
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


def _attachments(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.iter_attachments() if isinstance(part, EmailMessage)]


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


async def _not_played(request: Request, error: Exception) -> Response:
    return _back(str(error), wrong=True)


async def _not_here(request: Request, error: Exception) -> Response:
    return HTMLResponse("<!DOCTYPE html><html lang=en-GB><title>Not here</title><p>This message is not here.", 404)


def main(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")],
    mails: Annotated[Path, typer.Option(help="the mail sink's folder")],
    providers: Annotated[str, typer.Option(help='{"notify": ["FOLDER", "URL"], …}: the stand-ins')],
    clock_file: Annotated[Path | None, typer.Option(help="the local stack's clock")] = None,
    amqp: Annotated[str, typer.Option(help="the broker, for letters that come back", envvar="EVERYDAY_AMQP_URL")] = "",
    mongo: Annotated[str, typer.Option(help="the store, for what waits", envvar="EVERYDAY_MONGO_URL")] = "",
    mail_faults: Annotated[Path | None, typer.Option(help="the file that tells the mail sink how to fail")] = None,
) -> None:
    """Run the post room."""
    known = [Provider(name, Path(folder), url) for name, (folder, url) in json.loads(providers).items()]
    uvicorn.run(
        create(mails, known, Clock(clock_file), amqp, mongo, mail_faults),
        host="127.0.0.1",
        port=port,
        log_level="warning",
    )


if __name__ == "__main__":
    typer.run(main)
