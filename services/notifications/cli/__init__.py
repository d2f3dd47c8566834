"""The notifications service's part of the command line: what was sent, to whom, and what became of it."""

import typer

from services.notifications.cli import messages


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.add_typer(messages.app, name="messages")
