"""Images made here, as no registry can be asked: a base by debootstrap, on it our own two, RabbitMQ and MongoDB.

They stand in for the published images that the manifests name; only the bases differ, which are arguments anyway.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.containers.engine import EngineFailed, Say, docker
from deploy.local.native import mongod

BASE, RABBITMQ, MONGODB = "everyday-local/base", "everyday-local/rabbitmq", "everyday-local/mongodb"
SERVICE, STAND_INS = "everyday-local/everyday-counts", "everyday-local/everyday-counts-stand-ins"
SUITE = "bookworm"
"""The Debian of our own images: its Python is 3.11. RabbitMQ's may be another's: 3.10 is bookworm's, 4.0 trixie's."""
_MACHINES_OWN = ("etc/ssl/certs/ca-certificates.crt", "etc/pip.conf")
"""What a machine behind a proxy needs to reach its package mirrors, from within a build too."""

_RABBITMQ_FILE = """
ARG BASE
FROM $BASE
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends rabbitmq-server \\
 && rabbitmq-plugins enable --offline rabbitmq_management && chmod a+r /etc/rabbitmq/enabled_plugins \\
 && mkdir -p /etc/rabbitmq/conf.d && rm -rf /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie
ENV PATH=/usr/lib/rabbitmq/bin:$PATH HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
"""
_MONGODB_FILE = """
ARG BASE
FROM $BASE
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libcurl4 \\
 && mkdir -p /data/db
COPY mongod /usr/local/bin/mongod
"""


def rabbitmq(suite: str) -> str:
    """The name of the image with the RabbitMQ of a Debian."""
    return f"{RABBITMQ}:{suite}"


def stand_ins(suite: str) -> dict[str, str]:
    """Images that the manifests name, and those made here that run in their place."""
    return {
        "everyday-counts": SERVICE,
        "everyday-counts-stand-ins": STAND_INS,
        "rabbitmq": rabbitmq(suite),
        "mongo": MONGODB,
    }


def build_servers(socket: Path, suite: str, say: Say) -> None:
    """Make the base and the two servers' images, where they are not there yet; RabbitMQ is that of a Debian's suite."""
    for each in dict.fromkeys((SUITE, suite)):
        if not _there(socket, _base(each)):
            say(f"a base image by debootstrap of {each} (once, a minute or two)")
            _bootstrap(socket, each)
    if not _there(socket, rabbitmq(suite)):
        say(f"an image of {suite}'s rabbitmq-server (once, a minute)")
        _build(socket, rabbitmq(suite), _RABBITMQ_FILE, _base(suite), None)
    if not _there(socket, MONGODB):
        say("an image of the development wheel's mongod (once)")
        _build(socket, MONGODB, _MONGODB_FILE, _base(SUITE), mongod())


def build_ours(socket: Path, root: Path, say: Say) -> None:
    """Build our own two from the code as it is, on the base made here."""
    for name, target in ((SERVICE, "service"), (STAND_INS, "stand-ins")):
        say(f"deploy/Dockerfile, target {target}")
        docker(
            socket, "build", "--network", "host", "--file", str(root / "deploy" / "Dockerfile"), "--target", target,
            "--build-arg", f"PYTHON_IMAGE={_base(SUITE)}", "--tag", name, str(root),
        )  # fmt: skip


def _there(socket: Path, image: str) -> bool:
    return bool(docker(socket, "images", "--quiet", image).strip())


def _base(suite: str) -> str:
    return f"{BASE}:{suite}"


def _bootstrap(socket: Path, suite: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        include = "python3,python3-venv,ca-certificates"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={include}", suite, str(root)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise EngineFailed(f"debootstrap failed:\n{(made.stdout + made.stderr)[-2000:]}")
        for name in _MACHINES_OWN:
            if (own := Path("/") / name).exists():
                shutil.copyfile(own, root / name)
        for cache in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / cache)
            (root / cache / "partial").mkdir(parents=True)
        archive = Path(folder) / "base.tar"
        subprocess.run(["tar", "--create", "--file", str(archive), "--directory", str(root), "."], check=True)
        docker(socket, "import", str(archive), _base(suite))


def _build(socket: Path, name: str, dockerfile: str, base: str, beside: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(dockerfile)
        if beside is not None:
            shutil.copyfile(beside, Path(folder) / beside.name)
            (Path(folder) / beside.name).chmod(0o755)
        docker(socket, "build", "--network", "host", "--build-arg", f"BASE={base}", "--tag", name, folder)
