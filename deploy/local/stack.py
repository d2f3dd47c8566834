"""The local stack: servers, stand-ins and the four services, started together, watched, and stopped cleanly."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from deploy.local import notify_templates
from deploy.local.patience import Deadline
from deploy.local.servers import ROOT, Servers, servers
from shared.cli.places import Places
from shared.messaging import topology
from shared.signing.authority import PUBLIC, Folder

SERVICES = ("notices", "notifications", "bookings", "surveys")
_READY_WITHIN = 60.0  # seconds


class StackFailed(Exception):
    """A part of the stack did not come up; the text says which and where its log is."""


@dataclass
class Part:
    """One process of the stack. It is started again when it dies, as Kubernetes would."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=dict(self.environment), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.starts += 1

    def kill(self) -> None:
        """End it without warning, for fault tests and the curious."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, within: float = 20) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Stack:
    """A running stack and its addresses, as `.local/stack.json` gives them to the command line."""

    folder: Path
    amqp: str
    mongo: str
    http: dict[str, str]
    notify: str
    sinch: str
    mail_folder: Path
    mail_faults: Path
    letters_folder: Path
    texts_folder: Path
    post_room: str
    clock_file: Path
    logs: Path
    officers: Path
    """The folder of its own authority, by which whoever is named signs."""
    parts: dict[str, Part] = field(default_factory=dict)
    servers: Servers = field(default_factory=Servers)

    def addresses(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "amqp": self.amqp,
            "mongo": self.mongo,
            "http": self.http,
            "notify": self.notify,
            "sinch": self.sinch,
            "mail_folder": str(self.mail_folder),
            "mail_faults": str(self.mail_faults),
            "letters_folder": str(self.letters_folder),
            "texts_folder": str(self.texts_folder),
            "post_room": self.post_room,
            "clock_file": str(self.clock_file),
            "logs": str(self.logs),
            "officers": str(self.officers),
        }

    def places(self) -> Places:
        """What the command line knows of it."""
        return Places(self.amqp, self.mongo, self.clock_file, self.officers / PUBLIC, self.officers)


@contextmanager
def stack(folder: Path, say: Callable[[str], None], on: Servers | None = None, **settings: str) -> Iterator[Stack]:
    """Start everything in a folder, wait until every part is ready, and stop it all at the end.

    It starts servers of its own, unless it is told `on` which to run. `settings` are handed to the services as
    environment (for example `EVERYDAY_RETRY_DELAYS="[1, 2]"`).
    """
    run = folder / "stack"
    shutil.rmtree(run, ignore_errors=True)
    logs, mails, letters, texts = run / "logs", run / "mails", run / "letters", run / "texts"
    for each in (logs, mails, letters, texts):
        each.mkdir(parents=True)
    clock_file, mail_faults, officers = run / "clock.json", run / "mail-faults.json", (run / "officers").resolve()
    Folder(officers).begin()
    with ExitStack() as cleanup:
        at = on or cleanup.enter_context(servers(folder / "servers", say))
        ports = dict(
            zip((*SERVICES, "notify", "sinch", "mail", "post_room"), _free_ports(len(SERVICES) + 4), strict=True)
        )
        http = {name: f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
        notify, sinch, post_room = (f"http://127.0.0.1:{ports[name]}" for name in ("notify", "sinch", "post_room"))
        running = Stack(
            folder, at.amqp_url, at.mongo("reader"), http, notify, sinch, mails, mail_faults, letters, texts, post_room,
            clock_file, logs, officers, servers=at,
        )  # fmt: skip
        _declare(at.amqp("topology"), settings)
        say("RabbitMQ has its exchanges and queues")
        key, token, plan = f"local-{uuid4()}-{uuid4()}", uuid4().hex, uuid4().hex
        environment = {
            **os.environ,
            "EVERYDAY_CLOCK_FILE": str(clock_file),
            "EVERYDAY_LOG_FORMAT": "json",
            "EVERYDAY_NOTIFY_URL": notify,
            "EVERYDAY_NOTIFY_KEY": key,
            "EVERYDAY_NOTIFY_EMAIL_TEMPLATE": notify_templates.EMAIL,
            "EVERYDAY_NOTIFY_SMS_TEMPLATE": notify_templates.SMS,
            "EVERYDAY_SINCH_URL": sinch,
            "EVERYDAY_SINCH_PLAN": plan,
            "EVERYDAY_SINCH_TOKEN": token,
            "EVERYDAY_RECEIPTS_TOKEN": token,
            "EVERYDAY_ADDRESS_KEY": uuid4().hex,
            "EVERYDAY_SMTP_PORT": str(ports["mail"]),
            "EVERYDAY_LINK_KEY": str(uuid4()),
            "EVERYDAY_OFFICERS": str(officers / PUBLIC),
            "EVERYDAY_SAYS_ANYTHING": ROOT,  # as whom the commands of a private stack log in
            "EVERYDAY_OLD_WAYS": "heard",  # so that one's own scripts can feed it; what names a speaker is proven
            **settings,
        }
        python = [sys.executable, "-m"]
        running.parts["notify"] = Part(
            "notify",
            [*python, "deploy.local.notify", "--port", str(ports["notify"]), "--folder", str(letters),
             "--clock-file", str(clock_file), "--key", key,
             "--receipts-url", f"{http['notifications']}/receipts/notify", "--receipts-token", token],
            environment,
            logs / "notify.jsonl",
        )  # fmt: skip
        running.parts["sinch"] = Part(
            "sinch",
            [*python, "deploy.local.sinch", "--port", str(ports["sinch"]), "--folder", str(texts),
             "--clock-file", str(clock_file), "--plan", plan, "--token", token,
             "--receipts-url", f"{http['notifications']}/receipts/sinch",
             "--receipts-authorization", f"Basic {b64encode(f'sinch:{token}'.encode()).decode()}"],
            environment,
            logs / "sinch.jsonl",
        )  # fmt: skip
        running.parts["mail"] = Part(
            "mail",
            [*python, "deploy.local.mail", "--port", str(ports["mail"]), "--folder", str(mails),
             "--faults", str(mail_faults)],
            environment,
            logs / "mail.jsonl",
        )  # fmt: skip
        stand_ins = {"notify": [str(letters), notify], "sinch": [str(texts), sinch]}
        running.parts["post_room"] = Part(
            "post_room",
            [*python, "deploy.local.post_room", "--port", str(ports["post_room"]), "--mails", str(mails),
             "--providers", json.dumps(stand_ins), "--clock-file", str(clock_file), "--mail-faults", str(mail_faults)],
            {
                **environment,
                "EVERYDAY_AMQP_URL": at.amqp("casework"),  # a person enters that a letter came back
                "EVERYDAY_MONGO_URL": at.mongo("reader"),
            },
            logs / "post_room.jsonl",
        )  # fmt: skip
        for name in SERVICES:
            own = {
                **environment,
                "EVERYDAY_AMQP_URL": at.amqp(name),
                "EVERYDAY_MONGO_URL": at.mongo(name),
                "EVERYDAY_HTTP_PORT": str(ports[name]),
                "EVERYDAY_PUBLIC_URL": http[name],
            }
            running.parts[name] = Part(name, [*python, f"services.{name}.app"], own, logs / f"{name}.jsonl")
        cleanup.enter_context(_watched(list(running.parts.values())))
        for name, address in {**http, "post_room": post_room}.items():
            _await_ready(name, address, running.parts[name])
        say(f"the services are ready: {', '.join(SERVICES)}")
        say(f"what they send is shown at {post_room}")
        place = folder / "stack.json"
        place.write_text(json.dumps(running.addresses(), indent=2))
        cleanup.callback(lambda: place.unlink(missing_ok=True))
        yield running
        say("stopping")


@contextmanager
def _watched(parts: list[Part]) -> Iterator[None]:
    """Start parts and start each again when it dies; stop them all together at the end."""
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(0.2):
            for part in parts:
                if part.process is not None and part.process.poll() is not None and not stopping.is_set():
                    part.start()

    for part in parts:
        part.start()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()
        for part in parts:
            if part.process is not None and part.process.poll() is None:
                part.process.terminate()
        for part in parts:
            part.stop()


def _declare(amqp_url: str, settings: Mapping[str, str]) -> None:
    delays = json.loads(settings.get("EVERYDAY_RETRY_DELAYS", json.dumps(topology.LADDER)))
    asyncio.run(topology.apply(amqp_url, delays, old_ways=True))


def _await_ready(name: str, address: str, part: Part) -> None:
    deadline = Deadline(_READY_WITHIN)
    while not deadline.is_over():
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=3):
                return
        except OSError:
            if part.starts > 3:
                break
            time.sleep(0.1)
    tail = "\n".join(part.log.read_text(errors="replace").splitlines()[-15:])
    raise StackFailed(f"{name} did not become ready; its log is {part.log}:\n{tail}")


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, held together while they are chosen so that they differ."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()
