"""The addresses behind links. Looking at one changes nothing; only pressing a button does.

That goes for the joining link too: mail scanners open links in real browsers, which look like a person's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.bookings.booking import evaluation
from services.bookings.booking.booking import Booking
from services.bookings.booking.certificates import certificate
from services.bookings.booking.events import BOOKER, BookingEvents, whose
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
from shared.people.invitations import invitation
from shared.store.documents import NotFound
from shared.time.clock import Clock
from shared.web.forms import Form
from shared.web.site import Handle, Site, Stop, View

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


@dataclass(frozen=True)
class Pages:
    """Answers each page behind a link."""

    meetings: Meetings
    attendance: Attendance
    looking: Looking
    booking_events: BookingEvents
    links: Links
    rules: Rules
    clock: Clock
    site: Site

    def pages(self) -> dict[str, Handle]:
        """The handler of each page that a link leads to."""
        behind = {
            "/join/{token}": self.join,
            "/cancel/{token}": self.cancel,
            "/offer/{token}": self.offer,
            "/still-coming/{token}": self.still_coming,
            "/evaluate/{token}": self.evaluate,
            "/calendar/{token}": self.calendar,
            "/certificate/{token}": self.certificate,
        }
        shown = {path: self._behind(path.split("/")[1], page) for path, page in behind.items()}
        return {**shown, "/certificates/{code}": self.check}

    async def join(self, request: Request, form: Form, opened: Opened) -> Response | Answer:
        """Leads to the meeting while it is open; pressing the button counts as coming."""
        pressed = request.method == "POST"
        look = self.attendance.join if pressed else self.attendance.door
        door = await look(opened.booking.reference)
        if pressed and door.state == "open" and door.details.online is not None:
            return RedirectResponse(door.details.online.link, 303)
        return pages.door(door.state, door.details, self.rules)

    async def cancel(self, request: Request, form: Form, opened: Opened) -> Answer:
        """The confirmation step, and then the cancelling."""
        booking, details = opened.booking, opened.meeting.details
        if booking.state == "cancelled":
            return pages.cancelled(details, booking)
        if not booking.is_live or self.clock.now() >= details.starts_at:
            return pages.over(details, booking, self.clock.now())
        if form.one("answer") != "cancel":
            waits = opened.meeting.places[booking.reference].state == "waiting"
            position = opened.meeting.position(booking.reference) if waits else None
            return pages.ask_to_cancel(details, booking, position)
        reason = form.one("reason") if form.one("reason") in pages.reasons() else "cannot_come"
        await self.meetings.answer(opened.command(CancelBooking, "cancel", self.clock, reason=reason))
        return pages.cancelled(details, booking)

    async def offer(self, request: Request, form: Form, opened: Opened) -> Answer:
        """An offered place, to take or to leave to the next person."""
        booking, details = opened.booking, opened.meeting.details
        if booking.state == "confirmed":
            return pages.confirmed(details, booking)
        until = booking.offer_until
        if booking.state != "offered" or until is None or until <= self.clock.now():
            return pages.no_offer(details, booking)
        pressed = form.one("answer")
        if pressed not in {"accept", "decline"}:
            return pages.offer(details, booking, until)
        kind = AcceptOffer if pressed == "accept" else DeclineOffer
        await self.meetings.answer(opened.command(kind, pressed, self.clock))
        booking, _ = await self.looking.booking(booking.reference)
        return (pages.confirmed if booking.state == "confirmed" else pages.no_offer)(details, booking)

    async def still_coming(self, request: Request, form: Form, opened: Opened) -> Answer:
        """After a change: still coming, or on to the confirmation step of cancelling."""
        booking, details = opened.booking, opened.meeting.details
        if not booking.is_live or self.clock.now() >= details.starts_at:
            return pages.over(details, booking, self.clock.now())
        if request.method != "POST" and "done" not in request.query_params:
            return pages.still_coming(details, booking, self.booking_events.links(booking).cancel)
        if request.method == "POST":
            await self.meetings.answer(opened.command(ConfirmComing, "still-coming", self.clock))
        return pages.confirmed(details, booking, "Thank you: you are still coming")

    async def evaluate(self, request: Request, form: Form, opened: Opened) -> Answer:
        """The evaluation; answering it gives the certificate."""
        booking, details = opened.booking, opened.meeting.details
        if booking.owes_evaluation:
            if form.one("answer") != "send":
                return pages.evaluate(details, booking)
            said = {name: form.one(name) for name, _ in evaluation.fields(details.evaluation)}
            answers, wrong = evaluation.read(details.evaluation, said)
            if wrong:
                return pages.evaluate(details, booking, said, wrong)
            await self.attendance.evaluate(booking.reference, answers)
            booking, _ = await self.looking.booking(booking.reference)
        get = None if booking.is_forgotten else self.booking_events.links(booking).certificate
        return pages.evaluated(details, booking, get)

    async def calendar(self, _: Request, form: Form, opened: Opened) -> Response | Answer:
        """The diary entry as a file, for people who did not keep the one in the message."""
        diary = self.booking_events.calendar(opened.booking, opened.meeting.details)
        if diary is None:
            return pages.over(opened.meeting.details, opened.booking, self.clock.now())
        named = {"Content-Disposition": 'attachment; filename="meeting.ics"'}
        return Response(invitation(diary), media_type="text/calendar; method=REQUEST; charset=utf-8", headers=named)

    async def certificate(self, _: Request, form: Form, opened: Opened) -> Response | Answer:
        """The person's own certificate of attendance, as PDF."""
        booking, details = opened.booking, opened.meeting.details
        if booking.owes_evaluation:
            return pages.certificate_waits(details, booking, self.booking_events.links(booking).evaluate)
        if booking.certificate is None or booking.is_forgotten:
            raise Stop(pages.no_certificate("there is no certificate for this booking"))
        check = self.links.open_to_all("certificates", booking.certificate)
        pdf = await asyncio.to_thread(certificate, booking, details, check, self.rules, self.clock.now())
        named = {"Content-Disposition": 'attachment; filename="certificate.pdf"'}
        return Response(pdf, media_type="application/pdf", headers=named)

    async def check(self, request: Request, form: Form) -> View:
        """Whether a certificate is genuine, for anybody who was shown one."""
        try:
            return pages.certificate(await self.looking.certificate(request.path_params["code"][:_LONGEST_TOKEN])).view
        except NotFound as error:
            raise Stop(self.site.mistake(request, pages.no_certificate(str(error)))) from None

    def _behind(self, purpose: str, show: Show) -> Handle:
        async def page(request: Request, form: Form) -> Response | View:
            opened = await self._opened(purpose, request.path_params["token"])
            answer = await show(request, form, opened) if opened else pages.handed_over()
            if not isinstance(answer, Answer):
                return answer
            if request.method == "POST" and answer.is_done:
                return RedirectResponse(f"{self.site.look.base}/{purpose}/{request.path_params['token']}?done=yes", 303)
            return answer.view

        return page

    async def _opened(self, purpose: str, token: str) -> Opened | None:
        """What a link opens; None where the booking has passed to somebody else. Raises BadLink, NotFound."""
        if len(token) > _LONGEST_TOKEN:
            raise BadLink("this link is longer than ours are")
        reference, _, who = self.links.read(purpose, token).partition(".")
        booking, meeting = await self.looking.booking(reference)
        if who == BOOKER:
            return Opened(booking, meeting, booking.booked_by)
        return Opened(booking, meeting, None) if who == str(booking.turn) else None
