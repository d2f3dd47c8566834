"""What may be erased about a person who books: name, address and needs. A place that they still have is given back."""

from collections.abc import Sequence

from services.bookings.store import records
from services.bookings.store.attendance import Attendance
from services.bookings.store.meetings import Meetings
from services.bookings.store.needs import Needs
from services.bookings.store.person import theirs
from shared.contracts.erasure import ForgetPerson
from shared.people.erasing import Held, as_mailbox
from shared.people.person import Person
from shared.store.documents import Store

_FOR_ANOTHER = "they made this booking for somebody else. It is deleted with that booking, two years after the meeting"


async def holds(store: Store, person: Person) -> list[Held]:
    """The bookings for a person, those that they made for others, and schools that named their address."""
    found = []
    for document in await theirs(store, "person", person):
        booking = records.read_booking(document)
        if not booking.is_forgotten:
            place = " (a place to come is given back)" if booking.is_live else ""
            found.append(Held(booking.reference, f"booking {booking.reference}{place}"))
    for document in await theirs(store, "booked_by", person):
        if not person.is_at(document["person"]["email"]):
            found.append(Held(document["_id"], f"booking {document['_id']}", _FOR_ANOTHER))
    return [*found, *await as_mailbox(store, records.SCHOOLS, person)]


async def erase(
    meetings: Meetings, attendance: Attendance, needs: Needs, bookings: Sequence[str], command: ForgetPerson
) -> None:
    """Give back places, and remove the names from bookings, as would happen later anyway.

    School and attendance stay.
    """
    await needs.drop(bookings)
    for booking in bookings:
        await meetings.give_back(booking, command)
        await attendance.forget(booking, command)
