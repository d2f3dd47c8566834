"""`make alerts`: the alert rules checked and unit-tested by Prometheus' own promtool."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

_RULES = Path(__file__).parent
_OURS = Path(".local/tools/promtool")
_PACKAGE = "prometheus"

console = Console(highlight=False)


class NoPromtool(Exception):
    """promtool is not here and cannot be had from here; the text says what to do next."""


def main() -> int:
    """Check the rules, then run their tests; the exit code is promtool's."""
    try:
        promtool = find_promtool()
    except NoPromtool as error:
        console.print(f"[red]{error}[/red]")
        return 1
    for command in (["check", "rules", *_files("*.yaml")], ["test", "rules", *_files("tests/*.yaml")]):
        done = subprocess.run([str(promtool), *command], check=False)
        if done.returncode:
            return done.returncode
    return 0


def find_promtool() -> Path:
    """promtool as it is installed, or taken out of Debian's package: nothing is installed, and no server starts.

    Raises:
        NoPromtool: it is neither here nor to be had.
    """
    if (installed := shutil.which("promtool")) is not None:
        return Path(installed)
    if _OURS.exists():
        return _OURS
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NoPromtool("promtool is not installed: it comes with Prometheus; put it on the PATH")
    console.print(f"[dim]·[/dim] taking promtool out of Debian's package {_PACKAGE} (once, some seconds)")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["apt-get", "-q", "download", _PACKAGE], cwd=folder, capture_output=True, check=False, text=True
        )
        packages = list(Path(folder).glob("*.deb"))
        if not packages:
            raise NoPromtool(
                f"Debian's package {_PACKAGE} could not be had: `apt-get update`, then again\n{done.stderr}"
            )
        subprocess.run(["dpkg-deb", "-x", str(packages[0]), folder], check=True)
        _OURS.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(folder) / "usr" / "bin" / "promtool", _OURS)
    return _OURS


def _files(pattern: str) -> list[str]:
    return sorted(map(str, _RULES.glob(pattern)))


if __name__ == "__main__":
    sys.exit(main())
