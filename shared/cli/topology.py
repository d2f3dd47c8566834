"""`everyday topology`: declare every exchange and queue, with an administrator's rights."""

import asyncio

from shared import topology
from shared.cli.output import out
from shared.cli.places import places


def apply() -> None:
    """Declare every exchange and queue (idempotent; services declare nothing themselves)."""
    names = asyncio.run(topology.apply(places().amqp))
    out.print(f"[green]{len(names)} queues are there[/green]")
