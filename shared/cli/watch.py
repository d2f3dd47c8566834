"""`everyday watch`: events as they happen."""

import asyncio
import json
from typing import Annotated

import aio_pika
import typer
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError
from rich.text import Text

from shared.cli.audit import witnessed
from shared.cli.output import FAILURE, err, fail, out
from shared.cli.places import places
from shared.messaging.access import MIS, SERVICES


def watch(
    as_json: Annotated[
        bool, typer.Option("--json", help="whole events as JSON lines (they hold personal data)")
    ] = False,
    key: Annotated[str, typer.Option(help="which events, for example 'notices.#'")] = "#",
    count: Annotated[int, typer.Option(min=0, help="stop after so many; 0 goes on until Ctrl-C")] = 0,
) -> None:
    """Show live events: when, what, and the reference of what they are about.

    Example: everyday watch --key 'notices.#'
    """
    at = places("amqp", *(["mongo"] if as_json else []))
    if as_json:
        witnessed(at, "watch --json", key)
    try:
        asyncio.run(_watch(at.amqp, key, as_json, count))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except (OSError, AMQPError) as error:
        fail(f"the broker cannot be listened to ({type(error).__name__}): is the stack running?", FAILURE)


async def _watch(amqp: str, key: str, as_json: bool, count: int) -> None:
    connection = await aio_pika.connect(amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        for speaker in (*SERVICES, MIS):
            await queue.bind(speaker, routing_key=key)
        err.print("[dim]watching; Ctrl-C ends it[/dim]")
        seen = 0
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                if as_json:
                    print(_one_line(message.body), flush=True)  # noqa: T201 - data for another program
                else:
                    out.print(headline(message), soft_wrap=True)
                seen += 1
                if seen == count:
                    return


def headline(message: AbstractIncomingMessage) -> Text:
    """An event in one line, from its headers only: its body may hold personal data."""
    headers = message.headers
    return Text.assemble(
        (str(headers.get("cloudEvents:time", "")), "dim"),
        " ",
        (message.type or message.routing_key or "", "cyan"),
        " ",
        str(headers.get("cloudEvents:subject", "")),
    )


def _one_line(body: bytes) -> str:
    """A body as one JSON line; a body that is not JSON becomes a JSON string, so that the stream stays readable."""
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return json.dumps(body.decode(errors="replace"))
