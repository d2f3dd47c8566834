"""`python -m deploy.local run|up|down`: the local stack in the foreground with the main job, or in the background."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local import demo
from deploy.local.pace import StoryFailed
from deploy.local.patience import Deadline
from deploy.local.stack import StackFailed, stack
from shared.cli.places import places

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console()

_FOLDER = Path(".local")
_UP_WITHIN = 180.0  # seconds: RabbitMQ may have to be installed first


@app.command()
def run(
    file: Annotated[str, typer.Option(help="your own JSON lines or marks CSV instead of the generated half-term")] = "",
    stay: Annotated[bool, typer.Option(help="stay up until Ctrl-C when the story has been told")] = True,
    seed: Annotated[int, typer.Option(help="seed of the generated half-term")] = 2024,
) -> None:
    """Start everything, feed registers, and show an absence become a letter."""
    _refuse_second()
    try:
        with stack(_FOLDER, _say) as running:
            demo.tell(running, console, file, seed)
            if stay:
                console.print("\n[bold]The stack stays up[/bold] until you press Ctrl-C.")
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
            else:
                console.print(
                    "\nThe stack stops now. Letters, mails and logs stay in these folders; look at the rest with"
                )
                console.print("`make run`, which stays up, or `make up`.")
    except (StackFailed, StoryFailed) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def up() -> None:
    """Start the stack in the background; it is ready when this returns."""
    _refuse_second()
    _FOLDER.mkdir(exist_ok=True)
    log = _FOLDER / "up.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "serve"],
            stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    deadline = Deadline(_UP_WITHIN)
    while not (_FOLDER / "stack.json").exists():
        if child.poll() is not None or deadline.is_over():
            console.print(f"[red]the stack did not come up[/red]; {log} says:\n{log.read_text()[-3000:]}")
            raise typer.Exit(1)
        time.sleep(0.1)
    console.print(log.read_text().rstrip(), highlight=False)
    console.print(f"[green]ready[/green]: addresses in {_FOLDER / 'stack.json'}; stop it with `make down`")
    console.print("It is empty: load the sample half-term with `make sample`, or your own with `everyday import`.")


@app.command()
def sample(seed: Annotated[int, typer.Option(help="seed of the generated half-term")] = 2024) -> None:
    """Load the generated half-term into the stack that runs in the background, as schools would send it."""
    if _running() is None:
        console.print("no stack is running here: start one with `make up`")
        raise typer.Exit(1)
    try:
        demo.load(places("amqp", "mongo"), console, seed)
    except StoryFailed as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from None
    console.print("See what came of it: `.venv/bin/everyday cases`; then `everyday explain` with a case's reference.")


@app.command()
def serve() -> None:
    """Run the stack in the foreground without the story (what `up` starts)."""
    told = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: told.set())
    with stack(_FOLDER, _say):
        told.wait()


@app.command()
def down() -> None:
    """Stop the stack that runs in the background."""
    pid = _running()
    if pid is None:
        console.print("no stack is running here")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = Deadline(60)
    while _alive(pid):
        if deadline.is_over():
            console.print(f"[red]process {pid} does not stop[/red]; end it with: kill -9 {pid}")
            raise typer.Exit(1)
        time.sleep(0.1)
    console.print("stopped")


def _say(line: str) -> None:
    console.print(f"[dim]·[/dim] {line}", highlight=False)


def _refuse_second() -> None:
    if (pid := _running()) is not None:
        console.print(f"a stack is already running here (process {pid}): use it, or stop it with `make down`")
        raise typer.Exit(1)


def _running() -> int | None:
    place = _FOLDER / "stack.json"
    if not place.exists():
        return None
    pid = int(json.loads(place.read_text())["pid"])
    if _alive(pid):
        return pid
    place.unlink()
    return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    app()
