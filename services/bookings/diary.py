"""A booking as an entry in the person's diary: one identity for life, a sequence that counts what matters. Pure."""

from datetime import datetime
from typing import Literal

from services.bookings.booking import Booking
from services.bookings.rules import Rules
from services.bookings.words import where
from shared.contracts.meetings import Attendee, Diary, Mailbox, MeetingDetails


def uid(booking: str, rules: Rules) -> str:
    """The identity of a booking's diary entry, whoever holds the booking."""
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
    """The diary entry as it is after what was just decided; None where the person never had one."""
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
    lines = [details.about] if details.about else []
    if booking.mode == "in_person" and details.in_person and details.in_person.access:
        lines.append(details.in_person.access)
    if booking.mode == "online" and details.online and details.online.how:
        lines.append(details.online.how)
    if join:
        minutes = int(rules.join_before.total_seconds() // 60)
        lines.append(f"Join here, from {minutes} minutes before the start: {join}")
    if details.ends_at is None:
        lines.append("The host gives no end: your diary shows a usual length.")
    lines += [f"{link.title}: {link.url}" for link in details.agenda]
    lines.append(f"Your booking is {booking.reference}. Questions? Call {rules.help_line}.")
    return "\n\n".join(lines)[:2000]
