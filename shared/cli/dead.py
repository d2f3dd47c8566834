"""`everyday dead`: the messages that were parked, why, and back with them."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from shared.cli.output import BAD_INPUT, fail, out
from shared.cli.places import places
from shared.dead import list_dead, replay

app = typer.Typer(no_args_is_help=True, help="Messages that could not be processed: list, show, replay.")


@app.command("list")
def list_() -> None:
    """List what is parked, with its reason."""
    letters = asyncio.run(list_dead(places().amqp))
    if not letters:
        out.print("nothing is parked")
        return
    table = Table("id", "queue", "attempts", "reason")
    for letter in letters:
        table.add_row(letter.id, letter.queue, str(letter.attempts), letter.reason)
    out.print(table)


@app.command()
def show(message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")]) -> None:
    """Show one parked message whole. It may hold personal data."""
    for letter in asyncio.run(list_dead(places().amqp)):
        if letter.id == message_id:
            out.print(f"queue     {letter.queue}\nreason    {letter.reason}\nattempts  {letter.attempts}\n", markup=False)
            out.print(letter.body.decode(errors="replace"), markup=False)
            return
    fail("no parked message has this id: see `everyday dead list`", BAD_INPUT)


@app.command("replay")
def replay_(
    message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")] = "",
    everything: Annotated[bool, typer.Option("--all", help="bring all of them back")] = False,
) -> None:
    """Bring a parked message (or all) back to the queue in which it failed."""
    if not message_id and not everything:
        fail("say which: an id from `everyday dead list`, or --all", BAD_INPUT)
    count = asyncio.run(replay(places().amqp, None if everything else {message_id}))
    if not count:
        fail("nothing was brought back: no parked message fits", BAD_INPUT)
    out.print(f"[green]{count} brought back[/green]")
