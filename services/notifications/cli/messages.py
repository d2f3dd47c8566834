"""`everyday messages`: what was sent, to whom, by which provider, what became of it, and what to do about it."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.notifications.asking.record import Record
from services.notifications.cli.asking import ask, person, reference, tell
from services.notifications.deliveries.delivery import DELIVERY
from shared.cli.asking import command
from shared.cli.audit import witnessed
from shared.cli.officer import ROLE, Officer, OfficerId, Role
from shared.cli.output import BAD_INPUT, err, fail, out
from shared.cli.places import places
from shared.contracts.notifications import LiftSuppression, RecordReturnedLetter, RetryMessage
from shared.machine import as_mermaid
from shared.machine import as_text as states_as_text
from shared.store.documents import Document, Store
from shared.time.clock import LONDON
from shared.writing.paper import as_text

app = typer.Typer(no_args_is_help=True, help="Every message: what was sent, to whom, and what became of it.")


@app.command()
def show(
    of: Annotated[str, typer.Argument(help="a message's id, or what it is about: a case, a notice, an MI Sheet")],
    pdf: Annotated[Path | None, typer.Option(help="write the letter to this file, as it was posted")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for another program")] = False,
) -> None:
    """Show messages: why each was sent, with which facts, its attempts, receipts and words.

    Example: everyday messages show N-5HTY-P5RVZ
    """
    at = places()
    asked = reference(of)

    async def pages(store: Store) -> tuple[list[str], bytes]:
        record = Record(store)
        found = await record.found(asked)
        letters = [each["_id"] for each in found if each["channel"] == "letter"]
        letter = await record.pdf(letters[-1] if letters else found[0]["_id"]) if pdf else b""
        if as_json:
            return [json.dumps([await record.whole(each) for each in found], default=str)], letter
        return [as_text(await record.page(each)) for each in found], letter

    shown, letter = ask(at, pages)
    witnessed(at, "messages show", asked)
    if pdf:
        pdf.write_bytes(letter)
        err.print(f"[green]written[/green]: {pdf}", soft_wrap=True)
    if as_json:
        print(*shown)  # noqa: T201
    elif not pdf:
        out.print("\n\n".join(shown), markup=False, soft_wrap=True)


@app.command("list")
def list_messages(
    about: Annotated[str, typer.Option(help="a case, a notice, an MI Sheet such as 55/24")] = "",
    state: Annotated[str, typer.Option(help="such as failed, held, unknown")] = "",
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List messages: what waits to be told, then the newest.

    Examples: everyday messages list --state failed · everyday messages list --about N-5HTY-P5RVZ
    """
    if state and state not in DELIVERY.states:
        fail(f"--state: one of {', '.join(DELIVERY.states)}", BAD_INPUT)
    asked = reference(about) if about else ""

    async def look(store: Store) -> list[Document]:
        whole = await Record(store).held(asked, limit) if not state or state == "held" else []
        return [*whole, *await Record(store).listed(asked, state, limit)][:limit]

    found = ask(places(), look)
    if as_json:
        columns = ("_id", "about", "telling", "channel", "state", "attempts")
        rows = [{**{name: each[name] for name in columns}, "held_until": _held_until(each)} for each in found]
        print(json.dumps(rows, default=str))  # noqa: T201
        return
    table = Table("message", "about and telling", "state")
    for each in found:
        table.add_row(each["_id"], f"{each['about']}\n{each['telling'].replace('_', ' ')}", _how(each))
    out.print(table if found else "there are no such messages")


@app.command()
def states(diagram: Annotated[bool, typer.Option(help="as a Mermaid diagram")] = False) -> None:
    """Print every state of a message, and every move between them, from the code."""
    out.print(as_mermaid(DELIVERY) if diagram else states_as_text(DELIVERY), markup=False, soft_wrap=True)


@app.command()
def retry(
    message: Annotated[str, typer.Argument(help="the message's id")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = ROLE,
) -> None:
    """Send a message again that could not be processed, once that is fixed; or release one that reaches many.

    Example: everyday messages retry 0c5d… --officer-id o-17 --officer "Jo Harwood"
    """
    at = places()
    by = person(officer_id, officer, role)
    witnessed(at, "messages retry", message, by=officer_id)
    tell(at, command(at.clock(), RetryMessage, delivery=message, officer=by), f"messages show {message}")


@app.command()
def returned(
    notice: Annotated[str, typer.Argument(help="the notice that stands on the letter")],
    officer_id: OfficerId,
    officer: Officer,
    on: Annotated[str, typer.Option(help="the day on which it came back, such as 2024-11-20; today without it")] = "",
    role: Role = ROLE,
) -> None:
    """Record a letter that the post brought back. Example: everyday messages returned N-5HTY-P5RVZ --on 2024-11-20 …"""
    at = places()
    try:
        day = date.fromisoformat(on) if on else at.clock().today()
    except ValueError:
        fail("--on: write a day such as 2024-11-20", BAD_INPUT)
    by, about = person(officer_id, officer, role), reference(notice)
    facts = {"subject": about, "reference": about, "returned_on": day}
    witnessed(at, "messages returned", about, by=officer_id)
    tell(at, command(at.clock(), RecordReturnedLetter, officer=by, **facts), f"explain {about}")


@app.command()
def suppressed() -> None:
    """List addresses to which nothing is sent, because a message to them failed permanently."""

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
    found = ask(at, listed)
    table = Table("id", "address", "because")
    for row in found:
        table.add_row(*row)
    out.print(table if found else "no address is suppressed")


@app.command()
def lift(
    address: Annotated[str, typer.Argument(help="its id, as `everyday messages suppressed` shows it")],
    officer_id: OfficerId,
    officer: Officer,
    role: Role = ROLE,
) -> None:
    """Send to an address again that once refused a message. Example: everyday messages lift email:3f… …"""
    at = places()
    lifted = command(at.clock(), LiftSuppression, address=address, officer=person(officer_id, officer, role))
    witnessed(at, "messages lift", address, by=officer_id)
    tell(at, lifted, "messages suppressed")


def _held_until(delivery: Document) -> datetime | None:
    return delivery["due_at"] if DELIVERY.of(delivery) == "held" else None


def _how(delivery: Document) -> str:
    """The state, the channel, and the number of attempts if there were several."""
    by = f" by {delivery['channel']}" if delivery["channel"] else ""
    tries = f", {delivery['attempts']} attempts" if int(delivery["attempts"]) > 1 else ""
    return f"{_state(delivery)}{by}{tries}"


def _state(delivery: Document) -> str:
    """The state; for a held message also why and until when."""
    until = _held_until(delivery)
    if until is None:
        return str(delivery["state"])
    return f"held until {until.astimezone(LONDON):%-d %b %Y %H:%M} ({delivery['held_for']})"
