"""The addresses behind links. Looking at one changes nothing; only pressing a button does.

That goes for the joining link too: mail scanners open links in real browsers, which look like a person's.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.bookings.booking import evaluation
from services.bookings.booking.booking import Booking
from services.bookings.booking.certificates import certificate
from services.bookings.booking.telling import BOOKER, Telling, whose
from services.bookings.places.meeting import Meeting
from services.bookings.places.rules import Rules
from services.bookings.store.attendance import Attendance
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from services.bookings.web import pages
from services.bookings.web.pages import Answer
from shared.contracts.hosting import AcceptOffer, BookingCommand, CancelBooking, ConfirmComing, DeclineOffer
from shared.contracts.meetings import Booker
from shared.identity import derived
from shared.links import BadLink, Links
from shared.observing.telemetry import log
from shared.people.invitations import invitation
from shared.store.documents import NotFound, StoreUnavailable
from shared.time.clock import Clock
from shared.web import policy

_PRESSED = UUID("ea0d4b6e-5b0a-4b0c-8a0b-3a9e0d5b1c70")
_LONGEST_TOKEN = 200  # characters; ours have about 60
_LONGEST_FORM = 2000  # bytes
_LONGEST_EVALUATION = 80_000  # bytes: a character of an answer may take up to twelve
_MISTAKES = 120  # bad links and codes per minute and process; more than that is somebody guessing
_POLICY = policy(form_action="'self' https: http:")
"""Where a form leads counts as well: pressing "Join now" leads to the host's own meeting."""

_BOTH = ["GET", "POST"]

B = TypeVar("B", bound=BookingCommand)


