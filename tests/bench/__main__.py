"""`make bench`: registers per second of the notices service against a plain floor program, in the same run."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import aio_pika
import typer
from motor.motor_asyncio import AsyncIOMotorClient
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.local.half_term import pure_registers
from deploy.local.servers import ROOT, servers
from shared.contracts.mis import Mark, RegisterTaken
from shared.identity import derived
from shared.messaging import topology
from shared.messaging.speakers import user_of
from shared.messaging.topology import queue_name
from tests.making import upn

CONTENDERS = {"notices": "services.notices.app", "floor": "tests.bench.floor"}
BAR = 0.5
"""Of the floor's registers per second; to be raised to 0.7."""

_QUEUE = queue_name("notices", RegisterTaken)
_LAST = upn("999000000099")
_WITHIN = 300.0  # seconds for one contender to finish

say = Console(highlight=False)


def main(
    repeats: Annotated[int, typer.Option(help="Runs of each contender; their medians are compared.")] = 3,
    registers: Annotated[int, typer.Option(help="Registers of 30 marks in each run.")] = 8000,
) -> None:
    """Feed the same registers to the notices service and to the floor, by turns, and compare their medians.

    Exit code 1 when the service is below its bar, or when the two end in different states.
    """
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), say.print) as at:
        environment = {**os.environ, "EVERYDAY_MONGO_URL": at.mongo_url}
        environment |= {"EVERYDAY_HTTP_PORT": "0", "EVERYDAY_LOG_FORMAT": "json", "EVERYDAY_SAYS_ANYTHING": ROOT}
        environment["EVERYDAY_AMQP_URL"] = at.amqp("notices")  # so that it proves who says each register
        rates, states = asyncio.run(_compete(at.amqp_url, environment, Path(folder), repeats, _feed(registers)))
    ratio = statistics.median(rates["notices"]) / statistics.median(rates["floor"])
    _show(rates, ratio)
    if states["notices"] != states["floor"]:
        say.print("[red]the two do not end in the same state[/]")
        raise typer.Exit(1)
    if ratio < BAR:
        say.print(f"[red]{ratio:.2f} of the floor is below the bar of {BAR}[/]")
        raise typer.Exit(1)


async def _compete(
    amqp: str, environment: dict[str, str], folder: Path, repeats: int, feed: Sequence[RegisterTaken]
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    states: dict[str, Any] = {}
    with Progress(console=say, transient=True) as progress:
        task = progress.add_task("registers", total=repeats * len(CONTENDERS) * len(feed))
        for turn in range(repeats):
            for name in sorted(CONTENDERS, reverse=bool(turn % 2)):
                progress.update(task, description=f"{name}, {turn + 1} of {repeats}")
                rates[name].append(await _run(amqp, name, environment, folder, feed))
                states[name] = await _state(environment["EVERYDAY_MONGO_URL"], name)
                progress.advance(task, len(feed))
    return rates, states


async def _run(amqp: str, name: str, environment: dict[str, str], folder: Path, feed: Sequence[RegisterTaken]) -> float:
    """Registers per second of one contender, from the first that leaves the queue to the last that is in the store."""
    client: Any = AsyncIOMotorClient(environment["EVERYDAY_MONGO_URL"])
    await client.drop_database(name)
    await topology.apply(amqp)
    connection = await aio_pika.connect(amqp)
    channel = await connection.channel(publisher_confirms=True)
    await _fill(channel, user_of(amqp), feed)
    process = _start(name, environment, folder)
    try:
        await _until(lambda: _left(channel, len(feed)), process)
        began = time.perf_counter()
        await _until(lambda: client[name].pupils.find_one({"_id": _LAST}, {"_id": 1}), process)
        took = time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()
    await channel.queue_delete(_QUEUE)
    await connection.close()
    client.close()
    return len(feed) / took


def _start(name: str, environment: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / f"{name}.jsonl").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", CONTENDERS[name]], env=environment, stdout=log, stderr=log)


async def _left(channel: Any, filled: int) -> bool:
    queue = await channel.declare_queue(_QUEUE, passive=True)
    return bool(queue.declaration_result.message_count < filled)


async def _until(ask: Any, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _WITHIN
    while not await ask():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} ended or hung before its work was done")
        await asyncio.sleep(0.01)


async def _fill(channel: Any, user: str, feed: Sequence[RegisterTaken]) -> None:
    slots = asyncio.Semaphore(500)
    schools = await channel.get_exchange(RegisterTaken.speaker(), ensure=False)

    async def publish(register: RegisterTaken) -> None:
        async with slots:
            body = register.model_dump_json().encode()
            message = aio_pika.Message(
                body, message_id=str(register.id), delivery_mode=2, type=register.type, user_id=user
            )
            await schools.publish(message, routing_key=register.type)

    await asyncio.gather(*map(publish, feed))


async def _state(mongo_url: str, database: str) -> dict[str, Any]:
    """What a contender has kept: every pupil's marks by slot, and every school's weeks."""
    client: Any = AsyncIOMotorClient(mongo_url, tz_aware=True)
    pupils = await client[database].pupils.find({}, {"marks": 1}).to_list(None)
    schools = await client[database].schools.find({}, {"seen": 1}).to_list(None)
    client.close()
    return {each["_id"]: each["marks"] for each in pupils} | {each["_id"]: sorted(each["seen"]) for each in schools}


def _feed(registers: int) -> list[RegisterTaken]:
    """The registers, and one more at the end by whose only absence the finish is seen."""
    feed = list(pure_registers(registers))
    last = {"id": derived(feed[-1].id, "last"), "group": "last", "marks": (Mark(upn=_LAST, code="O"),)}
    return [*feed, feed[-1].model_copy(update=last)]


def _show(rates: dict[str, list[float]], ratio: float) -> None:
    table = Table("", "registers a second", "runs", title=f"Registers of 30 marks: {ratio:.2f} of the floor")
    for name, each in rates.items():
        table.add_row(name, f"{statistics.median(each):,.0f}", " ".join(f"{rate:,.0f}" for rate in each))
    say.print(table)


if __name__ == "__main__":
    typer.run(main)
