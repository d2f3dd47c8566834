"""A Docker engine of our own, on a socket and in a folder of our own: nobody else sees it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.debian import NotInstalled, install

Say = Callable[[str], None]
_PACKAGES = ("docker.io", "debootstrap", "iptables")
_READY_WITHIN = 60.0  # seconds


class EngineFailed(Exception):
    """No engine could be had; the text says what to do next."""


@contextmanager
def engine(folder: Path, say: Say) -> Iterator[Path]:
    """Start an engine and yield its socket. Its images stay in the folder for the next time; containers do not."""
    _install(say)
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    socket = folder / "docker.sock"
    command = [
        "dockerd", "--host", f"unix://{socket}", "--pidfile", str(folder / "pid"),
        "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _await(daemon, socket, folder / "log")
        say(f"a Docker engine of our own listens on {socket}")
        yield socket
    finally:
        daemon.terminate()
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
        _unmount(folder)


def docker(socket: Path, *arguments: str, given: bytes = b"") -> str:
    """Run Docker's command line against our engine; raises EngineFailed with its last words."""
    done = subprocess.run(
        ["docker", "--host", f"unix://{socket}", *arguments],
        input=given, capture_output=True, check=False, env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )  # fmt: skip
    if done.returncode:
        words = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        raise EngineFailed(f"docker {' '.join(arguments)[:200]} failed:\n{words}")
    return done.stdout.decode(errors="replace")


def _install(say: Say) -> None:
    if os.geteuid() != 0:
        raise EngineFailed("run this as root: it starts an engine of its own")
    if all(map(shutil.which, ("dockerd", "docker", "debootstrap", "iptables"))):
        return
    try:
        install(_PACKAGES, say, "about a minute")
    except NotInstalled as error:
        raise EngineFailed(str(error)) from None


def _unmount(folder: Path) -> None:
    """Take away what the engine leaves mounted, so that its folder can be removed."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in sorted((each for each in mounts if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", place], capture_output=True, check=False)


def _await(daemon: "subprocess.Popen[bytes]", socket: Path, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        try:
            docker(socket, "info")
            return
        except EngineFailed:
            if daemon.poll() is not None or time.monotonic() > deadline:
                words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise EngineFailed(f"the engine did not start; its log is {log}:\n{words}") from None
            time.sleep(0.2)
