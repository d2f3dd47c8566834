"""The page behind a message's own link: looking at it changes nothing, pressing its button does.

Mail programs follow the link that ends a campaign by themselves, with a POST (RFC 8058); scanners only look.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.question import Question
from shared.links import BadLink, Links
from shared.store.documents import Document
from shared.web.forms import Form
from shared.web.site import View
from shared.writing.paper import Page


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

    async def page(self, request: Request, form: Form) -> View:
        """What is asked, or what was done. Raises BadLink."""
        delivery = await self._deliveries.get(self._links.read(self._purpose, request.path_params["token"]))
        if delivery is None:
            raise BadLink("this message is not kept any more")
        pressed = request.method == "POST"
        question = Question(await self._do(delivery)) if pressed else await self._question(delivery)
        return View("question.html", {"title": question.page.title, "page": question.page, "button": question.button})
