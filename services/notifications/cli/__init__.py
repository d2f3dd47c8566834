"""The notifications service's part of the command line."""

import typer

from services.notifications.cli import templates


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.add_typer(templates.app, name="templates")
