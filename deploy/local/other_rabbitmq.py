"""RabbitMQ as other Debians have it, for tests: unpacked into a folder, and run from there as an ordinary process.

`python -m deploy.local.other_rabbitmq trixie forky` brings them (`make rabbitmq-4`); they go with the folder. A server
runs in a mount namespace of its own, which the kernel takes away with its last process: nothing stays mounted.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.debian import NotInstalled, install

ROOTS = Path(__file__).parents[2] / ".local" / "rabbitmq"
"""Where they are kept, each in a folder named by its Debian."""
_PACKAGES = ("base-files", "coreutils", "dash", "grep", "rabbitmq-server", "sed")
_STILL_VALID = 'Acquire::Check-Valid-Until "false"'  # a mirror may be an older snapshot; its signature is still checked
_SHARED = ("/proc", "/dev")


def there() -> list[Path]:
    """Those that have been brought."""
    return sorted(each for each in ROOTS.glob("*") if each.is_dir() and not each.name.startswith("."))


def within(root: Path, folder: Path, command: Sequence[str]) -> list[str]:
    """A command as it runs among another Debian's files, where `folder` is the same as outside."""
    mounts = [f'mount --rbind "{each}" "{root}{each}"' for each in (*_SHARED, folder)]
    places = [f'mkdir -p "{root}{each}"' for each in (*_SHARED, folder)]
    script = " && ".join((*places, *mounts, f'exec chroot "{root}" "$@"'))
    return [
        "unshare",
        "--mount",
        *([] if os.geteuid() == 0 else ["--map-root-user"]),
        "sh",
        "-c",
        script,
        "sh",
        *command,
    ]


def bring(suite: str, say: Callable[[str], None]) -> Path:
    """Unpack a Debian's RabbitMQ with what it needs to run, once; raises NotInstalled saying why it cannot be had."""
    root = ROOTS / suite
    if root.is_dir():
        return root
    if shutil.which("mmdebstrap") is None:
        install(("mmdebstrap",), say, "some seconds")
    say(f"unpacking {suite}'s rabbitmq-server into {root} (once, half a minute, 180 MB)")
    coming = ROOTS / f".{suite}"
    shutil.rmtree(coming, ignore_errors=True)
    ROOTS.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mmdebstrap", "--variant=extract", f"--include={','.join(_PACKAGES)}", f"--aptopt={_STILL_VALID}",
         suite, str(coming), _mirror()], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise NotInstalled(f"{suite}'s rabbitmq-server cannot be had:\n{(made.stdout + made.stderr)[-2000:]}")
    (coming / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
    coming.rename(root)
    return root


def _mirror() -> str:
    """Where this machine takes Debian's packages from."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    if not found:
        raise NotInstalled("this machine names no mirror of Debian: run `apt-get update`, or bring it on a Debian")
    return found[0]


if __name__ == "__main__":
    try:
        for each in sys.argv[1:]:
            print(f"· {bring(each, print)}")
    except NotInstalled as error:
        sys.exit(f"· {error}")
