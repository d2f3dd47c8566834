"""`everyday bookings import`: bookings made elsewhere, such as on a training website, with a report."""

from typing import Annotated

import typer

from services.bookings.booking.booking import Booking
from services.bookings.booking.importing import Report, read_bookings
from services.bookings.cli.asking import MeetingRef, ask, reference
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting
from services.bookings.store.looking import Looking
from shared.cli.asking import command
from shared.cli.output import err, out
from shared.cli.places import places
from shared.cli.send import publish_all, read_bytes, refuse, say_how
from shared.contracts.hosting import RequestBooking

Column = Annotated[str, typer.Option(help="the column, where it is not called as usual")]


def import_bookings(
    meeting: MeetingRef,
    file: Annotated[str, typer.Argument(help="CSV with a header: name (or first and last), email, school or URN")],
    source: Annotated[str, typer.Option(help="where the bookings come from")] = "S4S Training",
    name: Column = "",
    first: Column = "",
    last: Column = "",
    email: Column = "",
    school: Column = "",
    urn: Column = "",
    role: Column = "",
    how: Column = "",
    status: Column = "",
    booked: Column = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check and report")] = False,
) -> None:
    """Bring in bookings made elsewhere. Everybody is booked once, in the order of their bookings there, and told.

    Importing an export again books nobody twice, and nobody who has cancelled since.

    Example: everyday bookings import M-7K4M-9PXT3 s4s.csv --school "Establishment name" --dry-run
    """
    at, about = places(), reference(meeting, "M")
    columns = {
        field: column
        for field, column in {
            "name": name, "first": first, "last": last, "email": email, "school": school, "urn": urn,
            "role": role, "how": how, "status": status, "booked": booked,
        }.items()
        if column
    }  # fmt: skip
    found, bookings, schools = ask(at, lambda looking: _known(looking, about))
    report = read_bookings(read_bytes(file), columns, schools, found, bookings, at.clock().now())
    say_how(report.notes)
    refuse(report.problems)
    _tell(report)
    commands = [command(at.clock(), RequestBooking, **row.facts(about, source)) for row in report.new]
    if not dry_run:
        publish_all(at, commands)
        err.print(f"See them with: everyday bookings list {about}", soft_wrap=True)


async def _known(looking: Looking, about: str) -> tuple[Meeting, list[Booking], list[School]]:
    return await looking.meeting(about), await looking.bookings(about), list((await looking.schools()).values())


def _tell(report: Report) -> None:
    out.print(f"to be booked: {len(report.new)}")
    for words, lines in (
        ("already booked or imported", report.already),
        ("twice in the file", report.twice),
        ("cancelled on the other site", report.gone),
        ("school matched by its name", report.by_name),
        ("school not known here: check its URN", report.unknown),
    ):
        if lines:
            out.print(f"{words}: {len(lines)} (line {', '.join(map(str, lines))})", soft_wrap=True)
    for line, meant in report.unmatched:
        out.print(f"line {line}: this booking will name no school: {meant}", markup=False, soft_wrap=True)
