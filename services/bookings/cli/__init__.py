"""The bookings service's part of the command line: for the duty line, for hosts, and for who plans where to go next."""

import typer

from services.bookings.cli import booking, evaluating, hosting, importing, papers, reaching, reading

_HELP = "Network meetings and webcasts: put on, booked, looked up, followed up."


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the command line, as `everyday bookings …`."""
    ours = typer.Typer(no_args_is_help=True, help=_HELP)
    for command in (
        reading.meetings,
        reading.show,
        reading.list_bookings,
        reading.why,
        hosting.publish,
        hosting.change,
        hosting.cancel,
        hosting.materials,
        booking.book,
        booking.cancel_booking,
        booking.substitute,
        booking.change_booking,
        booking.accept,
        booking.decline,
        papers.register,
        papers.attendance,
        papers.certificate,
        papers.verify,
        evaluating.evaluation,
        evaluating.waive,
        reaching.reach,
        reaching.pattern,
        reaching.nudge,
        importing.import_bookings,
    ):
        name = command.__name__.replace("_", "-")
        ours.command({"list-bookings": "list", "import-bookings": "import"}.get(name, name))(command)
    app.add_typer(ours, name="bookings")
