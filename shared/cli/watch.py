"""`everyday watch`: events as they happen."""

import asyncio
import json
from typing import Annotated

import aio_pika
import typer

from shared.cli.output import out
from shared.cli.places import places
from shared.topology import EVENTS


def watch(
    as_json: Annotated[bool, typer.Option("--json", help="whole events as JSON lines (they hold personal data)")] = False,
    key: Annotated[str, typer.Option(help="which events, for example 'notices.#'")] = "#",
    count: Annotated[int, typer.Option(help="stop after so many; 0 goes on until Ctrl-C")] = 0,
) -> None:
    """Show live events. Example: everyday watch --key 'notices.#'"""
    try:
        asyncio.run(_watch(places().amqp, key, as_json, count))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _watch(amqp: str, key: str, as_json: bool, count: int) -> None:
    connection = await aio_pika.connect(amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(EVENTS, routing_key=key)
        seen = 0
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                body = json.loads(message.body)
                if as_json:
                    print(json.dumps(body), flush=True)  # noqa: T201 - data for another program
                else:
                    out.print(f"[dim]{body['time']}[/dim] [cyan]{body['type']}[/cyan] {body.get('subject', '')}")
                seen += 1
                if seen == count:
                    return
