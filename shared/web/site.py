"""A service's pages, put together: each is listed, and each has the same bounds, proofs, look and errors."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from shared.links import BadLink
from shared.observing.telemetry import log
from shared.store.documents import NotFound, StoreUnavailable
from shared.web import errors
from shared.web.door import policy
from shared.web.errors import Trouble
from shared.web.forms import Form, NotFromOurPage, Proofs, TooLarge, read
from shared.web.look import Look
from shared.web.rates import Rates, asking
from shared.web.registry import Listed

MISTAKES = 120
"""Bad links and codes a minute from one address; more than that is somebody guessing."""


@dataclass(frozen=True)
class View:
    """A page as it is answered with: its template, what it shows, and its status."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Stop(Exception):
    """There is no page to show."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.title)
        self.trouble = trouble


Handle = Callable[[Request, Form], Awaitable[View | Response]]
Data = Callable[[Request], Awaitable[Response]]


class Site:
    """The pages of one service.

    Args:
        key: the secret that proves its forms.
        visits: how often one address may ask for pages in a minute.
    """

    def __init__(self, look: Look, key: str, visits: int) -> None:
        self.look = look
        self._proofs = Proofs(key, look.is_secure)
        self._visits = Rates(visits)
        self._mistakes = Rates(MISTAKES)

    def routes(
        self, listed: Sequence[Listed], pages: Mapping[str, Handle], data: Mapping[str, Data] | None = None
    ) -> list[BaseRoute]:
        """A route for every listed page. `data`: what programs get at the address of a page.

        Raises ValueError if a page is listed but missing, or the other way round.
        """
        if {each.path for each in listed} != pages.keys():
            raise ValueError("every page stands in the list of pages, and every listed page is there")
        return [self._route(each, pages[each.path], (data or {}).get(each.path)) for each in listed]

    def _route(self, page: Listed, handle: Handle, data: Data | None) -> Route:
        async def answer(request: Request) -> Response:
            if data is not None and _is_program(request):
                return await data(request)
            if request.method == "POST" and not page.form:
                return errors.NO_METHOD.answer(request, self.look)
            return await self._answer(request, page, handle)

        return Route(page.path, answer, methods=["GET", "POST"] if page.form or data else ["GET"])

    async def _answer(self, request: Request, page: Listed, handle: Handle) -> Response:
        form = Form()
        try:
            if seconds := self._visits.wait(asking(request)):
                raise Stop(errors.too_often(seconds))
            if request.method == "POST":
                form = await read(request, page.longest)
                if not any(each in form for each in page.by_machines):
                    self._proofs.check(request, form)
            answer = await handle(request, form)
        except Stop as stop:
            answer = _view(stop.trouble)
        except (BadLink, NotFound):
            answer = _view(self.mistake(request))
        except NotFromOurPage:
            log.info("form_refused", code="not_from_our_page")
            answer = _view(errors.NOT_OURS)
        except TooLarge:
            answer = _view(errors.TOO_LARGE)
        except StoreUnavailable as error:
            log.warning("page_unavailable", error=error)
            answer = _view(errors.UNAVAILABLE, form)
        return answer if isinstance(answer, Response) else self._shown(request, page, answer)

    def mistake(self, request: Request, trouble: Trouble = errors.BAD_LINK) -> Trouble:
        """The answer to somebody who has opened a bad link or typed a wrong code again and again."""
        seconds = self._mistakes.wait(asking(request))
        return errors.too_often(seconds) if seconds else trouble

    def _shown(self, request: Request, page: Listed, view: View) -> Response:
        proof = self._proofs.of(request)
        html = self.look.html(view.template, {**view.facts, "proof": proof.field})
        response = HTMLResponse(html, view.status, view.headers)
        if page.leads_out:
            response.headers["Content-Security-Policy"] = policy(form_action="'self' https: http:")
        self._proofs.keep(response, proof)
        return response


def submission_of(form: Form) -> UUID:
    """The id that a page gave its form, so that sending it twice is sending it once. Raises Stop."""
    try:
        return UUID(form.one("submission"))
    except ValueError:
        raise Stop(errors.NO_SUBMISSION) from None


def _view(trouble: Trouble, form: Form | None = None) -> View:
    kept = {"lines": errors.KEPT, "again": form.fields} if form and form.fields else {}
    return View("trouble.html", {**trouble.facts, **kept}, trouble.status, trouble.headers)


def _is_program(request: Request) -> bool:
    """Whether a program asks: it reads no HTML, and sends no forms."""
    if request.method == "POST":
        return not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return not errors.wants_html(request)
