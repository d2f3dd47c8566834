"""What docs/operations.md does with a running system, done to its pods while registers come, step by step.

An upgrade and back, more replicas and fewer, new passwords, a parked message. Nothing that was sent may be missing
afterwards, nor parked, nor may a pod have to be killed.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import httpx
from docker import DockerClient

from deploy.containers import images, story
from deploy.containers.outside import Desk, Outside, desk
from deploy.containers.pods import Cluster, PodFailed
from deploy.local.half_term import with_check_letter
from deploy.manifests.render import plain, render
from deploy.setup import development, mongodb, rabbitmq
from shared.messaging.access import MIS, SERVICES
from shared.messaging.speakers import user_of

Say = Callable[[str], None]
_NEXT = "next"
_NEW = "another-password-that-is-as-long-as-a-key"
_REFUSED = 401
_PACE = 0.2  # seconds between two pupils' weeks


class NotKept(Exception):
    """Something that was sent did not arrive, or a step did not do what the page says."""


def live_a_day(pods: Cluster, client: "DockerClient", files: Path, say: Say) -> None:
    """Go through the page with a system that has work all the while."""
    at, casework = Outside(pods), desk(pods, "casework")
    operator = desk(pods, "operator")
    before = len(casework.json("cases"))
    with _registers_come(at) as sent:
        client.images.get(images.SERVICE).tag(images.SERVICE, _NEXT)
        for name in SERVICES:
            pods.replace(name, f"{images.SERVICE}:{_NEXT}")
        say("upgrade: every service was replaced by the next image's, one pod after the other")
        pods.replace("notices")
        say("back: notices is the image before")
        more = [pods.beside("notices") for _ in range(3)]
        say("scale: four replicas of notices are ready")
        for each in more:
            pods.remove_one(each)
        say("scale: three of them laid down their work")
        _new_password_at_rabbitmq(pods, files)
        _new_password_at_mongodb(pods)
        pods.replace("notices")
        say("secrets: notices has new passwords at RabbitMQ and MongoDB")
        _new_token_of_receipts(pods)
        say("secrets: notifications has a new token of receipts, and hears no other")
    _all_arrive(casework, before + len(sent))
    say(f"{len(sent)} pupils' registers came meanwhile, and each became its case")
    if (words := operator.everyday("dead", "list")).strip() != "Nothing waits: every message could be processed.":
        raise NotKept(f"something was parked meanwhile:\n{words}")
    _park(at, operator)
    say("the parked: listed, shown, brought back, and parked again, as nobody mended it; the audit trail has who")


@contextmanager
def _registers_come(at: Outside) -> Iterator[list[str]]:
    """Pupils' weeks come one after the other, all the while; yields those that were sent."""
    sent: list[str] = []
    failed: list[BaseException] = []
    enough = threading.Event()

    def send() -> None:
        try:
            for upn in _pupils():
                asyncio.run(story.tell_of_a_holiday(at, upn))
                sent.append(upn)
                if enough.wait(_PACE):
                    return
        except Exception as error:
            failed.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield sent
    finally:
        enough.set()
        sender.join()
    if failed:
        raise NotKept(f"a producer could not send: {failed[0]!r}")


def _pupils() -> Iterator[str]:
    return (with_check_letter(f"80120001{serial:04}") for serial in range(1, 10_000))


def _all_arrive(casework: Desk, cases: int) -> None:
    def there() -> int:
        return len(casework.json("cases"))

    found = asyncio.run(story.until(lambda: asyncio.to_thread(lambda: (n := there()) >= cases and n), "case of each"))
    if found != cases:
        raise NotKept(f"there are {found} cases, and should be {cases}")


def _new_password_at_rabbitmq(pods: Cluster, files: Path) -> None:
    """Take the user away, whose connections end, and make it anew, as the operator does; then the service's secret."""
    server = pods.pods["rabbitmq"]
    passwords = {**development.passwords(), "notices": _NEW}
    (files / "rabbitmq" / "tmp" / "definitions.json").write_text(json.dumps(rabbitmq.definitions(passwords)))
    for command in ("delete_user notices", "import_definitions /tmp/definitions.json"):
        code, words = server.container.exec_run(["rabbitmqctl", "--quiet", *command.split()])
        if code:
            raise PodFailed(f"rabbitmqctl {command}: {words.decode()[-1000:]}")
    _tell(pods, "notices", **_address_of_notices(pods, "EVERYDAY_AMQP_URL"))


def _new_password_at_mongodb(pods: Cluster) -> None:
    address = f"{pods.pods['mongodb'].address}:27017"
    mongodb.make_users(address, development.KEY, {**development.passwords(), "notices": _NEW})
    _tell(pods, "notices", **_address_of_notices(pods, "EVERYDAY_MONGO_URL"))


def _new_token_of_receipts(pods: Cluster) -> None:
    """Whoever tells of letters by the old token is refused once the service is replaced, and heard by the new."""
    old = _tell(pods, "notifications", EVERYDAY_RECEIPTS_TOKEN=_NEW, EVERYDAY_LINK_KEY=_NEW)["EVERYDAY_RECEIPTS_TOKEN"]
    pods.replace("notifications")
    url = f"http://{pods.pods['notifications'].address}:8000/notifications/receipts/notify"
    heard = [httpx.post(url, headers={"authorization": f"Bearer {token}"}).status_code for token in (old, _NEW)]
    if heard[0] != _REFUSED or heard[1] == _REFUSED:
        raise NotKept(f"the old token and the new one were answered with {heard}")


def _tell(pods: Cluster, service: str, **said: str) -> dict[str, str]:
    """Write into a service's secret, for pods that start from now on; returns what it said before."""
    name = plain(service, render("dev"), "Secret")["metadata"]["name"]
    before = pods.secret(name)
    pods.given[name] = {**before, **said}
    return before


def _address_of_notices(pods: Cluster, variable: str) -> dict[str, str]:
    told = pods.secret(plain("notices", render("dev"), "Secret")["metadata"]["name"])[variable]
    return {variable: re.sub(r"(?<=notices:)[^@]+", _NEW, told)}


def _park(at: Outside, operator: Desk) -> None:
    """A register that nobody can read is parked with its reason, can be looked at, and comes back when asked for."""
    asyncio.run(_say_nonsense(at.amqp("mis")))
    [parked] = asyncio.run(story.until(lambda: asyncio.to_thread(lambda: _listed(operator)), "parked message"))
    if "reason" not in operator.everyday("dead", "show", parked):
        raise NotKept("`everyday dead show` names no reason")
    if "1 brought back" not in operator.everyday("dead", "replay", parked):
        raise NotKept("`everyday dead replay` brought nothing back")
    asyncio.run(story.until(lambda: asyncio.to_thread(lambda: _listed(operator) == [parked]), "message parked again"))
    did = {entry["what"] for entry in operator.json("audit", "list")}
    if not {"dead show", "dead replay"} <= did:
        raise NotKept(f"the audit trail has {did}")


def _listed(operator: Desk) -> list[str]:
    return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", operator.everyday("dead", "list"))


async def _say_nonsense(url: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        events = await channel.get_exchange(MIS, ensure=False)
        nonsense = aio_pika.Message(
            b'{"urn": 1}', message_id="0b9c3a52-6f0e-5d4e-9a57-0d3e8a1f2b11", user_id=user_of(url)
        )
        await events.publish(nonsense, routing_key="mis.register_taken.v1")
