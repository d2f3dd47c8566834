"""What a link of a booking opens: the booking, its meeting, and whose link it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.bookings.booking.booking import Booking
from services.bookings.booking.events import BOOKER, whose
from services.bookings.places.meeting import Meeting
from services.bookings.store.looking import Looking
from services.bookings.web import pages
from services.bookings.web.pages import Answer
from shared.contracts.hosting import BookingCommand
from shared.contracts.meetings import Booker
from shared.identity import derived
from shared.links import BadLink, Links
from shared.time.clock import Clock
from shared.web.forms import Form
from shared.web.site import Handle, View

_PRESSED = UUID("ea0d4b6e-5b0a-4b0c-8a0b-3a9e0d5b1c70")
_LONGEST_TOKEN = 200  # characters; ours have about 60

B = TypeVar("B", bound=BookingCommand)


@dataclass(frozen=True)
class Opened:
    """A link that was read: the booking, its meeting, and who opened it."""

    booking: Booking
    meeting: Meeting
    by: Booker | None

    def command(self, kind: type[B], what: str, clock: Clock, **facts: Any) -> B:
        """The command behind a button; pressed twice it is the same command."""
        key = f"{what}:{whose(self.booking)}:{self.booking.offer_until}:{self.meeting.revision}"
        return kind.model_validate(
            {
                "id": derived(_PRESSED, key),
                "time": clock.now(),
                "subject": self.booking.reference,
                "correlation_id": self.booking.correlation_id,
                "booking": self.booking.reference,
                "by": self.by,
                "turn": None if self.by else self.booking.turn,
                **facts,
            }
        )


Show = Callable[[Request, Form, Opened], Awaitable[Response | Answer]]


class Opening:
    """Reads links. `base` is the path below which people reach the service."""

    def __init__(self, looking: Looking, links: Links, base: str) -> None:
        self._looking = looking
        self._links = links
        self._base = base

    def page(self, purpose: str, show: Show) -> Handle:
        """The handler behind links of this purpose; after a button the browser goes on to the page of its result."""

        async def answered(request: Request, form: Form) -> Response | View:
            opened = await self._opened(purpose, request.path_params["token"])
            answer = await show(request, form, opened) if opened else pages.handed_over()
            if not isinstance(answer, Answer):
                return answer
            if request.method == "POST" and answer.is_done:
                return RedirectResponse(f"{self._base}/{purpose}/{request.path_params['token']}?done=yes", 303)
            return answer.view

        return answered

    async def _opened(self, purpose: str, token: str) -> Opened | None:
        """What a link opens; None where the booking has passed to somebody else. Raises BadLink, NotFound."""
        if len(token) > _LONGEST_TOKEN:
            raise BadLink("this link is longer than ours are")
        reference, _, who = self._links.read(purpose, token).partition(".")
        booking, meeting = await self._looking.booking(reference)
        if who == BOOKER:
            return Opened(booking, meeting, booking.booked_by)
        return Opened(booking, meeting, None) if who == str(booking.turn) else None
