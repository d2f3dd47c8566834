"""What somebody takes along from a booking: the diary entry, the certificate; and whether a certificate is genuine."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from services.bookings.booking.certificates import certificate
from services.bookings.booking.events import BookingEvents
from services.bookings.places.rules import Rules
from services.bookings.store.looking import Looking
from services.bookings.web import pages
from services.bookings.web.opening import Opened, Opening
from services.bookings.web.pages import Answer
from shared.links import Links
from shared.people.invitations import invitation
from shared.store.documents import NotFound
from shared.time.clock import Clock
from shared.web.forms import Form
from shared.web.site import Handle, Site, Stop, View

_LONGEST_CODE = 200  # characters; ours have fewer than 20


@dataclass(frozen=True)
class Papers:
    """Answers each page that is a paper of a booking, or about one."""

    opening: Opening
    looking: Looking
    booking_events: BookingEvents
    links: Links
    rules: Rules
    clock: Clock
    site: Site

    def pages(self) -> dict[str, Handle]:
        """The handler of each page."""
        return {
            "/calendar/{token}": self.opening.page("calendar", self.calendar),
            "/certificate/{token}": self.opening.page("certificate", self.certificate),
            "/certificates/{code}": self.check,
        }

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
            return pages.certificate(await self.looking.certificate(request.path_params["code"][:_LONGEST_CODE])).view
        except NotFound as error:
            raise Stop(self.site.mistake(request, pages.no_certificate(str(error)))) from None
