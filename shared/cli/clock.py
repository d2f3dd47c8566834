"""`everyday clock`: the local stack's movable clock. A production system has none."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.output import BAD_INPUT, fail, out
from shared.cli.places import places
from shared.clock import LONDON, Clock, write_offset

app = typer.Typer(no_args_is_help=True, help="Show, set or advance the clock of the local stack.")

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@app.command()
def show() -> None:
    """Say what time it is for the local stack."""
    _tell(Clock(_file()).now())


@app.command("set")
def set_(instant: Annotated[str, typer.Argument(help="for example 2024-10-04T18:00 (London time unless it says)")]) -> None:
    """Set the clock. Example: everyday clock set 2024-10-04T18:00"""
    try:
        wanted = datetime.fromisoformat(instant)
    except ValueError:
        fail("write an instant such as 2024-10-04T18:00", BAD_INPUT)
    move(_file(), wanted if wanted.tzinfo else wanted.replace(tzinfo=LONDON))


@app.command()
def advance(step: Annotated[str, typer.Argument(help="for example 90m, 2h, 3d, 1w or 3d2h")]) -> None:
    """Advance the clock. Example: everyday clock advance 3d2h"""
    file = _file()
    move(file, Clock(file).now() + duration(step))


def move(file: Path, instant: datetime) -> None:
    """Let the stack's clock tell this instant from now on."""
    write_offset(file, instant - Clock.wall())
    _tell(instant)


def duration(text: str) -> timedelta:
    """A step such as 3d2h; ends with a word on how to write one."""
    if not re.fullmatch(r"(\d+[mhdw])+", text):
        fail("write a step such as 90m, 2h, 3d, 1w or 3d2h", BAD_INPUT)
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in re.findall(r"(\d+)([mhdw])", text)), timedelta())


def _file() -> Path:
    file = places().clock_file
    if file is None:
        fail("only a local stack has a clock that can be moved: start one with `make up`", BAD_INPUT)
    return file


def _tell(instant: datetime) -> None:
    local = instant.astimezone(LONDON)
    out.print(f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} ({local.isoformat(timespec='seconds')})")