class Mistakes:
    """Counts bad links and codes of the last minute, so that nobody can try many."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def one_more(self) -> bool:
        """Whether one more mistake is still within the limit."""
        now = time.monotonic()
        while self._moments and self._moments[0] < now - 60:
            self._moments.popleft()
        if len(self._moments) >= _MISTAKES:
            return False
        self._moments.append(now)
        return True


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
                "correlation_id": self.booking.story,
                "booking": self.booking.reference,
                "by": self.by,
                "turn": None if self.by else self.booking.turn,
                **facts,
            }
        )


Handle = Callable[[Request, Opened], Awaitable[Response | Answer]]


@dataclass(frozen=True)
class Pages:
    """What stands behind each address."""

    meetings: Meetings
    attendance: Attendance
    looking: Looking
    telling: Telling
    links: Links
    rules: Rules
    clock: Clock
    mistakes: Mistakes = field(default_factory=Mistakes)

    def routes(self) -> list[BaseRoute]:
        """Every address that a link of this service leads to."""
        asking = (
            ("join", self.join),
            ("cancel", self.cancel),
            ("offer", self.offer),
            ("still-coming", self.still_coming),
            ("evaluate", self.evaluate),
        )
        showing = ("calendar", self.calendar), ("certificate", self.certificate)
        return [
            *(Route(f"/{purpose}/{{token}}", self._behind(purpose, page), methods=_BOTH) for purpose, page in asking),
            *(Route(f"/{purpose}/{{token}}", self._behind(purpose, page)) for purpose, page in showing),
            Route("/certificates/{code}", self._answered(self.check)),
        ]

    async def join(self, request: Request, opened: Opened) -> Response | Answer:
        """Leads to the meeting while it is open; pressing the button counts as coming."""
        pressed = request.method == "POST"
        look = self.attendance.join if pressed else self.attendance.door
        door = await look(opened.booking.reference)
        if pressed and door.state == "open" and door.details.online is not None:
            return RedirectResponse(door.details.online.link, 303)
        return pages.door(door.state, door.details, self.rules)

    async def cancel(self, request: Request, opened: Opened) -> Answer:
        """The confirmation step, and then the cancelling."""
        booking, details = opened.booking, opened.meeting.details
        if booking.state == "cancelled":
            return pages.cancelled(details, booking)
        if not booking.is_live or self.clock.now() >= details.starts_at:
            return pages.over(details, booking, self.clock.now())
        said = await _form(request)
        if said.get("answer") != "cancel":
            waits = opened.meeting.places[booking.reference].state == "waiting"
            position = opened.meeting.position(booking.reference) if waits else None
            return pages.ask_to_cancel(details, booking, position)
        reason = said["reason"] if said.get("reason") in pages.reasons() else "cannot_come"
        await self.meetings.answer(opened.command(CancelBooking, "cancel", self.clock, reason=reason))
        return pages.cancelled(details, booking)

    async def offer(self, request: Request, opened: Opened) -> Answer:
        """An offered place, to take or to leave to the next person."""
        booking, details = opened.booking, opened.meeting.details
        if booking.state == "confirmed":
            return pages.confirmed(details, booking)
        until = booking.offer_until
        if booking.state != "offered" or until is None or until <= self.clock.now():
            return pages.no_offer(details, booking)
        said = (await _form(request)).get("answer")
        if said not in {"accept", "decline"}:
            return pages.offer(details, booking, until)
        kind = AcceptOffer if said == "accept" else DeclineOffer
        await self.meetings.answer(opened.command(kind, said, self.clock))
        booking, _ = await self.looking.booking(booking.reference)
        return (pages.confirmed if booking.state == "confirmed" else pages.no_offer)(details, booking)

    async def still_coming(self, request: Request, opened: Opened) -> Answer:
        """After a change: still coming, or on to the confirmation step of cancelling."""
        booking, details = opened.booking, opened.meeting.details
        if not booking.is_live or self.clock.now() >= details.starts_at:
            return pages.over(details, booking, self.clock.now())
        if request.method != "POST":
            return pages.still_coming(details, booking, self.telling.links(booking).cancel)
        await self.meetings.answer(opened.command(ConfirmComing, "still-coming", self.clock))
        return pages.confirmed(details, booking, "Thank you: you are still coming")

    async def evaluate(self, request: Request, opened: Opened) -> Answer:
        """The evaluation; answering it gives the certificate."""
        booking, details = opened.booking, opened.meeting.details
        if booking.owes_evaluation:
            said = await _form(request, _LONGEST_EVALUATION)
            if said.get("answer") != "send":
                return pages.evaluate(details, booking)
            answers, wrong = evaluation.read(details.evaluation, said)
            if wrong:
                return pages.evaluate(details, booking, said, wrong)
            await self.attendance.evaluate(booking.reference, answers)
            booking, _ = await self.looking.booking(booking.reference)
        get = None if booking.is_forgotten else self.telling.links(booking).certificate
        return pages.evaluated(details, booking, get)

    async def calendar(self, _: Request, opened: Opened) -> Response | Answer:
        """The diary entry as a file, for people who did not keep the one in the message."""
        diary = self.telling.calendar(opened.booking, opened.meeting.details)
        if diary is None:
            return pages.over(opened.meeting.details, opened.booking, self.clock.now())
        named = {"Content-Disposition": 'attachment; filename="meeting.ics"'}
        return Response(invitation(diary), media_type="text/calendar; method=REQUEST; charset=utf-8", headers=named)

    async def certificate(self, _: Request, opened: Opened) -> Response | Answer:
        """The person's own certificate of attendance, as PDF."""
        booking, details = opened.booking, opened.meeting.details
        if booking.owes_evaluation:
            return pages.certificate_waits(details, booking, self.telling.links(booking).evaluate)
        if booking.certificate is None or booking.is_forgotten:
            return pages.no_certificate("there is no certificate for this booking")
        check = self.links.open_to_all("certificates", booking.certificate)
        pdf = await asyncio.to_thread(certificate, booking, details, check, self.rules, self.clock.now())
        named = {"Content-Disposition": 'attachment; filename="certificate.pdf"'}
        return Response(pdf, media_type="application/pdf", headers=named)

    async def check(self, request: Request) -> Answer:
        """Whether a certificate is genuine, for anybody who was shown one."""
        try:
            return pages.certificate(await self.looking.certificate(request.path_params["code"][:_LONGEST_TOKEN]))
        except NotFound as error:
            return pages.no_certificate(str(error)) if self.mistakes.one_more() else pages.too_much()

    def _behind(self, purpose: str, handle: Handle) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response | Answer:
            try:
                opened = await self._opened(purpose, request.path_params["token"])
            except (BadLink, NotFound):
                return pages.bad_link() if self.mistakes.one_more() else pages.too_much()
            return await handle(request, opened) if opened else pages.handed_over()

        return self._answered(page)

    async def _opened(self, purpose: str, token: str) -> Opened | None:
        """What a link opens; None where the booking has passed to somebody else. Raises BadLink, NotFound."""
        if len(token) > _LONGEST_TOKEN:
            raise BadLink("this link is longer than ours are")
        reference, _, who = self.links.read(purpose, token).partition(".")
        booking, meeting = await self.looking.booking(reference)
        if who == BOOKER:
            return Opened(booking, meeting, booking.booked_by)
        return Opened(booking, meeting, None) if who == str(booking.turn) else None

    def _answered(
        self, page: Callable[[Request], Awaitable[Response | Answer]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Gives every answer the same headers, and a page if something went wrong."""

        async def answered(request: Request) -> Response:
            try:
                answer = await page(request)
            except _TooLarge:
                answer = Answer(pages.bad_link().page, 413)
            except StoreUnavailable as error:
                log.warning("page_unavailable", error=error)
                answer = pages.unavailable()
            if isinstance(answer, Answer):
                answer = HTMLResponse(pages.as_html(answer, self.rules), answer.status)
            answer.headers["Content-Security-Policy"] = _POLICY
            return answer

        return answered


class _TooLarge(Exception):
    """A form that is larger than any of ours."""


async def _form(request: Request, longest: int = _LONGEST_FORM) -> dict[str, str]:
    """The fields of a submitted form, each once; reads no more than our forms can hold."""
    if request.method != "POST":
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise _TooLarge
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=10).items()}
    except ValueError:
        return {}
