"""`everyday send`: messages from a file of JSON lines, all checked before any is published."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from shared.cli.input import Problem, read_lines
from shared.cli.output import BAD_INPUT, FAILURE, err, fail
from shared.cli.places import places
from shared.contracts import Message
from shared.publisher import Publisher, Unroutable

_IN_FLIGHT = 100


def send(
    file: Annotated[str, typer.Argument(help="a file of JSON lines, or - for standard input")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check the lines")] = False,
) -> None:
    """Check every line of FILE, then publish them in order.

    A line is one event or command: {"type": "mis.register_taken.v1", "urn": "123456", "date": "2024-09-30", …}.
    """
    at = places()
    messages, problems = read_lines(_open(file), at.clock().now())
    refuse(problems)
    if dry_run:
        err.print(f"[green]{len(messages)} lines are right[/green]; nothing was sent")
        return
    publish_all(at.amqp, messages)


def refuse(problems: Sequence[Problem]) -> None:
    """End with every problem named, when there is one."""
    if not problems:
        return
    for problem in problems[:50]:
        err.print(f"line {problem.line}: [bold]{problem.field}[/bold]: {problem.fix}", markup=True)
    fail(f"{len(problems)} problems; nothing was sent. Mend the lines and send the file again", BAD_INPUT)


def publish_all(amqp: str, messages: Sequence[Message]) -> None:
    """Publish with confirms and a progress bar."""
    try:
        asyncio.run(publish(amqp, messages))
    except Unroutable as error:
        fail(f"{error}: is its service running, and has `everyday topology` been run?", FAILURE)
    except (OSError, TimeoutError) as error:
        fail(f"the broker could not be reached ({type(error).__name__}); sending the file again is safe", FAILURE)


async def publish(amqp: str, messages: Sequence[Message]) -> None:
    """Publish messages in order of their start, a hundred in flight."""
    slots = asyncio.Semaphore(_IN_FLIGHT)
    with Progress(console=err, disable=not err.is_terminal) as progress:
        task = progress.add_task("sending", total=len(messages))
        async with Publisher(amqp) as publisher:

            async def one(message: Message) -> None:
                async with slots:
                    await publisher.publish(message)
                    progress.advance(task)

            await asyncio.gather(*(one(message) for message in messages))
    err.print(f"[green]sent[/green] {len(messages)} messages")


def _open(file: str) -> list[str]:
    if file == "-":
        return sys.stdin.readlines()
    try:
        return Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {type(error).__name__}", BAD_INPUT)
