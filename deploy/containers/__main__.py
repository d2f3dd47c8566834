"""`python -m deploy.containers run|test`: the manifests' pods, or tests by testcontainers, on images made here."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import docker
import typer
from rich.console import Console

from deploy.containers import day, images, loss, story
from deploy.containers.engine import EngineFailed, engine
from deploy.containers.outside import Outside
from deploy.containers.pods import Cluster, Pod, PodFailed, cluster
from deploy.manifests.render import render
from shared.messaging.access import SERVICES

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console(highlight=False, soft_wrap=True)
ROOT = Path(__file__).parents[2]

Folder = Annotated[Path, typer.Option(help="where the engine keeps its images")]
Keep = Annotated[bool, typer.Option(help="keep the images for the next time")]
Suite = Annotated[str, typer.Option(envvar="SUITE", help="the Debian whose RabbitMQ it is: bookworm, trixie, sid")]
_HERE = Path(".local/containers")


@app.command("run")
def run_pods(folder: Folder = _HERE, keep: Keep = False, suite: Suite = images.SUITE) -> None:
    """Build the images, run the development overlay's pods, bring one letter about, and lose and restore the stores.

    Needs root, as it starts an engine; stops and removes everything at the end (with --keep all but the images).
    """
    with _pods(folder, keep, suite) as (pods, _, _):
        _live(pods)
    console.print("[green]one register week became one letter, and outlived the loss of every store[/green]")


@app.command("walk")
def walk(folder: Folder = _HERE, keep: Keep = False, suite: Suite = images.SUITE) -> None:
    """Build the images, run the pods, and do to them what docs/operations.md says, while registers come.

    Needs root, as it starts an engine; stops and removes everything at the end (with --keep all but the images).
    """
    with _pods(folder, keep, suite) as (pods, client, files):
        day.live_a_day(pods, client, files, _say)
    console.print("[green]nothing was lost, and nothing had to be killed[/green]")


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(context: typer.Context, folder: Folder = _HERE, keep: Keep = False, suite: Suite = images.SUITE) -> None:
    """Run tests against RabbitMQ and MongoDB from testcontainers, on images made here.

    Example: python -m deploy.containers test --keep tests/integration -x
    """
    try:
        with _images(folder, keep, suite) as socket:
            environment = {
                **{name: value for name, value in os.environ.items() if not name.endswith(("_AMQP_URL", "_MONGO_URL"))},
                "DOCKER_HOST": f"unix://{socket}",
                "EVERYDAY_RABBITMQ_IMAGE": images.rabbitmq(suite),
                "EVERYDAY_MONGO_IMAGE": images.MONGODB,
            }
            tests = context.args or ["tests/integration", "tests/component"]
            done = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], env=environment, check=False)
    except EngineFailed as error:
        _fail(error)
    raise typer.Exit(done.returncode)


@contextmanager
def _images(folder: Path, keep: bool, suite: str) -> Iterator[Path]:
    """An engine with the images of the servers; without `keep` nothing of it is left, and never a process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with engine(folder, _say) as socket:
            images.build_servers(socket, suite, _say)
            yield socket
    finally:
        if not keep and folder.exists():
            shutil.rmtree(folder)


@contextmanager
def _pods(folder: Path, keep: bool, suite: str) -> Iterator[tuple[Cluster, "docker.DockerClient", Path]]:
    """The development overlay's pods, ready; the command ends with a word on whatever goes wrong with them."""
    try:
        with _images(folder, keep, suite) as socket, tempfile.TemporaryDirectory() as files:
            images.build_ours(socket, ROOT, _say)
            client = docker.DockerClient(f"unix://{socket}")
            with cluster(client, render("dev"), images.stand_ins(suite), Path(files)) as pods:
                _say(f"started together: {', '.join([*pods.pods, *pods.jobs])}")
                pods.await_ready()
                _say("every job is done, every probe content")
                yield pods, client, Path(files)
    except (EngineFailed, PodFailed, story.StoryFailed, loss.NotBack, day.NotKept) as error:
        _fail(error)


def _live(pods: Cluster) -> None:
    at = Outside(pods)
    letters = asyncio.run(story.tell(at))
    _say(f"the print provider has {letters}")
    if list(letters.values()) != [1]:
        raise story.StoryFailed("there is not exactly one letter")
    for line in loss.lose_and_restore(pods, story.UPN).splitlines():
        _say(line)
    _say("all stores were lost and restored by production's own jobs: case, notice and messages are there")
    letters = asyncio.run(story.tell(at, story.ANOTHER_UPN))
    _say(f"another register week came: the print provider has {letters}")
    if list(letters.values()) != [1, 1]:
        raise story.StoryFailed("there are not exactly two letters, each once")
    for name in SERVICES:
        _lays_down_its_work(pods, pods.pods[name])


def _lays_down_its_work(pods: Cluster, pod: Pod) -> None:
    """A service was never started again, logs JSON lines alone, and stops by itself when it is told to."""
    restarts = pod.container.attrs["RestartCount"]
    code = pods.stop(pod)
    events = [json.loads(line)["event"] for line in pod.logs().splitlines()]
    if (restarts, code, events[-1:]) != (0, 0, ["service_stopped"]):
        raise PodFailed(f"{pod.name}: {restarts} restarts, exit code {code}, last word {events[-1:]}")
    _say(f"{pod.name} was told to stop, and laid down its work")


def _say(line: str) -> None:
    console.print(f"[dim]·[/dim] {line}")


def _fail(error: Exception) -> NoReturn:
    console.print(str(error), style="red", markup=False)
    raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
