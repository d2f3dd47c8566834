"""`everyday bookings book`, `cancel-booking`, `substitute` …: what the duty line does for a school on the phone."""

from typing import Annotated, Any

import typer

from services.bookings.cli.asking import BookingRef, MeetingRef, ask, hand_over, officer, reference, staff
from services.bookings.places.asking import booking_of
from services.bookings.places.words import sentence
from shared.cli.asking import command
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import places
from shared.contracts.hosting import (
    AcceptOffer,
    BookingCommand,
    CancelBooking,
    ChangeBooking,
    DeclineOffer,
    RequestBooking,
    Substitute,
)

Approve = Annotated[bool, typer.Option("--approve", help="you approve what the rules would refuse without you")]
Online = Annotated[bool, typer.Option("--online", help="they join online")]
InPerson = Annotated[bool, typer.Option("--in-person", help="they come in person")]
Name = Annotated[str, typer.Option(help="the person's name")]
Email = Annotated[str, typer.Option(help="the person's email address")]
JobRole = Annotated[str, typer.Option(help="the person's role at the school")]
Urn = Annotated[str, typer.Option(help="the school's URN")]


def book(
    meeting: MeetingRef,
    name: Name,
    email: Email,
    officer_id: OfficerId,
    officer_name: Officer,
    urn: Urn = "",
    job: JobRole = "",
    online: Online = False,
    in_person: InPerson = False,
    access: Annotated[str, typer.Option(help="what they need to take part: seen by the host alone")] = "",
    diet: Annotated[str, typer.Option(help="what they cannot eat: seen by the host alone")] = "",
    approve: Approve = False,
    role: Role = ROLE,
) -> None:
    """Book for somebody on the phone, and say what came of it. They are told by email.

    Example: everyday bookings book M-7K4M-9PXT3 --name "Ada Moss" --email ada@school.example --urn 123456 …
    """
    at, about = places(), reference(meeting, "M")
    ask(at, lambda looking: looking.meeting(about))
    needs = {name: value for name, value in (("access", access), ("diet", diet)) if value}
    sent = command(
        at.clock(),
        RequestBooking,
        meeting=about,
        person=_person(name, email, job),
        urn=urn,
        mode="online" if online else "in_person" if in_person else "",
        needs=needs,
        booked_by=staff(officer_id, officer_name),
        approved_by=officer(officer_id, officer_name, role) if approve else None,
    )
    booking = booking_of(sent)
    err.print(f"booking {booking}")
    hand_over(at, sent, booking)


def cancel_booking(
    booking: BookingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    reason: Annotated[str, typer.Option(help="cannot_come, sickness, ofsted, safeguarding or other")] = "cannot_come",
) -> None:
    """Cancel for somebody. If others are waiting, the place goes to one of them.

    Example: everyday bookings cancel-booking B-5HTY-P5RVZ --reason sickness --officer-id o-17 --officer "Jo Harwood"
    """
    _act(CancelBooking, booking, officer_id, officer_name, reason=reason)


def substitute(
    booking: BookingRef,
    name: Name,
    email: Email,
    officer_id: OfficerId,
    officer_name: Officer,
    urn: Urn = "",
    job: JobRole = "",
    approve: Approve = False,
    role: Role = ROLE,
) -> None:
    """Let a colleague from the same school come instead. Shortly before a meeting this needs --approve.

    Example: everyday bookings substitute B-5HTY-P5RVZ --name "Zoe Reid" --email zoe@school.example …
    """
    approved = officer(officer_id, officer_name, role) if approve else None
    person = _person(name, email, job)
    _act(Substitute, booking, officer_id, officer_name, person=person, urn=urn, approved_by=approved)


def change_booking(
    booking: BookingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    online: Online = False,
    in_person: InPerson = False,
    approve: Approve = False,
    role: Role = ROLE,
) -> None:
    """Let somebody come the other way. Example: everyday bookings change-booking B-5HTY-P5RVZ --online …"""
    if online == in_person:
        raise typer.BadParameter("say either --online or --in-person")
    approved = officer(officer_id, officer_name, role) if approve else None
    mode = "online" if online else "in_person"
    _act(ChangeBooking, booking, officer_id, officer_name, mode=mode, approved_by=approved)


def accept(booking: BookingRef, officer_id: OfficerId, officer_name: Officer) -> None:
    """Take an offered place for somebody. Example: everyday bookings accept B-5HTY-P5RVZ …"""
    _act(AcceptOffer, booking, officer_id, officer_name)


def decline(booking: BookingRef, officer_id: OfficerId, officer_name: Officer) -> None:
    """Leave an offered place to the next on the list. Example: everyday bookings decline B-5HTY-P5RVZ …"""
    _act(DeclineOffer, booking, officer_id, officer_name)


def _act(kind: type[BookingCommand], booking: str, officer_id: str, name: str, **facts: Any) -> None:
    at, about = places(), reference(booking, "B")
    found, _ = ask(at, lambda looking: looking.booking(about))
    if not found.is_live:
        fail(f"this booking has ended. {sentence(found.history[-1])} More: everyday bookings why {about}", BAD_INPUT)
    hand_over(at, command(at.clock(), kind, booking=about, by=staff(officer_id, name), **facts), about)


def _person(name: str, email: str, job: str) -> dict[str, str]:
    person = {"name": name, "email": email}
    return person | {"role": job} if job else person
