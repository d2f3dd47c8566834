"""Results as they were published: tables, the same as pictures, and what was done; for anybody with the link."""

from starlette.requests import Request

from services.surveys.results.report import report
from services.surveys.results.themes import you_said
from services.surveys.store.catalogue import Catalogue
from services.surveys.store.considering import Considering
from services.surveys.store.loop import Loop
from services.surveys.store.publishing import Publishing
from shared.links import Links
from shared.web.errors import Trouble
from shared.web.forms import Form
from shared.web.site import Stop, View

_NOT_YET = Trouble(
    404, "There are no results yet", ("We publish them after the survey has closed. Open the link again later.",)
)


class PublishedPage:
    """Shows what was published and nothing else: what is counted now is the team's."""

    def __init__(
        self, links: Links, catalogue: Catalogue, publishing: Publishing, considering: Considering, loop: Loop
    ) -> None:
        self._links = links
        self._catalogue = catalogue
        self._publishing = publishing
        self._considering = considering
        self._loop = loop

    async def page(self, request: Request, form: Form) -> View:
        """The latest publication. Raises BadLink, NotFound."""
        running = await self._catalogue.one(self._links.read("results", request.path_params["token"]))
        last = await self._publishing.last(running)
        if last is None:
            raise Stop(_NOT_YET)
        shown, themes = last["shown"], await self._considering.themes(running.reference)
        done = you_said(themes, shown["least_shown"], await self._loop.of(running.reference))
        page = report(shown, done)
        return View("results.html", {"title": page.title, "page": page})
