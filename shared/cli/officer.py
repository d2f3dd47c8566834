"""Who acts at the command line: given with the command, or once in the environment."""

from typing import Annotated

import typer

OfficerId = Annotated[str, typer.Option(envvar="EVERYDAY_OFFICER_ID", help="your staff id")]
Officer = Annotated[str, typer.Option("--officer", envvar="EVERYDAY_OFFICER", help="your name")]
Role = Annotated[str, typer.Option(envvar="EVERYDAY_OFFICER_ROLE", help="your role under the code of conduct")]
ROLE = "Attendance Officer"
