"""`python -m deploy.containers`: the images built, the development overlay's pods run, one register to one letter."""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import docker
import typer
from rich.console import Console

from deploy.containers import images, story
from deploy.containers.engine import EngineFailed, engine
from deploy.containers.pods import Cluster, Pod, PodFailed, cluster
from deploy.manifests.render import render
from deploy.setup import development
from shared.access import SERVICES

console = Console(highlight=False)
ROOT = Path(__file__).parents[2]
STANDS_IN_FOR = {
    "everyday-counts": images.SERVICE,
    "everyday-counts-stand-ins": images.STAND_INS,
    "rabbitmq": images.RABBITMQ,
    "mongo": images.MONGODB,
}
"""Images that the manifests name, and those made here that run in their place."""


def main(
    folder: Annotated[Path, typer.Option(help="where the engine keeps its images")] = Path(".local/containers"),
    keep: Annotated[bool, typer.Option(help="keep the images for the next time")] = False,
) -> None:
    """Build the images, run the development overlay's pods under an engine of our own, and bring one letter about.

    Needs root, as it starts an engine; stops and removes everything at the end (with --keep all but the images).
    """
    try:
        with engine(folder, _say) as socket, tempfile.TemporaryDirectory() as files:
            images.build(socket, ROOT, _say)
            client = docker.DockerClient(f"unix://{socket}")
            with cluster(client, render("dev"), STANDS_IN_FOR, Path(files)) as pods:
                _run(pods)
    except (EngineFailed, PodFailed, story.StoryFailed) as error:
        console.print(f"[red]{error}[/red]", markup=True)
        raise typer.Exit(1) from None
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    console.print("[green]one register week became one letter, in the manifests' own pods[/green]")


def _run(pods: Cluster) -> None:
    _say(f"started together: {', '.join([*pods.pods, *pods.jobs])}")
    pods.await_ready()
    _say("every job is done, every probe content")
    at = {name: pods.pods[name].address for name in ("rabbitmq", "mongodb", "notify")}
    passwords = development.passwords()
    reader = f"mongodb://reader:{passwords['reader']}@{at['mongodb']}:27017/?directConnection=true&authSource=admin"
    letters = asyncio.run(
        story.tell(
            lambda who: f"amqp://{who}:{passwords[who]}@{at['rabbitmq']}:5672/", reader, f"http://{at['notify']}:8100"
        )
    )
    _say(f"the print provider has {letters}")
    if list(letters.values()) != [1]:
        raise story.StoryFailed("there is not exactly one letter")
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


if __name__ == "__main__":
    typer.run(main)
