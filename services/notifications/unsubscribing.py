"""The link that ends campaign messages: mail programs follow it by themselves (RFC 8058), people are asked first."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from services.notifications.deliveries import Deliveries
from services.notifications.preferences import Preferences
from services.notifications.sending import UNSUBSCRIBE
from shared.clock import Clock
from shared.links import BadLink, Links
from shared.paper import Page, as_html
from shared.store import Document
from shared.telemetry import log

_FORM = '<form method="post"><button type="submit">Stop these messages</button></form></body>'


class Unsubscribing:
    """The page behind the link. It names no address: whoever holds the link knows theirs."""

    def __init__(self, deliveries: Deliveries, preferences: Preferences, links: Links, clock: Clock) -> None:
        self._deliveries = deliveries
        self._preferences = preferences
        self._links = links
        self._clock = clock

    def routes(self) -> list[BaseRoute]:
        path = f"/{UNSUBSCRIBE}/{{token:str}}"
        return [Route(path, self._ask, methods=["GET"]), Route(path, self._stop, methods=["POST"])]

    async def _ask(self, request: Request) -> Response:
        if await self._delivery(request) is None:
            return _page("This link does not work", BadLink.__doc__ or "", status=404)
        page = Page("Stop these messages?", ("You will not be sent messages of this kind at this address any more.",))
        return HTMLResponse(as_html(page).replace("</body>", _FORM))

    async def _stop(self, request: Request) -> Response:
        delivery = await self._delivery(request)
        if delivery is None:
            return _page("This link does not work", BadLink.__doc__ or "", status=404)
        await self._preferences.unsubscribe(
            delivery["channel"], delivery["address"], delivery["category"], self._clock.now()
        )
        log.info("unsubscribed", delivery=delivery["_id"], category=delivery["category"])
        return _page("You have stopped these messages", "We will not send you messages of this kind any more.")

    async def _delivery(self, request: Request) -> Document | None:
        try:
            reference = self._links.read(UNSUBSCRIBE, request.path_params["token"])
        except BadLink:
            return None
        return await self._deliveries.get(reference)


def _page(title: str, line: str, status: int = 200) -> Response:
    return HTMLResponse(as_html(Page(title, (line,))), status_code=status)
