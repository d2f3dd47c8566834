"""A command line whose commands load when called: `--help` names them all and imports none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

Table = Mapping[str, tuple[str, str]]
"""By name: where a command is, as `module:attribute` (a function, Special or Typer), and its line of help."""


@dataclass(frozen=True)
class Special:
    """A command whose help is more than its docstring."""

    function: Callable[..., Any]
    cls: type[TyperCommand]


class Later(TyperCommand):
    """A command's name and its line of help; the command itself is imported when it is called."""

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=escape(line))
        self.place = place

    @cached_property
    def loaded(self) -> Any:
        """The command itself."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(module), attribute)
        one = typer.Typer(rich_markup_mode="rich")
        if isinstance(found, typer.Typer):
            one.add_typer(found, name=self.name)
        elif isinstance(found, Special):
            one.command(self.name, cls=found.cls)(found.function)
        else:
            one.command(self.name)(found)
        return _as_written(typer.main.get_group(one).commands[str(self.name)])

    def make_context(self, *args: Any, **more: Any) -> Any:
        """The context of the command itself, in which it then runs."""
        return self.loaded.make_context(*args, **more)


def _as_written(command: Any) -> Any:
    """The command, with its help shown as written: square brackets are not mark-up."""
    command.help = escape(command.help or "")
    for parameter in command.params:
        parameter.help = escape(getattr(parameter, "help", None) or "")
    for inner in getattr(command, "commands", {}).values():
        _as_written(inner)
    return command


def loading(table: Table) -> type[TyperGroup]:
    """A group of the table's commands, in its order: the `cls` of a Typer."""

    class Commands(TyperGroup):
        def __init__(self, **more: Any) -> None:
            super().__init__(**more | {"commands": [Later(name, *where) for name, where in table.items()]})

    return Commands
