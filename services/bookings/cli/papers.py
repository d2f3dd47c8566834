"""`everyday bookings register`, `attendance`, `certificate` and `verify`: who came, and how it is shown."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.bookings.booking import certificates
from services.bookings.booking import register as registers
from services.bookings.booking.booking import NOTHING_TO_ASK, Booking
from services.bookings.booking.reach import STATUSES
from services.bookings.booking.register import Needs
from services.bookings.cli.asking import BookingRef, MeetingRef, answered, ask, officer, reference, rules
from services.bookings.places.meeting import Meeting
from services.bookings.places.words import when
from services.bookings.store.looking import Looking
from shared.cli import asking
from shared.cli.asking import command
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places
from shared.contracts.hosting import RecordAttendance
from shared.links import Links
from shared.writing.paper import as_html, as_pdf, as_text
from shared.writing.tables import write_csv


def register(
    meeting: MeetingRef,
    csv: Annotated[Path | None, typer.Option(help="write it as a table for a spreadsheet to this file")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write it for paper to this file")] = None,
    html: Annotated[Path | None, typer.Option(help="write it as a page to this file")] = None,
) -> None:
    """Print the register of a meeting: who is expected, what they need, who came. For the host only.

    Examples: everyday bookings register M-7K4M-9PXT3 · everyday bookings register M-7K4M-9PXT3 --pdf register.pdf
    """
    at = places()
    found, bookings, needs = ask(at, lambda looking: _register(looking, meeting))
    witnessed(at, "bookings register", found.reference)
    schools = ask(at, lambda looking: looking.schools())
    now = at.clock().now()
    page = registers.page(found, bookings, schools, needs, now)
    if csv:
        write_csv(csv, registers.rows(bookings, schools, needs), registers.COLUMNS)
    if pdf:
        pdf.write_bytes(as_pdf(page, now))
    if html:
        html.write_text(as_html(page), "utf-8")
    written = [str(file) for file in (csv, pdf, html) if file]
    if written:
        err.print(f"[green]written[/green]: {', '.join(written)}", soft_wrap=True)
    else:
        out.print(as_text(page), markup=False, soft_wrap=True)


def attendance(
    meeting: MeetingRef,
    officer_id: OfficerId,
    officer_name: Officer,
    marks: Annotated[
        list[str] | None, typer.Argument(help="booking=attended, apologies, no_show or not_recorded")
    ] = None,
    rest: Annotated[str, typer.Option(help="attended or no_show, for everybody not yet recorded")] = "",
    role: Role = ROLE,
) -> None:
    """Record who came. Later edits are kept with who made them, and when.

    Example: everyday bookings attendance M-7K4M-9PXT3 B-5HTY-P5RVZ=attended --rest no_show --officer-id o-17 …
    """
    at, about = places(), reference(meeting, "M")
    given = [_mark(each) for each in marks or []]
    if not given and not rest:
        fail("say who came: booking=attended, or --rest attended", BAD_INPUT)
    by = officer(officer_id, officer_name, role)
    sent = command(at.clock(), RecordAttendance, meeting=about, marks=given, rest=rest.replace("-", "_"), by=by)
    asking.hand_over(at, sent)
    count = answered(at, about, str(sent.id))
    err.print(f"[green]recorded[/green]: {count}. See it with: everyday bookings register {about}")


def certificate(
    booking: BookingRef,
    into: Annotated[Path, typer.Option(help="the file to write")] = Path("certificate.pdf"),
    address: Annotated[str, typer.Option(envvar="EVERYDAY_PUBLIC_URL", help="where codes are checked")] = "",
) -> None:
    """Write somebody's certificate of attendance as PDF. Example: everyday bookings certificate B-5HTY-P5RVZ"""
    at = places()
    found, meeting = ask(at, lambda looking: looking.booking(booking))
    if found.certificate is None:
        fail(_no_certificate(found, meeting), BAD_INPUT)
    witnessed(at, "bookings certificate", found.reference)
    check = Links("", address).open_to_all("certificates", found.certificate) if address else ""
    now = at.clock().now()
    into.write_bytes(certificates.certificate(found, meeting.details, check, rules(), now))
    err.print(f"[green]written[/green]: {into}, code {found.certificate}", soft_wrap=True)


def verify(code: Annotated[str, typer.Argument(help="the code on the certificate, such as K-7K4M-9PXT3")]) -> None:
    """Say whether a certificate is genuine, and what it stands for. Example: everyday bookings verify K-7K4M-9PXT3"""
    found = ask(places(), lambda looking: looking.certificate(code))
    if not found.stands:
        fail("This certificate was withdrawn. It does not show attendance.", BAD_INPUT)
    details = found.meeting.details
    out.print(f"Genuine: {found.booking.person.name} attended {details.title}, {when(details)}.", soft_wrap=True)


def _no_certificate(booking: Booking, meeting: Meeting) -> str:
    if booking.attendance != "attended":
        status = registers.status(booking).replace("_", " ")
        return f"only people who attended get a certificate. The register says: {status}"
    if meeting.details.evaluation and booking.evaluation not in NOTHING_TO_ASK:
        words = "they get the certificate when they give feedback with the link in their email"
        return f"{words}. To give it without: everyday bookings waive {booking.reference}"
    return "the certificate is issued after the meeting. Try again then"


async def _register(looking: Looking, asked: str) -> tuple[Meeting, list[Booking], Needs]:
    meeting = await looking.meeting(asked)
    return meeting, await looking.bookings(meeting.reference), await looking.needs(meeting.reference)


def _mark(text: str) -> dict[str, Any]:
    booking, _, status = text.partition("=")
    status = status.replace("-", "_")
    if status not in STATUSES:
        fail(f"write booking=status, with one of {', '.join(sorted(STATUSES))}", BAD_INPUT)
    return {"booking": reference(booking, "B"), "status": status}
