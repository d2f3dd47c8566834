"""`everyday oddities`: what schools' systems sent that could not be used, though the rest of it was kept."""

import json
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from services.notices.store.oddities import FIXES, oddities
from shared.cli.asking import ask
from shared.cli.audit import witnessed
from shared.cli.output import err, out
from shared.cli.places import places
from shared.contracts.untidy import Untidy
from shared.time.clock import LONDON

app = typer.Typer(no_args_is_help=True, help="What schools' systems sent that could not be used; the rest is kept.")


@app.command("list")
def list_(
    school: Annotated[str, typer.Option(help="only of the school with this URN")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List the fields that were left out, school by school, until a later message puts them right.

    A school corrects them in its own system; by hand, send the record or the mark again with everyday send.

    Example: everyday oddities list --school 123456
    """
    at = places("mongo")
    witnessed(at, "oddities list", *filter(None, (school,)))
    found = ask(at, "notices", lambda store: oddities(store, school))
    if as_json:
        rows = [
            {
                "school": each.urn,
                "what": each.kind,
                "at": each.at.isoformat(),
                "day": each.untidy.day,
                "session": each.untidy.session,
                "pupil": each.untidy.upn,
                "field": each.untidy.field,
                "reason": each.untidy.reason,
            }
            for each in found
        ]
        print(json.dumps(rows))  # noqa: T201
        return
    if not found:
        err.print("nothing was left out")
        return
    table = Table("school", "what", "pupil", "field and reason", "came")
    for each in found:
        what = f"{each.kind.replace('_', ' ')}{_session(each.untidy)}"
        why = f"{each.untidy.field}: {each.untidy.reason}"
        table.add_row(each.urn, what, each.untidy.upn or "", why, f"{each.at.astimezone(LONDON):%-d %b %Y}")
    out.print(table)
    for reason in sorted({each.untidy.reason for each in found}):
        out.print(f"{reason}: {FIXES[reason]}", soft_wrap=True)


def _session(untidy: Untidy) -> str:
    """The session, if there was one: the day as people write it, unless the day itself is unreadable."""
    if not untidy.day:
        return ""
    try:
        day = date.fromisoformat(untidy.day)
    except ValueError:
        return f", {untidy.day} {untidy.session or ''}".rstrip()
    return f", {day.day} {day:%b %Y} {untidy.session or ''}".rstrip()
