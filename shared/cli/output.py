"""How the command line speaks: data on standard output, progress and errors on standard error."""

from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

FAILURE, BAD_INPUT, NOT_CONFIRMED = 1, 2, 3
"""How a command ends when it does not do what was asked: refused or failed; bad input; sent, with no answer yet."""


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and what to do next, and end with the exit code."""
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def refused(*reasons: str) -> NoReturn:
    """Say why a service refused what was asked, and end."""
    fail(f"Refused: {' '.join(reasons)}", FAILURE)
