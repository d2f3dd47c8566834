"""The command line with every command loaded, for tests that walk through all of them."""

from collections.abc import Iterator
from typing import Any

import typer

from services.cli import app


def whole() -> Any:
    """The group of every command, each as its module has it."""
    group = typer.main.get_command(app)
    group.commands = {name: command.loaded for name, command in group.commands.items()}
    return group


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that somebody can type, with its words."""
    if hasattr(group, "commands"):
        if name and group.invoke_without_command:
            yield name, group
        for inner, command in group.commands.items():
            yield from commands(command, f"{name} {inner}".strip())
    else:
        yield name, group
