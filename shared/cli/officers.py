"""`everyday officers`: who may sign decisions. An administrator issues a credential to each person, and revokes it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from shared.cli.output import BAD_INPUT, FAILURE, err, fail, out
from shared.cli.signing import own
from shared.contracts.fields import Person
from shared.signing.authority import PUBLIC, SERVICES, Folder, NoAuthority, write_secret
from shared.time.clock import Clock

app = typer.Typer(no_args_is_help=True, help="Who may sign decisions: credentials issued, listed and revoked.")

Where = Annotated[Path, typer.Option("--authority", envvar="EVERYDAY_AUTHORITY", help="the authority's folder")]
T = TypeVar("T")


@app.command()
def begin(authority: Where) -> None:
    """Make a new authority in a folder of its own: a key, which is a secret, and officers.json for the services.

    Example: everyday officers begin --authority ~/attendance-authority
    """
    _asked(lambda: Folder(authority).begin())
    err.print(
        f"[green]done[/green]. Services are given {authority / PUBLIC} (EVERYDAY_OFFICERS); nobody the rest.",
        soft_wrap=True,
    )


@app.command()
def issue(
    authority: Where,
    id_: Annotated[str, typer.Option("--id", help="their staff id")],
    name: Annotated[str, typer.Option(help="their name, as a notice will print it")],
    role: Annotated[str, typer.Option(help="their role under the code of conduct")],
    into: Annotated[Path, typer.Option(help="the file for them: it is a secret")],
    days: Annotated[int, typer.Option(min=1, max=400, help="how long it is valid")] = 90,
    for_: Annotated[list[str] | None, typer.Option("--for", help="a service; without it, all services")] = None,
) -> None:
    """Issue a person's credential, into a file that only they get.

    They put it at ~/.config/everyday/credential, or name it in EVERYDAY_CREDENTIAL.

    Example: everyday officers issue --authority ~/attendance-authority --id officer-17 --name "Jo Harwood"
    --role "Attendance Officer" --into jo.credential --for notices
    """
    services = tuple(for_ or SERVICES)
    if wrong := set(services) - set(SERVICES):
        fail(f"--for: there is no service {', '.join(sorted(wrong))}: use {', '.join(SERVICES)}", BAD_INPUT)
    try:
        who = Person(id=id_, name=name, role=role)
    except ValueError:
        fail("--id, --name, --role: write each in at most 200 characters", BAD_INPUT)
    if into.exists():
        fail(f"{into} is there already: name a new file", BAD_INPUT)
    credential = _asked(lambda: Folder(authority).issue(who, Clock.wall(), days, services))
    write_secret(into, credential.text())
    expires = datetime.fromtimestamp(credential.claims.exp)  # noqa: DTZ006 - the local day
    err.print(
        f"[green]issued[/green] {credential.claims.jti} for {who.id}, good until {expires:%-d %B %Y}: {into}",
        soft_wrap=True,
    )


@app.command("list")
def list_(authority: Where) -> None:
    """List every credential that was issued, and which are valid.

    Example: everyday officers list --authority ~/attendance-authority
    """
    found, now = _asked(Folder(authority).issued), Clock.wall()
    table = Table("credential", "officer", "name", "role", "services", "expires", "is")
    for each in found:
        state = f"revoked {each.revoked}" if each.revoked else "good" if each.is_good(now) else "expired"
        services = "all" if set(each.services) == set(SERVICES) else ", ".join(each.services)
        table.add_row(each.id, each.officer, each.name, each.role, services, each.expires[:10], state)
    out.print(table if found else "no credential has been issued")


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(help="a credential's id, or a staff id: all of theirs")],
    authority: Where,
    reason: Annotated[str, typer.Option(help="why, such as a lost laptop")],
) -> None:
    """Revoke a credential, or all of a person's: services no longer act on anything it signed, even if it still waits.

    Services see it once they get the new officers.json.

    Example: everyday officers revoke officer-17 --authority ~/attendance-authority --reason "lost laptop"
    """
    gone = _asked(lambda: Folder(authority).revoke(which, reason.strip(), Clock.wall()))
    if not gone:
        fail(f"{which}: no credential of this id or person is left to revoke: see `everyday officers list`", FAILURE)
    ids = ", ".join(each.id for each in gone)
    err.print(f"[green]revoked[/green] {ids}. Give services the new {authority / PUBLIC}.", soft_wrap=True)


@app.command()
def me() -> None:
    """Say as whom you are signed in here. Example: everyday officers me"""
    credential = own()
    if credential is None:
        fail("You are not signed in: put your credential at ~/.config/everyday/credential", FAILURE)
    who, claims = credential.person, credential.claims
    expires = datetime.fromtimestamp(claims.exp)  # noqa: DTZ006 - the local day
    line = f"{who.name} ({who.id}), {who.role}: credential {claims.jti}, good until {expires:%-d %B %Y}"
    out.print(line, markup=False, soft_wrap=True)


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except (NoAuthority, ValueError) as error:
        fail(str(error), FAILURE)
    except OSError as error:
        fail(f"the authority's folder cannot be used: {error.strerror}", FAILURE)
