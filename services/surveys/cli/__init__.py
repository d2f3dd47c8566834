"""The command line about surveys: for the team, from the draft to “you said, we did”.
Only the table of commands (`services/cli.py`) imports from here.
It never writes to a store: what changes something is sent as a command.
"""

import typer

from services.surveys.cli import authoring, consulting, outcome, previewing, running

app = typer.Typer(
    no_args_is_help=True, help="Surveys and consultations: check, publish, invite, follow, close, report."
)
for part in (authoring, previewing, running, outcome, consulting):
    part.add_to(app)
