"""What a link opens: whose answer to which survey, how much of it is there, and when it was begun."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from starlette.requests import Request

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Running
from services.surveys.answers.submitting import Asked
from services.surveys.store.responses import Responses
from services.surveys.web.sitting import Sitting, carried, language_of
from shared.links import BadLink, Links
from shared.time.clock import Clock, utc
from shared.web.forms import Form
from shared.writing.characters import is_number


class Shelf(Protocol):
    """Where surveys are found."""

    async def one(self, reference: str) -> Running: ...
    async def asked(self, running: Running, number: int | None = None) -> Asked | None: ...


class Opening:
    """Reads links. `base` is the path below which people reach the service."""

    def __init__(self, links: Links, catalogue: Shelf, responses: Responses, clock: Clock, base: str) -> None:
        self._links = links
        self._catalogue = catalogue
        self._responses = responses
        self._clock = clock
        self._base = base

    async def sitting(self, request: Request, form: Form) -> Sitting:
        purpose = "preview" if "/preview/" in request.url.path else "answer"
        said = form.one("edition")[:9]
        edition = int(said) if is_number(said) else None
        if purpose == "preview":
            invitation = None
            running = await self._catalogue.one(self._links.read("preview", request.path_params["token"]))
            asked = await self._catalogue.asked(running, edition)
        else:
            invitation = await self.invitation("answer", request)
            asked = await self._responses.asked(invitation, edition)
        if asked is None:
            raise BadLink("there is no such version")
        path = f"{self._base}/{purpose}/{request.path_params['token']}"
        language = language_of(asked, form.one("lang") or request.query_params.get("lang", ""))
        progress = (invitation.progress if invitation else None) or {}
        sitting = Sitting(asked, path, progress.get("answers", {}), language, form.one("begun"), invitation)
        if sitting.is_carried and "so_far" in form:
            sitting = sitting.with_answers(carried(asked, form))
        return sitting if sitting.begun or invitation is None else self._begins(sitting, progress.get("begun_at"))

    def _begins(self, sitting: Sitting, begun_at: datetime | None) -> Sitting:
        """The sitting with a signed time of when it was begun, if that was before the close."""
        at = begun_at or utc(self._clock.now())
        if sitting.asked.running.window.phase(at) != "open" or sitting.invitation is None:
            return sitting
        return replace(sitting, begun=self._links.token("begun", f"{sitting.invitation.id} {at.isoformat()}"))

    def begun(self, sitting: Sitting) -> datetime | None:
        """When an answer was begun, as we signed it; the signature for another invitation does not count."""
        try:
            whose, at = self._links.read("begun", sitting.begun).split(" ")
        except (BadLink, ValueError):
            return None
        return datetime.fromisoformat(at) if sitting.invitation and whose == sitting.invitation.id else None

    async def invitation(self, purpose: str, request: Request) -> Invitation:
        """Whose link it is. Raises BadLink."""
        invitation = await self._responses.find(self._links.read(purpose, request.path_params["token"]))
        if invitation is None:
            raise BadLink("there is no such invitation")
        return invitation
