"""The command line about bookings: for the duty line, for hosts, and for planning where to go next.
Only the table of commands (`services/cli.py`) imports from here.
It never writes to a store: what changes something is sent as a command.
"""

import typer

from services.bookings.cli import booking, evaluating, hosting, importing, papers, reaching, reading

app = typer.Typer(no_args_is_help=True, help="Network meetings and webcasts: publish, book, look up, follow up.")
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
    app.command({"list-bookings": "list", "import-bookings": "import"}.get(name, name))(command)
