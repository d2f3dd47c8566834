"""Only a message that cannot be read is parked at once; what we make or read wrongly ourselves is tried again.

Held on both paths, for every service's handlers alike: they are all subscribed by `listen`, or are a bulk consumer's.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from faststream.rabbit import RabbitRouter, TestRabbitBroker

from shared.contracts.base import Message
from shared.contracts.casework import DeclineNotice
from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.outcomes import DONE, Outcome
from shared.hearing.recovery import OurFault, Recovery, is_permanent
from shared.messaging.speakers import Speakers
from shared.messaging.topology import inbox
from shared.running.service import Parts, _middlewares, consumer, listen
from shared.running.settings import Settings
from shared.signing.officers import Officers
from tests.making import register, school


def _our_model() -> None:
    SchoolUpdated.model_validate({"name": "Larter"})


def _our_store() -> None:
    RegisterTaken.from_store({"urn": "Larter"})


def _our_json() -> None:
    json.loads("{")


def _our_text() -> None:
    b"\xff".decode()


OURS = (_our_model, _our_store, _our_json, _our_text)
Hears = Callable[[Any, bytes], Awaitable[list[BaseException]]]


class Heard(Recovery):
    """Takes everything in, and remembers for what it was asked to recover."""

    def __init__(self) -> None:
        self.failed: list[BaseException] = []

    def admit(self, raw: Any, queue: str) -> None: ...

    def admit_school(self, raw: Any, urn: object) -> None: ...

    async def recover(self, raw: Any, queue: str, error: BaseException) -> Outcome:
        self.failed.append(error)
        return DONE


async def _one_by_one(handle: Callable[[], None], body: bytes) -> list[BaseException]:
    async def on_school(event: SchoolUpdated) -> None:
        handle()

    return await _given(SchoolUpdated, on_school, Parts(), body)


async def _in_bulk(handle: Callable[[], None], body: bytes) -> list[BaseException]:
    async def keep(_batch: list[RegisterTaken]) -> None:
        handle()

    recovery = Heard()
    bulk = BulkConsumer("notices", Bulk(RegisterTaken, keep), recovery)
    raw: Any = _Delivery(body)
    await bulk._take(raw)
    await bulk._settle(bulk._waiting)
    assert raw.is_acknowledged
    return recovery.failed


async def _refused(handle: Callable[[], None], body: bytes) -> list[BaseException]:
    """A decision that nobody has signed: what we say of it is ours too."""

    async def on_decline(command: DeclineNotice) -> None: ...

    async def refuse(_message: Message, _why: object) -> None:
        handle()

    return await _given(DeclineNotice, on_decline, Parts(refuse=refuse), body)


async def _given(kind: type[Message], handler: Any, parts: Parts, body: bytes) -> list[BaseException]:
    service = "notices"
    router, recovery = RabbitRouter(), Heard()
    listen(router, service, kind)(handler)
    officers = Officers(service, None, Speakers(service, service))
    settings = Settings(amqp_url="amqp://in-memory/", mongo_url="")
    broker = consumer(settings, _middlewares(recovery, officers, parts))
    broker.include_router(router)
    async with TestRabbitBroker(broker):
        await broker.publish(body, *inbox(service, kind), content_type="application/json")
    return recovery.failed


class _Delivery:
    """What the bulk path asks of a delivery."""

    def __init__(self, body: bytes) -> None:
        self.body, self.headers = body, dict[str, Any]()
        self.message_id = self.correlation_id = str(uuid4())
        self.timestamp = self.type = None
        self.is_acknowledged = False

    async def ack(self, *, multiple: bool) -> None:
        self.is_acknowledged = multiple


WAYS: dict[str, tuple[Hears, Message]] = {
    "one by one": (_one_by_one, school()),
    "in bulk": (_in_bulk, register(school().time.date(), {"B801200005001": "/"})),
    "refused": (
        _refused,
        DeclineNotice.model_validate(
            {"id": uuid4(), "time": school().time, "case": "C-2222-22222", "reason": "no",
             "officer": {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}}
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fails", OURS)
async def test_what_we_read_or_make_wrongly_of_a_message_that_was_read_is_tried_again(
    way: str, fails: Callable[[], None]
) -> None:
    hears, message = WAYS[way]
    [error] = await hears(fails, message.model_dump_json().encode())
    assert isinstance(error, OurFault)
    assert not is_permanent(error)
    assert "Larter" not in str(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"urn": 7}', b'"Larter"'])
async def test_a_message_that_cannot_be_read_is_parked_at_once(way: str, body: bytes) -> None:
    hears, _ = WAYS[way]
    [error] = await hears(lambda: None, body)
    assert is_permanent(error)
