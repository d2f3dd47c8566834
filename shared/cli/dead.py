"""`everyday dead`: parked messages and why they failed; replay or drop them."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aio_pika.exceptions import AMQPError
from rich.markup import escape
from rich.table import Table

from shared.cli.audit import witnessed
from shared.cli.output import BAD_INPUT, FAILURE, fail, out
from shared.cli.places import places
from shared.hearing.dead import DeadLetter, drop, list_dead, replay
from shared.messaging.publisher import Unroutable
from shared.people.person import Unclear, read_person

app = typer.Typer(no_args_is_help=True, help="Messages that could not be processed: list, show, replay, drop.")

T = TypeVar("T")


@app.command("list")
def list_(
    about: Annotated[str, typer.Option(help="only those that name a UPN, an address or a parent's id")] = "",
) -> None:
    """List messages that could not be processed and wait for you, with the reason.

    Examples: everyday dead list · everyday dead list --about B801200005001
    """
    letters = _naming(about) if about else _asked(list_dead(places("amqp").amqp))
    if not letters:
        out.print("No waiting message names them." if about else "Nothing waits: every message could be processed.")
        return
    table = Table("id", "queue", "attempts", "reason")
    for letter in letters:
        table.add_row(letter.id, escape(letter.queue), str(letter.attempts), escape(letter.reason))
    out.print(table)


@app.command()
def show(message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")]) -> None:
    """Show one parked message in full. It may hold personal data.

    Example: everyday dead show 0b9c3a52-6f0e-5d4e-9a57-0d3e8a1f2b11
    """
    at = places("amqp", "mongo")
    for letter in _asked(list_dead(at.amqp)):
        if letter.id == message_id:
            witnessed(at, "dead show", letter.id)
            about = f"queue     {letter.queue}\nreason    {letter.reason}\nattempts  {letter.attempts}\n"
            out.print(f"{about}\n{letter.body.decode(errors='replace')}", markup=False, soft_wrap=True)
            return
    fail("no waiting message has this id: see `everyday dead list`", BAD_INPUT)


@app.command("replay")
def replay_(
    message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")] = "",
    everything: Annotated[bool, typer.Option("--all", help="bring all of them back")] = False,
) -> None:
    """Send a parked message (or all) back to the queue in which it failed. Example: everyday dead replay --all"""
    if bool(message_id) == everything:
        fail("say which: either an id from `everyday dead list`, or --all", BAD_INPUT)
    at = places("amqp", "mongo")
    witnessed(at, "dead replay", message_id or "all")
    count = _asked(replay(at.amqp, None if everything else {message_id}))
    if not count and message_id:
        fail("nothing was brought back: no waiting message has this id", BAD_INPUT)
    out.print(f"[green]{count} brought back[/green]")


@app.command("drop")
def drop_(
    message_id: Annotated[str, typer.Argument(help="an id from `everyday dead list`")],
    reason: Annotated[str, typer.Option(help="why it will never be needed; name nobody")],
) -> None:
    """Remove a parked message for good: its producer sent it again since, or a person asked for erasure.

    Who did it, why and what it was stay in the audit trail. It cannot be undone: look at the message first.
    Example: everyday dead drop 0b9c3a52-6f0e-5d4e-9a57-0d3e8a1f2b11 --reason "the MIS sent it again, mended"
    """
    if not reason.strip():
        fail("--reason: say why it will never be needed", BAD_INPUT)
    at = places("amqp", "mongo")
    found = next((letter for letter in _asked(list_dead(at.amqp)) if letter.id == message_id), None)
    if found is None:
        fail("no waiting message has this id: see `everyday dead list`", BAD_INPUT)
    witnessed(at, "dead drop", found.id, found.type, found.queue, why=reason.strip())
    if not _asked(drop(at.amqp, found.id)):
        fail("somebody else has just replayed or dropped it", BAD_INPUT)
    out.print(f"[green]dropped[/green]: {found.id}")


def _naming(about: str) -> list[DeadLetter]:
    try:
        person = read_person(about)
    except Unclear as error:
        fail(f"--about: {error}", BAD_INPUT)
    at = places("amqp", "mongo")
    witnessed(at, "dead list --about", *person.names())
    return [letter for letter in _asked(list_dead(at.amqp)) if letter.names(person)]


def _asked(question: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(question)
    except Unroutable:
        fail("the queue in which it failed is not there: run `everyday topology`", FAILURE)
    except (OSError, TimeoutError, AMQPError) as error:
        fail(f"the waiting messages cannot be reached ({type(error).__name__}): is the stack running?", FAILURE)
