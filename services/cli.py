"""`everyday`: the command line, put together from what every part offers."""

import typer

from shared.cli.loading import Table, loading
from shared.cli.signed_in import become_signed_in

COMMANDS: Table = {
    "send": ("shared.cli.send:send", "Check every line of FILE, then publish them in order."),
    "import": (
        "shared.cli.marks_csv:import_marks",
        "Import an MIS marks export: every line is checked first, then registers are published.",
    ),
    "watch": (
        "shared.cli.watch:watch",
        "Show live events: when, what, and the reference of what they are about.",
    ),
    "explain": (
        "services.notices.cli.reading:explain",
        "Tell the story of a pupil's case: where it stands, why, what happened, what comes next, what would change it.",
    ),
    "authorise": (
        "services.notices.cli.deciding:authorise",
        "Decide, as a named officer, that one parent is issued a penalty notice on the evidence that you saw.",
    ),
    "decide": (
        "services.notices.cli.deciding:command_of_any_kind",
        "Send any command about a case or a notice, and say what came of it.",
    ),
    "logs": ("shared.cli.logs:logs", "Show the services' logs, oldest first."),
    "trace": (
        "shared.cli.trace:trace",
        "Follow one case or message across the services, from their logs alone: who did what, when, and what was "
        "decided.",
    ),
    "subject-access": (
        "services.subject_access:subject_access",
        "Write everything that is held about a person into one file, for a request under Article 15 of the UK GDPR.",
    ),
    "erase": (
        "services.erase:erase",
        "Show what would be erased of a person, what stays and why; with --do, erase it (UK GDPR Art. 17).",
    ),
    "returns": ("services.returns:app", "Erased people who are named again: list them, allow them, refuse them."),
    "topology": (
        "shared.cli.topology:apply",
        "Declare every exchange and queue (idempotent; services declare nothing themselves, and wait until this is "
        "done).",
    ),
    "today": (
        "services.notices.cli.desk:today",
        "Say what waits for whom, by date: decisions, letters that are back, money, representations, last days.",
    ),
    "find": (
        "services.notices.cli.desk:find",
        "Find a pupil or a case by what somebody says on the phone; spelling mistakes are forgiven.",
    ),
    "cases": (
        "services.notices.cli.desk:cases",
        "Every case with its pupil and school, by filters; and the states that a case can be in.",
    ),
    "notice": ("services.notices.cli.reading:notice", "What is to be paid on a notice."),
    "policy": (
        "services.notices.cli.policy:app",
        "The code of conduct as data: show it, check a file, compare two.",
    ),
    "papers": (
        "services.court_bundle:app",
        "The authority's papers: bundle, annual return, records, school's register.",
    ),
    "messages": (
        "services.notifications.cli:app",
        "Every message: what was sent, to whom, and what became of it.",
    ),
    "templates": (
        "services.notifications.cli.templates:app",
        "The words of every message: list, look at and check them.",
    ),
    "surveys": (
        "services.surveys.cli:app",
        "Surveys and consultations: check, publish, invite, follow, close, report.",
    ),
    "bookings": (
        "services.bookings.cli:app",
        "Network meetings and webcasts: publish, book, look up, follow up.",
    ),
    "officers": (
        "shared.cli.officers:app",
        "Who may sign decisions: credentials issued, listed and revoked.",
    ),
    "audit": (
        "shared.cli.audit:app",
        "The audit trail: who has looked at whose data or acted by hand, and when.",
    ),
    "dead": ("shared.cli.dead:app", "Messages that could not be processed: list, show, replay, drop."),
    "oddities": (
        "services.notices.cli.oddities:app",
        "What schools' systems sent that could not be used; the rest is kept.",
    ),
    "clock": ("shared.cli.clock:app", "Show, set or advance the clock of the local stack."),
}
"""Every command, in the order of `everyday --help`; its help is its docstring's first line (a test checks that)."""

app = typer.Typer(
    cls=loading(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 done, 1 refused or a failure, 2 bad input, 3 sent and not confirmed yet. "
    "Start a local stack with `make up`.",
)


@app.callback()
def everyday() -> None:
    """Everyday Counts: school attendance, from the register to the letter."""
    become_signed_in()


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
