"""How to reach the running system: addresses in the environment, else the nearest local stack."""

import json
from dataclasses import dataclass
from pathlib import Path

from shared.cli.output import BAD_INPUT, fail
from shared.running.settings import setting
from shared.time.clock import Clock


@dataclass(frozen=True)
class Places:
    """The addresses that the command line talks to; those it did not ask for may be empty."""

    amqp: str
    mongo: str
    clock_file: Path | None
    officers: Path | None = None
    """The file of officers' public keys."""
    authority: Path | None = None
    """A private local stack's own authority: its folder."""

    def clock(self) -> Clock:
        return Clock(self.clock_file)


def places(*needed: str) -> Places:
    """Find the system (both `amqp` and `mongo` unless told what is needed), or end by saying what to do."""
    at = places_known()
    missing = [each for each in needed or ("amqp", "mongo") if not {"amqp": at.amqp, "mongo": at.mongo}[each]]
    if missing:
        variables = " and ".join(f"EVERYDAY_{each.upper()}_URL" for each in missing)
        fail(f"no running stack found: run `make up`, or set {variables}", BAD_INPUT)
    return at


def places_known() -> Places:
    """What is known about where the system is, maybe nothing: a dry run only needs its clock.

    A clock file and an authority belong to the stack that wrote them: they are left out where the environment points
    somewhere else.
    """
    local = _local_stack()
    amqp = setting("EVERYDAY_AMQP_URL") or local.get("amqp", "")
    mongo = setting("EVERYDAY_MONGO_URL") or local.get("mongo", "")
    if (amqp, mongo) != (local.get("amqp"), local.get("mongo")):
        local = {}
    clock_file = setting("EVERYDAY_CLOCK_FILE") or local.get("clock_file")
    authority = Path(local["officers"]) if "officers" in local else None
    officers = setting("EVERYDAY_OFFICERS") or (authority and authority / "officers.json")
    return Places(amqp, mongo, *(Path(each) if each else None for each in (clock_file, officers, authority)))


def local_logs() -> Path:
    """The folder of the local stack's logs, or end by saying what to do; it stays when the stack has stopped."""
    here = Path.cwd()
    folders = [folder / ".local" / "stack" / "logs" for folder in (here, *here.parents)]
    logs = next((folder for folder in folders if folder.is_dir()), None)
    return logs or fail("no local stack's logs are here: name files or a folder, or - for standard input", BAD_INPUT)


def _local_stack() -> dict[str, str]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        place = folder / ".local" / "stack.json"
        if place.exists():
            try:
                found: dict[str, str] = json.loads(place.read_text("utf-8"))
            except ValueError:
                fail("the local stack's addresses cannot be read: run `make down`, then `make up`", BAD_INPUT)
            return found
    return {}
