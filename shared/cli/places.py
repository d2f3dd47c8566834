"""Where the running system is: addresses in the environment, else the nearest local stack."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.cli.output import BAD_INPUT, fail
from shared.clock import Clock


@dataclass(frozen=True)
class Places:
    """What the command line talks to."""

    amqp: str
    mongo: str
    clock_file: Path | None

    def clock(self) -> Clock:
        return Clock(self.clock_file)


def places() -> Places:
    """Find the system, or end with a word on what to do."""
    local = _local_stack()
    amqp = os.environ.get("EVERYDAY_AMQP_URL") or local.get("amqp")
    mongo = os.environ.get("EVERYDAY_MONGO_URL") or local.get("mongo")
    if not amqp or not mongo:
        fail("no running stack found: run `make up`, or set EVERYDAY_AMQP_URL and EVERYDAY_MONGO_URL", BAD_INPUT)
    clock_file = local.get("clock_file")
    return Places(amqp, mongo, Path(clock_file) if clock_file else None)


def _local_stack() -> dict[str, Any]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        place = folder / ".local" / "stack.json"
        if place.exists():
            found: dict[str, Any] = json.loads(place.read_text())
            return found
    return {}
