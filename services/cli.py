"""`everyday`: the command line, put together from what every part offers."""

import typer

from services.bookings import cli as bookings
from services.notices import cli as notices
from services.notifications import cli as notifications
from services.surveys import cli as surveys
from shared.cli import clock, dead, logs, marks_csv, send, topology, trace, watch

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Everyday Counts: school attendance, from the register to the letter.",
    epilog="Exit codes: 0 done, 1 a failure, 2 bad input. Start a local stack with `make up`.",
)
app.command("send")(send.send)
app.command("import")(marks_csv.import_marks)
app.command("watch")(watch.watch)
notices.add_to(app)
notifications.add_to(app)
surveys.add_to(app)
bookings.add_to(app)
app.command("logs")(logs.logs)
app.command("trace")(trace.trace)
app.command("topology")(topology.apply)
app.add_typer(dead.app, name="dead")
app.add_typer(clock.app, name="clock")


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
