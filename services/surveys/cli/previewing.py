"""`everyday surveys preview`: a draft as its respondents will see it, in a browser, before anybody is asked."""

from secrets import token_hex
from typing import Annotated, Any

import typer
import uvicorn
from starlette.types import ASGIApp

from services.surveys.answers.running import Edition, Running
from services.surveys.answers.submitting import Asked
from services.surveys.cli.asking import read
from services.surveys.cli.authoring import File
from services.surveys.questionnaire.document import Survey, sha256
from services.surveys.web.answering import AnsweringPages
from services.surveys.web.listed import PAGES
from services.surveys.web.opening import Opening
from shared.cli.output import out
from shared.links import Links
from shared.running.settings import AuthoritySettings
from shared.time.clock import Clock
from shared.web.door import served, web
from shared.web.look import Look
from shared.web.site import Site

_DRAFT = "draft"
_VISITS = 6_000  # a minute: one author, on their own machine


class Draft:
    """A survey that nobody has published."""

    def __init__(self, survey: Survey, links: Links) -> None:
        self._survey = survey
        self._links = links

    async def one(self, reference: str) -> Running:
        survey = self._survey
        edition = Edition(1, "", sha256(survey))
        return Running(
            reference, "", survey.title, survey.mode, survey.consultation is not None, survey.window, (edition,)
        )

    async def asked(self, running: Running, number: int | None = None) -> Asked | None:
        return Asked(running, self._survey, 1, self._links.make)


def add_to(app: typer.Typer) -> None:
    app.command("preview")(preview)


def preview(file: File, port: Annotated[int, typer.Option(help="of the address that is opened")] = 8090) -> None:
    """Look at a draft in a browser, question by question; nothing is kept or sent. Needs no running stack.

    Example: everyday surveys preview services/surveys/examples/code-of-conduct.yaml
    """
    address, pages = previewed(read(file), f"http://127.0.0.1:{port}")
    out.print(f"open {address} · Ctrl-C ends it", soft_wrap=True, markup=False)
    uvicorn.Server(served(pages, "127.0.0.1", port)).run()


def previewed(survey: Survey, at: str) -> tuple[str, ASGIApp]:
    """The address of a draft's first page, and its pages."""
    key = token_hex(16)
    links, look = Links(key, at), Look(AuthoritySettings().page_authority(), at, "services.surveys.web")
    nobody: Any = None  # who looks at a draft has no invitation, and sends nothing
    opening = Opening(links, Draft(survey, links), nobody, Clock(), "")
    pages = AnsweringPages(opening, nobody, Clock()).pages()
    listed = tuple(each for each in PAGES if each.path.startswith("/preview/"))
    routes = Site(look, key, _VISITS).routes(listed, {each.path: pages[each.path] for each in listed})
    return links.make("preview", _DRAFT), web("surveys", routes, [], look=look)
