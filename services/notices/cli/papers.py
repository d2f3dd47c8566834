"""`everyday papers`: what the authority has to keep, report and show to a court."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from services.notices.casefile.file import CaseFile
from services.notices.cli.asking import ask
from services.notices.story import returns
from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, err, fail
from shared.cli.places import places
from shared.writing.tables import write_csv

app = typer.Typer(
    no_args_is_help=True, help="The authority's papers: bundle, annual return, records, school's register."
)

First = Annotated[str, typer.Option("--from", help="first day, such as 2024-09-01")]
Last = Annotated[str, typer.Option("--to", help="last day, included")]
Into = Annotated[Path, typer.Option(help="the file to write")]


@app.command("return")
def annual_return(first: First, last: Last, into: Into = Path("dfe-return.csv")) -> None:
    """Write the DfE's annual return as CSV. Example: everyday papers return --from 2024-09-01 --to 2025-08-31"""
    files = ask(places(), lambda explaining: explaining.files())
    row = returns.annual_return(files, _day("--from", first), _day("--to", last))
    write_csv(into, [row], returns.ANNUAL)
    _written(into)


@app.command()
def records(first: First, last: Last, into: Into = Path("notices.csv")) -> None:
    """Write the records of regulation 20 as CSV. Example: everyday papers records --from 2024-09-01 --to 2025-08-31"""
    rows = returns.records(_files("papers records"), _day("--from", first), _day("--to", last))
    write_csv(into, rows, returns.RECORDS)
    _written(into)


@app.command()
def register(
    school: Annotated[str, typer.Argument(help="the school's URN")],
    first: First,
    last: Last,
    into: Into = Path("school.csv"),
) -> None:
    """Write a school's register of notices as CSV. Example: everyday papers register 123456 --from … --to …"""
    rows = returns.register(_files("papers register", school), school, _day("--from", first), _day("--to", last))
    write_csv(into, rows, returns.REGISTER)
    _written(into)


def _files(what: str, *about: str) -> list[CaseFile]:
    """Every case, for a paper that names people."""
    at = places()
    witnessed(at, what, *about)
    return ask(at, lambda explaining: explaining.files())


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: write a day such as 2024-09-01", BAD_INPUT)


def _written(file: Path) -> None:
    err.print(f"[green]written[/green]: {file}", soft_wrap=True)
