"""How the command line speaks: data on standard output, progress and errors on standard error."""

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from shared.writing.characters import shown

_WHOLE = re.compile(r"\S*|(\w+ )?[0-9]{1,2} \w+ [0-9]{4}(,? \S+)?|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}\S*")
"""Things that people copy out of a table: an id, an address, a date."""


class _Console(Console):
    """Breaks no id, date or word in a table: if the terminal is too narrow, lines are longer than it is wide.

    Text from others cannot move the cursor or change the text's direction: such characters are shown by name.
    """

    def render_str(self, text: str, **more: Any) -> Text:
        return super().render_str(shown(text), **more)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else part._replace(text=shown(part.text))

    def print(self, *objects: Any, **more: Any) -> None:
        for table in objects:
            if isinstance(table, Table):
                for column in table.columns:
                    cells = [self.render_str(str(cell)).plain for cell in column.cells]
                    column.no_wrap = all(_WHOLE.fullmatch(cell) for cell in cells)
                    parts = cells if column.no_wrap else " ".join(cells).split()
                    column.min_width = max(map(len, [*parts, *str(column.header).split()]), default=0)
                needed = sum(column.min_width or 0 for column in table.columns) + 3 * len(table.columns) + 1
                table.width = needed if needed > self.width else None
                more = {"crop": False, **more}
        super().print(*objects, **more)


out = _Console(highlight=False)
err = _Console(stderr=True, highlight=False)

FAILURE, BAD_INPUT, NOT_CONFIRMED = 1, 2, 3
"""How a command ends when it does not do what was asked: refused or failed; bad input; sent, with no answer yet."""


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and what to do next, and end with the exit code."""
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def refused(*reasons: str) -> NoReturn:
    """Say why a service refused what was asked, and end."""
    fail(f"Refused: {' '.join(reasons)}", FAILURE)
