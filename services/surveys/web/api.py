"""The small HTTP API beneath the pages: fetch a survey by its link, save, send, withdraw; look at published results.

Anybody with a link can do what it allows, so caches never store responses, and a GET changes nothing. What is sent
takes the same path as a command (responses.py).
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.surveys.answers.answering import Problem
from services.surveys.answers.invitation import Invitation
from services.surveys.answers.submitting import Unanswerable
from services.surveys.answers.view import copy_of, view
from services.surveys.questionnaire.timing import coarse_minutes
from services.surveys.results.themes import came_of, count_told
from services.surveys.results.turnout import Turnout
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.considering import Considering
from services.surveys.store.loop import Loop
from services.surveys.store.publishing import Publishing
from services.surveys.store.responses import Answered, Responses
from shared.contracts.surveys import SaveProgress, SubmitResponse, WithdrawResponse
from shared.contracts.untidy import loads
from shared.decisions.deciding import Refused
from shared.links import BadLink, Links
from shared.messaging.failures import NotYetKnown
from shared.store.documents import NotFound, StoreUnavailable
from shared.time.clock import Clock, utc

_LARGEST = 200_000  # bytes: a long letter in several questions fits, the longest in every question does not
_STATUS = {"answers_wrong": 422, "empty": 422, "nil_with_answers": 422, "no_nil_return": 422, "no_such_version": 422}

Answer = Callable[[Request], Awaitable[JSONResponse]]
Answers = Annotated[dict[str, JsonValue], Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Progress(_Body):
    """Answers so far."""

    edition: Annotated[int, Field(ge=1)] | None = None
    answers: Answers
    begun: Annotated[str, Field(max_length=500)] | None = None
    """As the GET gave it: when the answer was begun."""


class Finished(Progress):
    """A finished answer. `submission`, from the GET, makes it one answer however often it is sent."""

    submission: UUID
    answers: Answers = {}
    nothing_to_say: bool = False


class Withdrawal(_Body):
    """Withdraw the answer; `to_change` keeps it as saved answers."""

    to_change: bool = False


class _Wrong(Exception):
    """An error response: status, code, words, and problems by question."""

    def __init__(self, status: int, code: str, words: str, problems: list[dict[str, str]] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"code": code, "words": words, "problems": problems or []}}


@dataclass(frozen=True)
class ByMethod:
    """What programs get at one address: for each method its own handler."""

    handles: Mapping[str, Answer]

    async def __call__(self, request: Request) -> JSONResponse:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.handles:
            raise HTTPException(405)
        return await _answering(self.handles[method])(request)


def routes(
    links: Links,
    catalogue: Catalogue,
    responses: Responses,
    publishing: Publishing,
    considering: Considering,
    loop: Loop,
    clock: Clock,
) -> tuple[dict[str, ByMethod], list[Route]]:
    """The API, for whoever has a link: what programs get at the addresses of pages, and routes that have no page."""

    async def found(request: Request, purpose: str) -> Invitation:
        invitation = await responses.find(_read(links, purpose, request))
        if invitation is None:
            raise _Wrong(404, "unknown_link", "This link no longer works.")
        return invitation

    async def show(request: Request) -> JSONResponse:
        invitation = await found(request, "answer")
        asked = await responses.asked(invitation)
        if asked is None:
            raise _Wrong(404, "unknown_link", "This link no longer works.")
        now = utc(clock.now())
        shown = view(invitation, asked, request.query_params.get("lang"), now)
        begun = (invitation.progress or {}).get("begun_at") or now
        shown["begun"] = links.token("begun", f"{invitation.id} {begun.isoformat()}")
        shown["submission"] = str(uuid4())
        return _json(shown)

    async def save(request: Request) -> JSONResponse:
        invitation = await found(request, "answer")
        body = await _body(request, Progress)
        command = SaveProgress(
            id=uuid4(),
            time=utc(clock.now()),
            correlation_id=uuid4(),
            invitation=UUID(invitation.id),
            edition=body.edition,
            answers=body.answers,
            begun_at=_begun(links, invitation, body.begun),
        )
        return _json(_saved(await responses.one(command)))

    async def send(request: Request) -> JSONResponse:
        invitation = await found(request, "answer")
        body = await _body(request, Finished)
        now = utc(clock.now())
        begun_at = _begun(links, invitation, body.begun)
        command = SubmitResponse(
            id=uuid4(),
            time=now,
            correlation_id=body.submission,
            invitation=UUID(invitation.id),
            submission=body.submission,
            edition=body.edition,
            answers=body.answers,
            nothing_to_say=body.nothing_to_say,
            begun_at=begun_at,
            minutes=coarse_minutes(begun_at, now),
        )
        after = _done(await responses.one(command))
        if not responses.is_from(after, body.submission):
            raise _Wrong(409, "taken_back", "This answer was withdrawn. Open your link again to send another one.")
        return _json({"accepted": True, "response": after.response})

    async def withdraw(request: Request) -> JSONResponse:
        invitation = await found(request, "answer")
        body = await _body(request, Withdrawal)
        command = WithdrawResponse(
            id=uuid4(),
            time=utc(clock.now()),
            correlation_id=uuid4(),
            invitation=UUID(invitation.id),
            to_change=body.to_change,
        )
        _done(await responses.one(command))
        return _json({"withdrawn": True})

    async def copy(request: Request) -> JSONResponse:
        invitation = await found(request, "copy")
        if invitation.answer is None or invitation.response is None:
            raise _Wrong(404, "no_answer", "There is no answer to show. It was withdrawn, or the survey is anonymous.")
        asked = await responses.asked(invitation, invitation.answer["edition"])
        if asked is None:
            raise _Wrong(404, "unknown_link", "This link no longer works.")
        return _json(copy_of(invitation, asked))

    async def results(request: Request) -> JSONResponse:
        running = await catalogue.one(_read(links, "results", request))
        last = await publishing.last(running)
        if last is None:
            raise _Wrong(404, "no_results", "No results have been published yet.")
        names = ("title", "said", "decision", "reason", "meeting", "clause", "on")
        meetings = await loop.of(running.reference)
        least = last["shown"]["least_shown"]
        themes = [
            {name: theme[name] for name in names}
            | {"count": count_told(theme, least), "meetings": [_came(each) for each in came_of(theme, meetings)]}
            for theme in await considering.themes(running.reference)
            if theme["decision"]
        ]
        return _json({"results": last["shown"], "you_said_we_did": themes})

    pages = {
        "/answer/{token}": ByMethod({"GET": show, "POST": send}),
        "/answer/{token}/withdraw": ByMethod({"POST": withdraw}),
        "/copy/{token}": ByMethod({"GET": copy}),
        "/results/{token}": ByMethod({"GET": results}),
    }
    return pages, [Route("/answer/{token}/progress", _answering(save), methods=["PUT"])]


def _came(meeting: Turnout) -> dict[str, object]:
    return {"title": meeting.title, "when": meeting.when, "what_came_of_it": meeting.words}


def _answering(handle: Answer) -> Answer:
    """Every failure has a clear answer."""

    async def answer(request: Request) -> JSONResponse:
        try:
            return await handle(request)
        except _Wrong as error:
            wrong = error
        except (BadLink, NotFound, NotYetKnown):
            words = "This link is incomplete, or is not one of ours. Open it again from our email."
            wrong = _Wrong(404, "bad_link", words)
        except StoreUnavailable:
            wrong = _Wrong(503, "busy", "We cannot take your answer at the moment. Please send it again in a minute.")
        return _json(wrong.body, wrong.status)

    return answer


async def _body(request: Request, kind: type[Any]) -> Any:
    """The body of a request, at most 200,000 bytes; raises _Wrong."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise _Wrong(413, "too_large", "Your answers are too long. Shorten the longest ones.")
    try:
        return kind.model_validate_json(_whole_signs(bytes(body) or b"{}"))
    except ValidationError as error:
        problems = [
            {"question": ".".join(map(str, each["loc"])), "words": each["msg"]}
            for each in error.errors(include_url=False, include_input=False, include_context=False)[:20]
        ]
        raise _Wrong(400, "not_readable", "We could not read what was sent. See the problems.", problems) from None


