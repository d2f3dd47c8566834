"""The notices service's part of the command line: for the duty line, for officers, and for whoever sets it up."""

import typer

from services.notices.cli import commands, deciding, papers, policy, reading


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.command("explain")(reading.explain)
    app.add_typer(reading.cases, name="cases")
    app.add_typer(reading.notice, name="notice")
    app.command("authorise")(deciding.authorise)
    app.command("decide", cls=commands.ListsCommands)(deciding.decide)
    app.add_typer(policy.app, name="policy")
    app.add_typer(papers.app, name="papers")
