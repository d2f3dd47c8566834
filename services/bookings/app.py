"""The bookings service, put together."""

from functools import partial

from services.bookings.booking.events import BookingEvents
from services.bookings.handlers import handlers
from services.bookings.settings import BookingsSettings
from services.bookings.store import erasing, records
from services.bookings.store.attendance import Attendance
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from services.bookings.store.needs import Needs
from services.bookings.store.outreach import Outreach
from services.bookings.store.upstream import Upstream
from services.bookings.web.booking import BookingPages
from services.bookings.web.listed import PAGES
from services.bookings.web.opening import Opening
from services.bookings.web.papers import Papers
from services.bookings.web.routes import Pages
from shared.contracts import hosting
from shared.contracts.erasure import ForgottenInBookings
from shared.hearing.bulk import Bulk
from shared.links import Links
from shared.people.erasing import ERASURES, forgets
from shared.people.returning import Erased
from shared.running.service import Compose, Parts, handled, run
from shared.store.documents import Store
from shared.store.timers import Timer
from shared.time.clock import Clock
from shared.web.look import Look
from shared.web.site import Site


def composer(settings: BookingsSettings) -> Compose:
    """How the service is put together under these settings."""

    def compose(store: Store, clock: Clock) -> Parts:
        rules, links, looking = settings.rules(), Links(settings.link_key, settings.public_url), Looking(store)
        look = Look(settings.page_authority(), settings.public_url, "services.bookings.web")
        site = Site(look, settings.link_key, settings.visits)
        booking_events = BookingEvents(links, rules)
        erased = Erased(store, settings.address_key, clock)
        meetings = Meetings(store, booking_events, rules, erased, clock)
        attendance = Attendance(store, meetings, booking_events, rules, clock)
        outreach = Outreach(store, meetings, looking, clock)
        needs = Needs(store, rules, clock)
        opening = Opening(looking, links, look.base)
        behind = Pages(meetings, attendance, opening, looking, booking_events, rules, clock)
        papers = Papers(opening, looking, booking_events, links, rules, clock, site)
        booking = BookingPages(meetings, looking, links, clock, look.base)
        outboxes = [records.BOOKINGS, records.MEETINGS, records.NUDGES, records.REACH, ERASURES]
        erase = partial(erasing.erase, meetings, attendance, needs)
        forget = forgets(store, erasing.holds, erase, ForgottenInBookings, clock, erased, outboxes)
        return Parts(
            routers=[
                handled("bookings", handlers(meetings, attendance, outreach, Upstream(store, clock), forget, erased))
            ],
            bulk=[Bulk(hosting.RequestBooking, meetings.request)],
            timers=[
                Timer(store, records.MEETINGS, meetings.due, clock),
                Timer(store, records.BOOKINGS, attendance.due, clock),
                Timer(store, records.NEEDS, needs.due, clock),
            ],
            outboxes=outboxes,
            indexes=[
                (records.BOOKINGS, ("meeting",)),
                (records.BOOKINGS, ("certificate",)),
                (records.BOOKINGS, ("withdrawn",)),
                (records.MEETINGS, ("starts_at",)),
                (records.NEEDS, ("meeting",)),
                (records.NUDGES, ("meeting",)),
            ],
            refuse=meetings.refuse_unproven,
            routes=site.routes(PAGES, {**behind.pages(), **papers.pages(), **booking.pages()}),
            look=look,
        )

    return compose


if __name__ == "__main__":
    ours = BookingsSettings()
    run("bookings", composer(ours), ours)
