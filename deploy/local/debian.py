"""Installing a Debian package where one is missing and we may."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence


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
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*sudo, "apt-get", "-q", *command], capture_output=True, check=False, env=environment, text=True
        )
    if done.returncode:
        raise NotInstalled(f"{names} could not be installed:\n{(done.stdout + done.stderr)[-2000:]}")