def _whole_signs(body: bytes) -> bytes:
    """The body without half characters: a browser may cut a long text in the middle of an emoji."""
    try:
        return json.dumps(loads(body), ensure_ascii=False).encode("utf-8", "ignore")
    except (ValueError, RecursionError):
        return body


def _done(answered: Answered) -> Invitation:
    """The invitation as it is now; raises _Wrong with the refusal."""
    refused = answered.refused
    if isinstance(refused, Unanswerable):
        raise _Wrong(422, refused.code, "Please look again at some of your answers.", _problems(refused.problems))
    if isinstance(refused, Refused):
        raise _Wrong(_STATUS.get(refused.code, 409), refused.code, str(refused))
    if answered.invitation is None:
        raise _Wrong(404, "unknown_link", "This link no longer works.")
    return answered.invitation


def _saved(answered: Answered) -> dict[str, Any]:
    """The response that answers so far are saved, and which of them are not."""
    _done(answered)
    return {"saved": True} | ({"problems": _problems(answered.problems)} if answered.problems else {})


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"question": each.question, "words": each.words} for each in problems]


def _begun(links: Links, invitation: Invitation, token: str | None) -> datetime | None:
    """When an answer was begun, from our signed token; another invitation's token does not count."""
    if token is None:
        return None
    try:
        whose, begun_at = links.read("begun", token).split(" ")
    except (BadLink, ValueError):
        raise _Wrong(400, "not_readable", "begun: send it as the GET gave it, or leave it out.") from None
    return datetime.fromisoformat(begun_at) if whose == invitation.id else None


def _read(links: Links, purpose: str, request: Request) -> str:
    return links.read(purpose, request.path_params["token"])


def _json(body: Any, status: int = 200) -> JSONResponse:
    return JSONResponse(body, status_code=status)
