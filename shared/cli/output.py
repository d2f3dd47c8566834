"""How the command line speaks: data on standard output, progress and errors on standard error."""

from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

FAILURE, BAD_INPUT = 1, 2


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and what to do next, and end with the exit code."""
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)
