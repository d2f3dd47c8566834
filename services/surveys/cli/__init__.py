"""`everyday surveys`: the team's part of the command line, from the draft to “you said, we did”."""

import typer

from services.surveys.cli import authoring, consulting, outcome, running

app = typer.Typer(
    no_args_is_help=True, help="Surveys and consultations: check, publish, invite, follow, close, report."
)
for part in (authoring, running, outcome, consulting):
    part.add_to(app)
