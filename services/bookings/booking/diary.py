"""A booking as an entry in the person's diary: one lasting identity, a sequence that counts material changes. Pure."""

from datetime import datetime
from typing import Literal

from services.bookings.booking.booking import Booking
from services.bookings.places.rules import Rules
from services.bookings.places.words import where
from shared.contracts.meetings import Attendee, Diary, Mailbox, MeetingDetails
from shared.writing.counting import number_of

_LONGEST = 2000  # characters of a description, as the contract has it


def uid(booking: str, rules: Rules) -> str:
    """The identity of a booking's diary entry, even if the booking passes to somebody else."""
    return f"{booking}@{rules.uid_domain}"


def diary(
    booking: Booking,
    details: MeetingDetails,
    rules: Rules,
    stamped_at: datetime,
    *,
    method: Literal["REQUEST", "CANCEL"] = "REQUEST",
    person: Attendee | None = None,
    join: str | None = None,
) -> Diary | None:
    """The diary entry after what was just decided; None if the person never had one."""
    if booking.sequence is None:
        return None
    who = person or booking.person
    return Diary(
        uid=uid(booking.reference, rules),
        sequence=booking.sequence,
        method=method,
        stamped_at=stamped_at,
        starts_at=details.starts_at,
        ends_at=rules.ends_at(details),
        end_assumed=details.ends_at is None,
        title=details.title,
        where=where(details, booking.mode),
        description=_description(booking, details, rules, join),
        url=join,
        organiser=details.organiser or rules.organiser,
        attendee=Mailbox(name=who.name, email=who.email),
    )


def _description(booking: Booking, details: MeetingDetails, rules: Rules, join: str | None) -> str:
    """What people look for in a diary comes first, because a long text is cut off."""
    lines = []
    if join:
        minutes = int(rules.join_before.total_seconds() // 60)
        lines.append(f"Join here, from {number_of(minutes, 'minute')} before the start: {join}")
    lines.append(f"Your booking is {booking.reference}. Questions? Call {rules.help_line}.")
    if details.ends_at is None:
        lines.append("The host gives no end: your diary shows a usual length.")
    part = details.in_person.access if booking.mode == "in_person" and details.in_person else None
    part = details.online.how if booking.mode == "online" and details.online else part
    lines += [words for words in (part, details.about) if words]
    lines += [f"{link.title}: {link.url}" for link in details.agenda]
    return "\n\n".join(lines)[:_LONGEST]
