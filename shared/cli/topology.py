"""`everyday topology`: declare every exchange and queue, with an administrator's rights."""

import asyncio
import json
from typing import Annotated

import typer
from aio_pika.exceptions import AMQPError
from pydantic import PositiveInt, TypeAdapter, ValidationError

from shared.cli.output import BAD_INPUT, FAILURE, fail, out
from shared.cli.places import places
from shared.messaging import topology


def apply(
    delays: Annotated[
        str,
        typer.Option(
            envvar="EVERYDAY_RETRY_DELAYS",
            help="seconds of each step of the retry ladder, as JSON",
            show_default=", ".join(map(str, topology.LADDER)),
        ),
    ] = json.dumps(topology.LADDER),
    retire: Annotated[
        bool,
        typer.Option("--retire", help="remove the old shared exchanges, after an upgrade"),
    ] = False,
) -> None:
    """Declare every exchange and queue (idempotent; services declare nothing themselves, and wait until this is done).

    Example: everyday topology --delays '[10, 60, 600]'
    """
    try:
        steps = TypeAdapter(list[PositiveInt]).validate_json(delays)
    except ValidationError:
        fail("--delays: write seconds as JSON, such as [10, 60, 600]", BAD_INPUT)
    try:
        at = places("amqp").amqp
        names = asyncio.run(topology.apply(at, steps))
        resting = asyncio.run(topology.retire(at, steps)) if retire else []
    except (OSError, AMQPError) as error:
        fail(f"the broker cannot be reached, or refuses ({type(error).__name__}): is it running?", FAILURE)
    out.print(f"[green]{len(names)} queues are there[/green]")
    if resting:
        fail(
            f"messages still rest in {', '.join(resting)}: wait until they have come back, then run this again", FAILURE
        )
    if retire:
        out.print("[green]the exchanges that all shared are gone[/green]")
