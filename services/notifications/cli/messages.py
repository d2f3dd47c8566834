"""`everyday messages`: what was sent, to whom, by which provider, and what became of it; and what a person may do."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.table import Table

from services.notifications.delivery import DELIVERY
from services.notifications.record import Record
from shared.cli.asking import ask, hand_over
from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import Places, places
from shared.contracts.fields import Person
from shared.contracts.notifications import LiftSuppression, RecordReturnedLetter, RetryMessage
from shared.identity import read_reference
from shared.machine import as_mermaid
from shared.machine import as_text as states_as_text
from shared.paper import as_text
from shared.store import Store

app = typer.Typer(no_args_is_help=True, help="Every message: what was sent, to whom, and what became of it.")

OfficerId = Annotated[str, typer.Option(help="your staff id")]
Officer = Annotated[str, typer.Option(help="your name")]
Role = Annotated[str, typer.Option(help="your role")]
_ROLE = "Attendance Officer"


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="a message's id, or the case or notice that it is about")],
    pdf: Annotated[Path | None, typer.Option(help="write the letter to this file, as it was posted")] = None,
) -> None:
    """Show messages with their attempts, receipts and words. Example: everyday messages show N-5HTY-P5RVZ"""
    at = places()
    asked = _reference(reference)

    async def pages(store: Store) -> tuple[list[str], bytes]:
        record = Record(store)
        found = await record.found(asked)
        letters = [each["_id"] for each in found if each["channel"] == "letter"]
        letter = await record.pdf(letters[-1] if letters else found[0]["_id"]) if pdf else b""
        return [as_text(await record.page(each)) for each in found], letter

    shown, letter = ask(at, "notifications", pages)
    witnessed(at, "messages show", asked)
    if pdf:
        pdf.write_bytes(letter)
        err.print(f"[green]written[/green]: {pdf}", soft_wrap=True)
    else:
        out.print("\n\n".join(shown), markup=False, soft_wrap=True)


@app.command("list")
def list_messages(
    about: Annotated[str, typer.Option(help="a case or notice")] = "",
    state: Annotated[str, typer.Option(help="such as failed, held, unknown")] = "",
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List messages, newest first. Examples: everyday messages list --state failed · … --about N-5HTY-P5RVZ"""
    if state and state not in DELIVERY.states:
        fail(f"--state: one of {', '.join(DELIVERY.states)}", BAD_INPUT)
    asked = _reference(about) if about else ""
    found = ask(places(), "notifications", lambda store: Record(store).listed(asked, state, limit))
    if as_json:
        told = ("_id", "about", "telling", "channel", "state", "attempts")
        print(json.dumps([{name: each[name] for name in told} for each in found]))  # noqa: T201
        return
    table = Table("message", "about", "telling", "by", "state", "attempts")
    for each in found:
        state_of = each["state"] + (f" ({each['held_for']})" if each["state"] == "held" else "")
        table.add_row(each["_id"], each["about"], each["telling"], each["channel"], state_of, str(each["attempts"]))
    out.print(table if found else "there are no such messages")


@app.command()
def states(diagram: Annotated[bool, typer.Option(help="as a Mermaid diagram")] = False) -> None:
    """Print every state of a message, and every way between them, from the code."""
    out.print(as_mermaid(DELIVERY) if diagram else states_as_text(DELIVERY), markup=False, soft_wrap=True)


@app.command()
def retry(
    message: Annotated[str, typer.Argument(help="the message's id")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = _ROLE,
) -> None:
    """Send a parked message again, once what was wrong is mended. Example: everyday messages retry 0c5d… …"""
    at = places()
    person = Person(id=officer_id, name=officer, role=role)
    witnessed(at, "messages retry", message, by=officer_id)
    hand_over(at, RetryMessage(**_envelope(at), delivery=message, officer=person))
    err.print(f"[green]handed over[/green]; see what came of it with: everyday messages show {message}")


@app.command()
def returned(
    notice: Annotated[str, typer.Argument(help="the notice that stands on the letter")],
    officer_id: OfficerId,
    officer: Officer,
    on: Annotated[str, typer.Option(help="the day on which it came back, such as 2024-11-20; today without it")] = "",
    role: Role = _ROLE,
) -> None:
    """Record a letter that the post brought back. Example: everyday messages returned N-5HTY-P5RVZ --on 2024-11-20 …"""
    at = places()
    try:
        day = date.fromisoformat(on) if on else at.clock().today()
    except ValueError:
        fail("--on: write a day such as 2024-11-20", BAD_INPUT)
    person = Person(id=officer_id, name=officer, role=role)
    about = _reference(notice)
    witnessed(at, "messages returned", about, by=officer_id)
    hand_over(
        at,
        RecordReturnedLetter(**_envelope(at), subject=about, reference=about, returned_on=day, officer=person),
    )
    err.print(f"[green]handed over[/green]; see what came of it with: everyday explain {about}")


@app.command()
def suppressed() -> None:
    """List addresses to which nothing is sent, because one message could not be delivered for good."""

    async def listed(store: Store) -> list[tuple[str, str, str]]:
        record = Record(store)
        found = await record.suppressed()
        addresses = await record.addressed([each["suppressed"]["delivery"] for each in found])
        return [
            (each["_id"], addresses.get(each["suppressed"]["delivery"], ""), each["suppressed"]["why"])
            for each in found
        ]

    at = places()
    witnessed(at, "messages suppressed")
    found = ask(at, "notifications", listed)
    table = Table("id", "address", "because")
    for row in found:
        table.add_row(*row)
    out.print(table if found else "no address is suppressed")


@app.command()
def lift(
    address: Annotated[str, typer.Argument(help="its id, as `everyday messages suppressed` shows it")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = _ROLE,
) -> None:
    """Send to an address again that once took no message. Example: everyday messages lift email:3f… …"""
    at = places()
    try:
        person = Person(id=officer_id, name=officer, role=role)
        command = LiftSuppression(**_envelope(at), address=address, officer=person)
    except ValueError:
        fail("give the id that `everyday messages suppressed` shows", BAD_INPUT)
    witnessed(at, "messages lift", address, by=officer_id)
    hand_over(at, command)
    err.print("[green]handed over[/green]; see what came of it with: everyday messages suppressed")


def _envelope(at: Places) -> dict[str, Any]:
    """A command from here begins a story of its own."""
    key = uuid4()
    return {"id": key, "correlation_id": key, "time": at.clock().now()}


def _reference(typed: str) -> str:
    """A reference as we write it; a message's id is taken as it is."""
    if len(typed) > 20:
        return typed
    try:
        return read_reference(typed)
    except ValueError as error:
        fail(str(error), BAD_INPUT)
