"""Installing a Debian package where one is missing and we may."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ONE_AT_A_TIME = Path(__file__).parents[2] / ".local" / "installing"


class NotInstalled(Exception):
    """A package is missing and could not be installed; the text says why and what to do."""


def install(packages: Sequence[str], say: Callable[[str], None], takes: str) -> None:
    """Install packages; `takes` is how long, in words. Raises NotInstalled."""
    names = " ".join(packages)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (
        sudo and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode
    ):
        raise NotInstalled(f"{names} cannot be installed from here: run `sudo apt-get install {names}`")
    say(f"installing Debian's {names} (once, {takes})")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _alone():
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(
                [*sudo, "apt-get", "-q", *command], capture_output=True, check=False, env=environment, text=True
            )
    if done.returncode:
        raise NotInstalled(f"{names} could not be installed:\n{(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _alone() -> Iterator[None]:
    """Test workers install different packages at once, and apt-get does not wait while another one updates."""
    _ONE_AT_A_TIME.parent.mkdir(exist_ok=True)
    with _ONE_AT_A_TIME.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
