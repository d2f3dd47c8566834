"""The notifications service's part of the command line: what messages say, what was sent, and what became of it."""

import typer

from services.notifications.cli import campaigns, messages, sheets, templates, writing


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    writing.add_to(messages.app)
    messages.app.add_typer(campaigns.app, name="campaigns")
    messages.app.add_typer(sheets.app, name="sheets")
    app.add_typer(messages.app, name="messages")
    app.add_typer(templates.app, name="templates")
