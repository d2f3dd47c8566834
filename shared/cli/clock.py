"""`everyday clock`: the local stack's movable clock. A production system has none."""

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places
from shared.time.clock import LONDON, Clock, write_offset

app = typer.Typer(no_args_is_help=True, help="Show, set or advance the clock of the local stack.")

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@app.command()
def show() -> None:
    """Say what time it is for the local stack. Example: everyday clock show"""
    _tell(Clock(_file()).now())


@app.command("set")
def set_(
    moment: Annotated[str, typer.Argument(help="for example 2024-10-04T18:00 (London time unless it says)")],
) -> None:
    """Set the clock. Example: everyday clock set 2024-10-04T18:00"""
    file = _file()
    try:
        wanted = instant(moment)
    except ValueError as error:
        fail(str(error), BAD_INPUT)
    if wanted < Clock(file).now():
        err.print("[yellow]the clock goes back[/yellow]: what has already happened keeps its later time")
    move(file, wanted)


@app.command()
def advance(
    step: Annotated[list[str], typer.Argument(help="for example 90m, 2h, 3d, 1w, 3d2h, or: to 17:31")],
) -> None:
    """Advance the clock, by a step or to the next time of day in London.

    Examples: everyday clock advance 3d2h · everyday clock advance to 17:31
    """
    file = _file()
    try:
        wanted = advanced(Clock(file).now(), " ".join(step))
    except ValueError as error:
        fail(str(error), BAD_INPUT)
    move(file, wanted)


def move(file: Path, wanted: datetime) -> None:
    """Set the stack's clock to this instant."""
    write_offset(file, wanted - Clock.wall())
    _tell(wanted)


def instant(text: str) -> datetime:
    """An ISO instant; one without an offset is London time. Raises ValueError that says how to write one."""
    try:
        wanted = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write an instant such as 2024-10-04T18:00") from None
    return wanted if wanted.tzinfo else wanted.replace(tzinfo=LONDON)


def advanced(now: datetime, step: str) -> datetime:
    """The clock's new time after a step (3d2h), or at the next time of day in London (to 17:31).

    A step is elapsed time. Raises ValueError that says how to write one.
    """
    if time_of_day := re.fullmatch(r"to ([0-9]{1,2}):([0-9]{2})", step):
        hour, minute = (int(part) for part in time_of_day.groups())
        if hour > 23 or minute > 59:
            raise ValueError("write a time of day such as: to 17:31")
        local = now.astimezone(LONDON)
        wanted = datetime.combine(local.date(), time(hour, minute), LONDON)
        return wanted if wanted > local else wanted + timedelta(days=1)
    return now + duration(step)


def duration(text: str) -> timedelta:
    """A step such as 3d2h. Raises ValueError that says how to write one."""
    if not re.fullmatch(r"([0-9]{1,4}[mhdw])+", text):
        raise ValueError("write a step such as 90m, 2h, 3d, 1w or 3d2h, or: to 17:31")
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in re.findall(r"([0-9]+)([mhdw])", text)), timedelta())


def _file() -> Path:
    file = places().clock_file
    if file is None:
        fail("only a local stack has a clock that can be moved: start one with `make up`", BAD_INPUT)
    return file


def _tell(instant: datetime) -> None:
    local = instant.astimezone(LONDON)
    out.print(f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} ({local.isoformat(timespec='seconds')})")
