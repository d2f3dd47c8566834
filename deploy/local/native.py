"""Private native servers: child processes on free ports, in a folder of our own, gone when we stop."""

import ctypes
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.local import other_rabbitmq
from deploy.local.debian import NotInstalled, install
from deploy.local.patience import Deadline
from deploy.setup import mongodb

_READY_WITHIN = 90.0  # seconds
_NEVER_SLOW = 2_000_000_000  # milliseconds: the log of slow operations repeats their filters, and these hold UPNs
_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_RABBITMQCTL = _RABBITMQ.with_name("rabbitmqctl")


class ServerFailed(Exception):
    """A server could not be installed or started; the text says what to do next."""


class Native:
    """A server process that can be started, killed without warning, and started again on its data."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder.absolute()
        self.name = name
        self.port = free_port()
        self._pid_file = self.folder / "pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._sweep()

    def command(self) -> tuple[list[str], Mapping[str, str]]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self, *, wait: bool = True) -> None:
        command, environment = self.command()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl call, before any thread of ours exists
            )
        self._pid_file.write_text(str(self._process.pid))
        if wait:
            self.await_ready()

    def await_ready(self) -> None:
        deadline = Deadline(_READY_WITHIN)
        while not self.is_ready():
            if deadline.is_over() or (self._process is not None and self._process.poll() is not None):
                tail = "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-15:])
                raise ServerFailed(f"{self.name} did not start; its log is {self.folder / 'log'}:\n{tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it, and remove its data."""
        self._signal(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        _kill_group(self._process.pid)
        self._process = None

    def _sweep(self) -> None:
        """Remove what an earlier run left in this folder when it was killed."""
        if self._pid_file.exists():
            pid = int(self._pid_file.read_text() or 0)
            if pid and str(self.folder) in _environment_and_command(pid):
                _kill_group(pid)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)


class NativeRabbit(Native):
    """Debian's rabbitmq-server as a private node; its port mapper is private too.

    `root` is a folder with another Debian's (see `other_rabbitmq`), to be taken in place of the one installed here.
    """

    def __init__(
        self, folder: Path, say: Callable[[str], None], definitions: Mapping[str, Any], root: Path | None = None
    ) -> None:
        if root is None:
            install_rabbitmq(say)
        super().__init__(folder, "RabbitMQ")
        self._root = root
        self._definitions = definitions
        self._distribution_port, self._epmd_port = free_port(), free_port()
        self._node = f"everyday-{uuid4().hex[:8]}@localhost"
        self.address = f"127.0.0.1:{self.port}"

    def command(self) -> tuple[list[str], Mapping[str, str]]:
        definitions = self.folder / "definitions.json"
        definitions.write_text(json.dumps(self._definitions))
        (self.folder / "rabbitmq.conf").write_text(
            f"load_definitions = {definitions}\nlisteners.tcp.1 = 127.0.0.1:{self.port}\n"
            "log.console.level = warning\nlog.file = false\n"
            "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.relative = 0.3\n"
        )
        (self.folder / "enabled_plugins").write_text("[].")
        return self._among_its_files(_RABBITMQ), self._environment()

    def ctl(self, *command: str) -> str:
        """What rabbitmqctl answers; raises ServerFailed with its words when it fails."""
        asked = [*self._among_its_files(_RABBITMQCTL), "--quiet", *command]
        done = subprocess.run(asked, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(f"rabbitmqctl {command[0]}: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def _among_its_files(self, program: Path) -> list[str]:
        command = [str(program)]
        return command if self._root is None else other_rabbitmq.within(self._root, self.folder, command)

    def _environment(self) -> dict[str, str]:
        own = {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "node.pid"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }
        return {**_plain_environment(), **own}

    def stop(self) -> None:
        super().stop()
        _end_port_mapper(self._epmd_port)

    def is_ready(self) -> bool:
        return speaks_amqp("127.0.0.1", self.port)


class NativeMongo(Native):
    """mongod from its development wheel, a replica set of one, so that a majority means a journalled write."""

    def __init__(self, folder: Path, key: str) -> None:
        super().__init__(folder, "MongoDB")
        self.address = f"127.0.0.1:{self.port}"
        self._key = key

    def command(self) -> tuple[list[str], Mapping[str, str]]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        key = self.folder / "key"
        key.touch(0o600)
        key.write_text(self._key)
        options = ["--replSet", "rs0", "--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.5", "--quiet"]
        options += ["--slowms", str(_NEVER_SLOW)]
        options += ["--keyFile", str(key)]
        command = [str(mongod()), "--dbpath", str(data), "--port", str(self.port), *options]
        return command, {**_plain_environment(), "EVERYDAY_FOLDER": str(self.folder)}

    def is_ready(self) -> bool:
        return mongodb.initiate(self.address, self._key, patience=0)


def speaks_amqp(host: str, port: int) -> bool:
    """Whether RabbitMQ listens there: it answers a wrong protocol header with its own."""
    try:
        with socket.create_connection((host, port), timeout=1) as peer:
            peer.sendall(b"AMQP\x00\x00\x00\x00")
            return peer.recv(4) == b"AMQP"
    except OSError:
        return False


def install_rabbitmq(say: Callable[[str], None]) -> None:
    """Install Debian's rabbitmq-server where it is missing and we may; raises ServerFailed saying what to do."""
    if _RABBITMQ.exists():
        return
    try:
        install(("rabbitmq-server",), say, "about half a minute")
    except NotInstalled as error:
        raise ServerFailed(f"{error}\nor give the address of a server in EVERYDAY_AMQP_URL") from None


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mongod() -> Path:
    found = importlib.util.find_spec("fiftyone")
    for place in (found.submodule_search_locations or ()) if found else ():
        binary = Path(place) / "db" / "bin" / "mongod"
        if binary.exists():
            binary.chmod(binary.stat().st_mode | 0o111)
            return binary
    if (own := shutil.which("mongod")) is not None:
        return Path(own)
    raise ServerFailed("there is no mongod: install requirements-dev.txt, or give an address in EVERYDAY_MONGO_URL")


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _kill_group(pid: int) -> None:
    """End everything that a server's process left in its group, such as Erlang's port mapper."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _end_port_mapper(port: int) -> None:
    """Erlang's port mapper puts itself into the background; ours is known by the port that only we gave it.

    A killed process lives on for a moment, so this looks until none is left.
    """
    deadline = Deadline(5)
    while (mappers := _port_mappers(port)) and not deadline.is_over():
        for pid in mappers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _port_mappers(port: int) -> list[int]:
    pids = (int(place.name) for place in Path("/proc").glob("[0-9]*"))
    told = {pid: _environment_and_command(pid) for pid in pids}
    return [pid for pid, said in told.items() if f"ERL_EPMD_PORT={port}\0" in said and "epmd" in said]


def _environment_and_command(pid: int) -> str:
    try:
        place = Path(f"/proc/{pid}")
        return (place / "environ").read_text(errors="replace") + (place / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
