"""What may be erased of whoever books: name, address and needs, once they have no place any more."""

from collections.abc import Sequence
from datetime import timedelta

from services.bookings import records
from services.bookings.attendance import Attendance
from services.bookings.booking import Booking
from services.bookings.needs import Needs
from services.bookings.person import theirs
from shared.clock import Clock
from shared.contracts.erasure import ForgetPerson
from shared.erasing import Held, Holds
from shared.person import Person
from shared.store import Store

_A_DAY = timedelta(days=1)
_HAS_A_PLACE = (
    "they have this place or are waiting for it. Cancel the booking first, or ask again the day after the meeting"
)
_FOR_ANOTHER = "they made this booking for somebody else. It is deleted with that booking, two years after the meeting"


def holds(clock: Clock) -> Holds:
    """The bookings for a person, and those that they made for others."""

    async def look(store: Store, person: Person) -> list[Held]:
        found = []
        for document in await theirs(store, "person", person):
            booking = records.read_booking(document)
            if booking.is_forgotten:
                continue
            stays = _HAS_A_PLACE if await _comes(store, booking, clock) else ""
            found.append(Held(booking.reference, f"booking {booking.reference}", stays))
        for document in await theirs(store, "booked_by", person):
            if not person.is_at(document["person"]["email"]):
                found.append(Held(document["_id"], f"booking {document['_id']}", _FOR_ANOTHER))
        return found

    return look


async def erase(attendance: Attendance, needs: Needs, bookings: Sequence[str], command: ForgetPerson) -> None:
    """Take the names out of bookings, as it happens by itself in time; school and attendance stay."""
    await needs.drop(bookings)
    for booking in bookings:
        await attendance.forget(booking, command)


async def _comes(store: Store, booking: Booking, clock: Clock) -> bool:
    """Whether somebody still expects the person: a live booking, until the day after the meeting."""
    meeting = await store[records.MEETINGS].get(booking.meeting)
    return booking.is_live and meeting is not None and bool(meeting["starts_at"] + _A_DAY > clock.now())
