"""`everyday dead`: the messages that were parked, why, and back with them."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aio_pika.exceptions import AMQPError
from rich.markup import escape
from rich.table import Table

from shared.cli.output import BAD_INPUT, FAILURE, fail, out
from shared.cli.places import places
from shared.dead import list_dead, replay
from shared.publisher import Unroutable

app = typer.Typer(no_args_is_help=True, help="Messages that could not be processed: list, show, replay.")

T = TypeVar("T")


@app.command("list")
def list_() -> None:
    """List what is parked, with its reason. Example: everyday dead list"""
    letters = _asked(list_dead(places("amqp").amqp))
    if not letters:
        out.print("nothing is parked")
        return
    table = Table("id", "queue", "attempts", "reason")
    for letter in letters:
        table.add_row(letter.id, escape(letter.queue), str(letter.attempts), escape(letter.reason))
    out.print(table)


@app.command()
def show(message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")]) -> None:
    """Show one parked message whole. It may hold personal data.

    Example: everyday dead show 0b9c3a52-6f0e-5d4e-9a57-0d3e8a1f2b11
    """
    for letter in _asked(list_dead(places("amqp").amqp)):
        if letter.id == message_id:
            about = f"queue     {letter.queue}\nreason    {letter.reason}\nattempts  {letter.attempts}\n"
            out.print(f"{about}\n{letter.body.decode(errors='replace')}", markup=False, soft_wrap=True)
            return
    fail("no parked message has this id: see `everyday dead list`", BAD_INPUT)


@app.command("replay")
def replay_(
    message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")] = "",
    everything: Annotated[bool, typer.Option("--all", help="bring all of them back")] = False,
) -> None:
    """Bring a parked message (or all) back to the queue in which it failed. Example: everyday dead replay --all"""
    if bool(message_id) == everything:
        fail("say which: either an id from `everyday dead list`, or --all", BAD_INPUT)
    count = _asked(replay(places("amqp").amqp, None if everything else {message_id}))
    if not count and message_id:
        fail("nothing was brought back: no parked message has this id", BAD_INPUT)
    out.print(f"[green]{count} brought back[/green]")


def _asked(question: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(question)
    except Unroutable:
        fail("the queue in which it failed is not there: run `everyday topology`", FAILURE)
    except (OSError, TimeoutError, AMQPError) as error:
        fail(f"the parked messages cannot be reached ({type(error).__name__}): is the stack running?", FAILURE)
