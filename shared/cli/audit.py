"""`everyday audit`: who has looked at whose data. Every command that shows personal data leaves a line first."""

import asyncio
import json
import os
import pwd
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from shared.audit import Audit, Look
from shared.cli.output import FAILURE, fail, out
from shared.cli.places import Places, places
from shared.clock import LONDON, Clock
from shared.store import NotAllowed, StoreUnavailable

app = typer.Typer(no_args_is_help=True, help="The audit trail: who has looked at whose data, and when.")

T = TypeVar("T")


@app.command("list")
def list_(
    who: Annotated[str, typer.Option(help="a staff id")] = "",
    about: Annotated[str, typer.Option(help="a case, notice, booking …, a UPN, an address or a parent's id")] = "",
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List looks at personal data, newest first. Looking at this list is one too.

    Examples: everyday audit list --about C-7K4M-9PXT3 · everyday audit list --who officer-17
    """
    at = places("mongo")
    looked(at, "audit list", *filter(None, (who, about)))
    found = _asked(at, lambda audit: audit.listed(who, about, limit))
    if as_json:
        told = [{"at": e.at.isoformat(), "who": e.who, "what": e.what, "about": list(e.about)} for e in found]
        print(json.dumps(told))  # noqa: T201
        return
    table = Table("when", "who", "looked by", "at")
    for look in found:
        when = f"{look.at.astimezone(LONDON):%d %b %Y %H:%M:%S}"
        table.add_row(when, look.who, look.what, ", ".join(look.about))
    out.print(table if found else "nobody has looked")


def looked(at: Places, what: str, *about: str) -> None:
    """Leave a line that somebody looks at personal data, or end: without it nothing is shown."""
    _asked(at, lambda audit: audit.keep(Look(Clock.wall(), who(), what, tuple(dict.fromkeys(about)))))


def who() -> str:
    """Who sits at the command line: the staff id that they gave, else who is logged in to the machine."""
    return os.environ.get("EVERYDAY_OFFICER_ID") or f"user:{_logged_in()}"


def _logged_in() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user has no name
        return str(os.getuid())


def _asked(at: Places, question: Callable[[Audit], Awaitable[T]]) -> T:
    async def answer() -> T:
        audit = Audit(at.mongo)
        try:
            return await question(audit)
        finally:
            audit.close()

    try:
        return asyncio.run(answer())
    except NotAllowed:
        fail("this identity may not write the audit trail, so nothing is shown: use the stores' reader", FAILURE)
    except StoreUnavailable:
        fail("the audit trail does not answer, so nothing is shown: is the stack running?", FAILURE)
