"""`everyday surveys`: the team's part of the command line, from the draft to “you said, we did”."""

import typer

from services.surveys.cli import authoring, consulting, outcome, running

app = typer.Typer(
    no_args_is_help=True, help="Surveys and consultations: check, publish, invite, follow, close, report."
)


def add_to(everything: typer.Typer) -> None:
    """Hang these commands into the command line."""
    for part in (authoring, running, outcome, consulting):
        part.add_to(app)
    everything.add_typer(app, name="surveys")
