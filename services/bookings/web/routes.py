"""The addresses behind links. Looking at one changes nothing; only pressing a button does.

That goes for the joining link too: mail scanners open links in real browsers, which look like a person's.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.bookings.booking import evaluation
from services.bookings.booking.events import BookingEvents
from services.bookings.places.rules import Rules
from services.bookings.store.attendance import Attendance
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from services.bookings.web import pages
from services.bookings.web.opening import Opened, Opening
from services.bookings.web.pages import Answer
from shared.contracts.hosting import AcceptOffer, CancelBooking, ConfirmComing, DeclineOffer
from shared.time.clock import Clock
from shared.web.forms import Form
from shared.web.site import Handle


@dataclass(frozen=True)
class Pages:
    """Answers each page behind a link."""

    meetings: Meetings
    attendance: Attendance
    opening: Opening
    looking: Looking
    booking_events: BookingEvents
    rules: Rules
    clock: Clock

    def pages(self) -> dict[str, Handle]:
        """The handler of each page that a link leads to."""
        behind = {
            "join": self.join,
            "cancel": self.cancel,
            "offer": self.offer,
            "still-coming": self.still_coming,
            "evaluate": self.evaluate,
        }
        return {f"/{purpose}/{{token}}": self.opening.page(purpose, show) for purpose, show in behind.items()}

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
