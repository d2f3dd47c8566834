"""`everyday audit`: who has looked at whose data. Every command that shows personal data writes an entry first.

So do commands whose author no case, survey or booking records.
"""

import json
import os
import pwd
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from shared.cli import signing
from shared.cli.asking import ask
from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.cli.places import Places, places
from shared.messaging.access import AUDIT
from shared.people.audit import ACT, Audit, Entry
from shared.signing.signatories import Unproven
from shared.store.writes import NotAllowed
from shared.time.clock import LONDON, Clock

app = typer.Typer(
    no_args_is_help=True, help="The audit trail: who has looked at whose data or acted by hand, and when."
)

T = TypeVar("T")


@app.command("list")
def list_(
    who: Annotated[str, typer.Option(help="a staff id")] = "",
    about: Annotated[str, typer.Option(help="a case, notice, booking …, a UPN, an address or a parent's id")] = "",
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List who looked at personal data or acted by hand, newest first. Looking at this list is recorded too.

    A signature proves who it was, else it is claimed: somebody typed it. An entry whose credential was revoked since is
    marked revoked: it may have been written later than it says.

    Examples: everyday audit list --about C-7K4M-9PXT3 · everyday audit list --who officer-17
    """
    at = places("mongo")
    standing = _judge(at)
    witnessed(at, "audit list", *filter(None, (who, about)))
    found = _asked(at, lambda audit: audit.listed(who, about, limit))
    if as_json:
        rows = [
            {"at": e.at.isoformat(), "who": e.who, "is": standing(e), "what": e.what, "about": list(e.about)}
            | {"why": e.why}
            for e in found
        ]
        print(json.dumps(rows))  # noqa: T201
        return
    table = Table("when", "who", "is", "command", "about", "why")
    for entry in found:
        when = f"{entry.at.astimezone(LONDON):%-d %b %Y %H:%M:%S}"
        table.add_row(when, entry.who, standing(entry), entry.what, ", ".join(entry.about), entry.why)
    out.print(table if found else "there are no such entries")


def witnessed(at: Places, what: str, *about: str, by: str = "", why: str = "") -> None:
    """Record that somebody looks at personal data or acts, or end: without the entry nothing is shown or done.

    If somebody is signed in, the entry is in their name and signed.
    """
    credential = signing.named(at, by or os.environ.get("EVERYDAY_OFFICER_ID", ""))
    name = credential.person.id if credential else by or who()
    entry = Entry(Clock.wall(), name, what, tuple(dict.fromkeys(about)), why)
    if credential is not None:
        entry = replace(entry, signature=credential.sign(ACT, entry.body(), entry.at))
    _asked(at, lambda audit: audit.keep(entry))


def _judge(at: Places) -> Callable[[Entry], str]:
    """Decides whether an entry's author is proven. Loaded here, because every command imports this module."""
    from shared.signing.credentials import Trusted, proven  # noqa: PLC0415

    trusted = Trusted()
    if at.officers is None:
        err.print("Nobody is proven here: name the file of officers' keys in EVERYDAY_OFFICERS.")
    else:
        try:
            trusted = Trusted.read(at.officers.read_text("utf-8"))
        except (OSError, ValueError):
            fail(f"{at.officers}: the file of officers' keys cannot be read", BAD_INPUT)

    def standing(entry: Entry) -> str:
        try:
            signed = proven(entry.signature, ACT, entry.body(), trusted, Clock.wall())
        except Unproven as why:
            return "revoked" if why.code == "credential_revoked" else "claimed"
        return "proven" if signed.id == entry.who else "claimed"

    return standing


def who() -> str:
    """Who is at the command line: the staff id they gave, else the user of the machine."""
    return os.environ.get("EVERYDAY_OFFICER_ID") or f"user:{_logged_in()}"


def _logged_in() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user has no name
        return str(os.getuid())


def _asked(at: Places, question: Callable[[Audit], Awaitable[T]]) -> T:
    try:
        return ask(at, AUDIT, lambda store: question(Audit(store)))
    except NotAllowed:
        fail("this identity may not write the audit trail, so nothing is shown or done: use the reader", FAILURE)
