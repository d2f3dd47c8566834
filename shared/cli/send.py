"""`everyday send`: messages from a file of JSON lines, all checked before any is published."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from aio_pika.exceptions import AMQPError
from rich.progress import Progress

from shared.cli.input import Problem, read_lines
from shared.cli.output import BAD_INPUT, FAILURE, err, fail
from shared.cli.places import Places, places, places_known
from shared.cli.signing import signing
from shared.contracts import Message
from shared.messaging.publisher import Publisher, Sign, Unroutable
from shared.writing.counting import number_of

_IN_FLIGHT = 100
_SHOWN = 50  # problems; more would not help anybody who corrects a file


def send(
    file: Annotated[str, typer.Argument(help="a file of JSON lines, or - for standard input")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check the lines; needs no running stack")] = False,
) -> None:
    """Check every line of FILE, then publish them in order.

    A line is one event or command; id, time and correlation_id may be left out:

    {"type": "mis.school_updated.v1", "urn": "123456", "name": "Hill School", "attendance_email": "office@hill.example"}

    Example: everyday send registers.jsonl
    """
    at = places_known() if dry_run else places("amqp")
    messages, problems = read_lines(read_text(file).split("\n"), at.clock().now())
    refuse(problems)
    if dry_run:
        err.print(f"[green]{number_of(len(messages), 'line is', 'lines are')} right[/green]; nothing was sent")
    else:
        publish_all(at, messages)


def read_text(file: str) -> str:
    """A file's text (`-`: standard input), or end by saying what is wrong with it."""
    try:
        return read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8: save it as UTF-8 and send it again", BAD_INPUT)


def read_bytes(file: str) -> bytes:
    """A file's bytes (`-`: standard input), or end by saying why it cannot be read."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror or type(error).__name__}", BAD_INPUT)


def say_how(notes: Sequence[str]) -> None:
    """Say how a file was read, so that a wrong guess shows."""
    for note in notes:
        err.print(note, markup=False, soft_wrap=True)


def refuse(problems: Sequence[Problem]) -> None:
    """End by naming every problem, if there is one."""
    if not problems:
        return
    for problem in problems[:_SHOWN]:
        err.print(f"line {problem.line}: {problem.field}: {problem.fix}", markup=False, soft_wrap=True)
    more = f" (the first {_SHOWN} are shown)" if len(problems) > _SHOWN else ""
    fail(f"problems: {len(problems)}{more}; nothing was sent. Mend the lines and send the file again", BAD_INPUT)


def publish_all(at: Places, messages: Sequence[Message]) -> None:
    """Publish with confirms and a progress bar; decisions of the signed-in person carry their signature."""
    try:
        asyncio.run(publish(at.amqp, messages, signing(at)))
    except Unroutable as error:
        fail(f"{error}: is its service running, and has `everyday topology` been run?", FAILURE)
    except (OSError, TimeoutError, AMQPError) as error:
        fail(f"the broker did not take everything ({type(error).__name__}); sending the file again is safe", FAILURE)


async def publish(amqp: str, messages: Sequence[Message], sign: Sign | None = None) -> None:
    """Publish messages in order of their start, a hundred in flight."""
    waiting = iter(messages)
    with Progress(console=err, disable=not err.is_terminal) as progress:
        task = progress.add_task("sending", total=len(messages))
        async with Publisher(amqp, sign) as publisher:

            async def work_off() -> None:
                for message in waiting:
                    await publisher.publish(message)
                    progress.advance(task)

            await asyncio.gather(*(work_off() for _ in range(_IN_FLIGHT)))
    err.print(f"[green]sent[/green] {number_of(len(messages), 'message')}")
