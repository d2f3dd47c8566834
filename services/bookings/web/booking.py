"""Booking in a browser: what is on, one meeting, who is coming, a check, and what came of it at once.

The outcome is shown only when it stands in the store: a place, a position on the waiting list, or why not.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting, Place
from services.bookings.places.states import BookingState
from services.bookings.places.words import KINDS, WAYS, people, places, when, where
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from services.bookings.web.book_form import MOST, NO_SCHOOL, Wanted, read, request_id, requests
from shared.contracts.meetings import Mode
from shared.links import BadLink, Links
from shared.store.documents import NotFound
from shared.time.clock import Clock
from shared.web.errors import NOT_FOUND, Trouble
from shared.web.forms import Form
from shared.web.site import Handle, Stop, View, submission_of

_ALL_HAVE_A_PLACE: frozenset[BookingState] = frozenset({"confirmed"})
_LONGEST_URN = 20  # characters
_ALL_WAIT: frozenset[BookingState] = frozenset({"waiting"})


class BookingPages:
    """Answers each page of booking. `base` is the path below which people reach the service."""

    def __init__(self, meetings: Meetings, looking: Looking, links: Links, clock: Clock, base: str) -> None:
        self._meetings = meetings
        self._looking = looking
        self._links = links
        self._clock = clock
        self._base = base

    def pages(self) -> dict[str, Handle]:
        """The handler of each listed page."""
        return {
            "/meetings": self.coming,
            "/meetings/{meeting}": self.meeting,
            "/meetings/{meeting}/book": self.book,
            "/booked/{token}": self.booked,
        }

    async def coming(self, request: Request, form: Form) -> View:
        """Everything that can still be booked."""
        found = await self._looking.coming(self._clock.now())
        shown = [(each.details.title, self._at(each), self._rows(each)) for each in found]
        return View("meetings.html", {"title": "Network meetings and webcasts", "meetings": shown})

    async def meeting(self, request: Request, form: Form) -> View:
        """What, for whom, when, where, and whether there is room."""
        meeting = await self._meeting(request)
        details, why_not = meeting.details, self._why_not(meeting)
        facts = {
            "title": details.title,
            "about": details.about or "",
            "agenda": details.agenda,
            "rows": self._rows(meeting),
            "access": details.in_person.access if details.in_person else None,
            "book": "" if why_not else f"{self._at(meeting)}/book",
            "why_not": why_not or "",
            "all": f"{self._base}/meetings",
        }
        return View("meeting.html", facts)

    async def book(self, request: Request, form: Form) -> View | Response:
        """The form, the check, and the booking."""
        meeting = await self._meeting(request)
        if why := self._why_not(meeting):
            raise Stop(Trouble(410, "This cannot be booked any more", (meeting.details.title, why)))
        school = await self._looking.school(form.one("school")[:_LONGEST_URN])
        said, go = read(form, meeting.details, school), form.one("go")
        if request.method != "POST" or go in ("change", "more"):
            return await self._form(meeting, said, {}, one_more=go == "more")
        if said.errors:
            return await self._form(meeting, said, said.errors)
        if go != "book":
            return self._check(meeting, said, school)
        submission = submission_of(form)
        await self._meetings.request(requests(said, meeting.reference, submission, self._clock))
        token = self._links.token("booked", f"{meeting.reference} {submission} {len(said.coming)}")
        return RedirectResponse(f"{self._base}/booked/{token}", 303)

    async def booked(self, request: Request, form: Form) -> View:
        """The outcome of a form, as it stands now. Raises BadLink."""
        try:
            reference, submission, count = self._links.read("booked", request.path_params["token"]).split(" ")
        except ValueError:
            raise BadLink("this is no link to a booking") from None
        meeting = await self._looking.meeting(reference)
        causes = [str(request_id(UUID(submission), number)) for number in range(int(count))]
        held = {cause: place for place in meeting.places.values() for cause in place.heard}
        told = [await self._told(meeting, held.get(cause)) for cause in causes]
        facts = {"title": _heading(told), "told": told, "meeting": meeting.details.title, "rows": self._rows(meeting)}
        return View("booked.html", facts | {"all": f"{self._base}/meetings"})

    async def _told(self, meeting: Meeting, place: Place | None) -> Mapping[str, str]:
        """The outcome for one person."""
        if place is None:  # asked to be erased once: a colleague looks at it, and this page tells nobody
            return {
                "who": "",
                "state": "later",
                "words": "We could not book one of the people here. We will be in touch.",
            }
        booking, _ = await self._looking.booking(place.booking)
        who, reference = booking.person.name, booking.reference
        if place.state == "confirmed":
            return {"who": who, "state": "confirmed", "words": f"has a place. The booking is {reference}."}
        if place.state == "waiting":
            words = f"is on the waiting list at number {meeting.position(place.booking)}. The booking is {reference}."
            return {"who": who, "state": "waiting", "words": words}
        if place.state == "offered":
            return {"who": who, "state": "waiting", "words": "is offered a place. The email says until when."}
        refused = [each for each in booking.history if each["what"] == "refused"]
        reasons = " ".join(reason["words"] for entry in refused for reason in entry.get("reasons", ()))
        words = f"is not booked. {reasons}" if refused else "is not booked any more."
        return {"who": who, "state": "refused", "words": words}

    async def _meeting(self, request: Request) -> Meeting:
        try:
            return await self._looking.public_meeting(request.path_params["meeting"][:100])
        except NotFound:
            raise Stop(NOT_FOUND) from None

    def _why_not(self, meeting: Meeting) -> str | None:
        """Why it cannot be booked; None if it can."""
        if meeting.cancelled:
            return "It was called off."
        return "It has already started." if self._clock.now() >= meeting.details.starts_at else None

    def _at(self, meeting: Meeting) -> str:
        return f"{self._base}/meetings/{meeting.reference}"

    def _rows(self, meeting: Meeting) -> list[tuple[str, str]]:
        details = meeting.details
        audience = ", ".join((*details.audience.roles, *details.audience.phases, *details.audience.districts))
        for_whom = audience or "All schools, and all school colleagues who work on attendance"
        rows = [("What", KINDS[details.kind].capitalize()), ("For", for_whom), ("When", when(details))]
        places_of = [
            (f"Places {WAYS[each]}" if len(details.modes) > 1 else "Places", _room(meeting, each))
            for each in details.modes
        ]
        return [*rows, ("Where", where(details)), *places_of]

    async def _form(self, meeting: Meeting, said: Wanted, errors: Mapping[str, str], one_more: bool = False) -> View:
        schools = (await self._looking.schools()).values()
        rows = min(MOST, len(said.people) + one_more)
        details = meeting.details
        listed = sorted(((each.urn, each.name) for each in schools), key=lambda each: each[1].casefold())
        facts: dict[str, Any] = {
            "title": "Book places",
            "meeting": details.title,
            "at": f"{self._at(meeting)}/book",
            "said": said,
            "people": [*said.people, *({"number": number} for number in range(len(said.people) + 1, rows + 1))],
            "rows": rows,
            "may_add": rows < MOST,
            "schools": [("", "Choose a school"), *listed, (NO_SCHOOL, "I am not from a school")],
            "modes": [(each, WAYS[each].capitalize()) for each in details.modes] if len(details.modes) > 1 else [],
            "asks_for": details.asks_for,
            "errors": errors,
        }
        return View("book.html", facts, 422 if errors else 200)

    def _check(self, meeting: Meeting, said: Wanted, school: School | None) -> View:
        facts = {
            "title": "Check before you book",
            "meeting": meeting.details.title,
            "rows": self._rows(meeting),
            "at": f"{self._at(meeting)}/book",
            "said": said,
            "school": school.name if school else "Not from a school",
            "way": WAYS[_mode(said.mode)] if len(meeting.details.modes) > 1 else "",
            "submission": str(uuid4()),
        }
        return View("check_booking.html", facts)


def _room(meeting: Meeting, mode: Mode) -> str:
    room, waiting = meeting.room(mode), len(meeting.line(mode))
    if waiting:
        return f"None free. {people(waiting).capitalize()} on the waiting list: you can join it"
    if room is None:
        return "Places are free"
    return f"{places(room)} free" if room > 0 else "None free. You can join the waiting list"


def _heading(told: list[Mapping[str, str]]) -> str:
    states = {each["state"] for each in told}
    if states == _ALL_HAVE_A_PLACE:
        return "You are booked" if len(told) == 1 else "Everybody is booked"
    if states == _ALL_WAIT:
        return "On the waiting list"
    return "Not everybody is booked" if "confirmed" in states or len(told) > 1 else "Not booked"


def _mode(said: str) -> Mode:
    return "in_person" if said == "in_person" else "online"
