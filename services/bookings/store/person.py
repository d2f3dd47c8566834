"""What the bookings service keeps about a person who books, in words."""

from services.bookings.booking.booking import Booking
from services.bookings.places.words import sentence, when
from services.bookings.store import records
from shared.people.person import Person, address_like, initials
from shared.store.documents import Document, Store
from shared.time.clock import moment
from shared.writing.paper import Section


async def kept(store: Store, person: Person) -> list[Section]:
    """Bookings for the person, with what they need in order to come; and bookings that they made for others."""
    sections = []
    for document in await theirs(store, "person", person):
        booking = records.read_booking(document)
        needs = await store[records.NEEDS].get(booking.reference) or {}
        sections.append(await _page(store, booking, needs))
    for document in await theirs(store, "booked_by", person):
        if not person.is_at(document["person"]["email"]):
            booking = records.read_booking(document)
            rows = (("For", initials(booking.person.name)), ("State", booking.state))
            sections.append(Section(f"Booking {booking.reference}, made for somebody else", rows=rows))
    return sections


async def _page(store: Store, booking: Booking, needs: Document) -> Section:
    meeting = await store[records.MEETINGS].get(booking.meeting)
    details = records.read_details(meeting) if meeting else None
    rows = [
        ("Meeting", details and f"{details.title}, {when(details)}"),
        ("Name", booking.person.name),
        ("Email", booking.person.email),
        ("Role", booking.person.role),
        ("School", booking.urn),
        ("Booked by", booking.booked_by and initials(booking.booked_by.name)),
        ("State", booking.state.replace("_", " ")),
        ("Attendance", booking.attendance.replace("_", " ")),
        ("Certificate", booking.certificate),
        *((answer["ask"], answer.get("words", answer.get("scale"))) for answer in booking.answers),
        ("Needs for access", needs.get("access")),
        ("Diet", needs.get("diet")),
        *((moment(entry["at"]), sentence(entry)) for entry in booking.history),
    ]
    return Section(f"Booking {booking.reference}", rows=tuple((label, str(text)) for label, text in rows if text))


async def theirs(store: Store, field: str, person: Person) -> list[Document]:
    """Bookings with one of the person's addresses in a field."""
    fields = [{f"{field}.email": address_like(email)} for email in sorted(person.emails)]
    return await store[records.BOOKINGS].find({"$or": fields}, sort=[("_id", 1)]) if fields else []
