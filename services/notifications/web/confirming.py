"""The page behind a message's own link: looking at it changes nothing, pressing its button does.

Mail programs follow the link that ends a campaign by themselves, with a POST (RFC 8058); scanners only look.
"""

from collections.abc import Awaitable, Callable

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.question import Question
from shared.links import BadLink, Links
from shared.store.documents import Document
from shared.writing.paper import Page, as_html


class Confirming:
    """One kind of link. It names no address: whoever holds the link knows theirs."""

    def __init__(
        self,
        purpose: str,
        ask: Callable[[Document], Awaitable[Question]],
        do: Callable[[Document], Awaitable[Page]],
        deliveries: Deliveries,
        links: Links,
    ) -> None:
        self._purpose = purpose
        self._question = ask
        self._do = do
        self._deliveries = deliveries
        self._links = links

    def routes(self) -> list[BaseRoute]:
        path = f"/{self._purpose}/{{token:str}}"
        return [Route(path, self._ask, methods=["GET"]), Route(path, self._confirmed, methods=["POST"])]

    async def _ask(self, request: Request) -> Response:
        delivery = await self._delivery(request)
        return _bad_link() if delivery is None else _answer(await self._question(delivery))

    async def _confirmed(self, request: Request) -> Response:
        delivery = await self._delivery(request)
        return _bad_link() if delivery is None else _answer(Question(await self._do(delivery)))

    async def _delivery(self, request: Request) -> Document | None:
        try:
            reference = self._links.read(self._purpose, request.path_params["token"])
        except BadLink:
            return None
        return await self._deliveries.get(reference)


def _answer(question: Question, status: int = 200) -> Response:
    button = f'<form method="post"><button type="submit">{escape(question.button)}</button></form>'
    html = as_html(question.page)
    if question.button:
        html = html.replace("</main>", f"{button}</main>")
    return HTMLResponse(html, status)


def _bad_link() -> Response:
    return _answer(Question(Page("This link does not work", (BadLink.__doc__ or "",))), 404)
