"""Traces: one from the register to the letter, through outboxes and two services; a retry is another that links."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deploy.local.patience import stretched
from deploy.local.servers import Servers
from services.notices.app import composer as notices
from services.notices.asking.explain import Explain, NoSuchStory
from services.notices.attendance.policy import shipped
from services.notices.cli.deciding import authorisation, request
from services.notices.settings import NoticesSettings
from services.notices.story.story import Story, hash_for
from services.notifications.app import composer as notifications
from services.notifications.settings import NotificationsSettings
from shared.contracts.mis import SchoolUpdated
from shared.hearing.dead import list_dead, replay
from shared.messaging.publisher import Publisher
from shared.observing import tracing
from shared.running.service import Compose, _LogContext, _work
from shared.running.settings import Settings
from shared.store.documents import Store
from shared.time.clock import FixedClock
from tests.integration.test_messaging import DELAYS, amqp, listening, tell  # noqa: F401
from tests.making import PUPIL, a_holiday, school
from tests.system.living import OFFICER, PAPERS, SCHOOL
from tests.waiting import eventually

CLOCK = FixedClock(datetime(2024, 9, 23, 9, tzinfo=UTC))
NOWHERE = {"amqp_url": "", "mongo_url": ""}
KEYS = {"notify_key": "k" * 80, "link_key": "link", "public_url": "https://here.example", "address_key": "secret"}
COMPOSERS: dict[str, Compose] = {
    "notices": notices(NoticesSettings(**NOWHERE)),
    "notifications": notifications(
        NotificationsSettings(**NOWHERE, **KEYS, smtp_port=1, notify_url="http://127.0.0.1:1")
    ),
}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.switch_on().use("test", SimpleSpanProcessor(exporter))
    yield exporter
    tracing.switch_off()


async def test_one_trace_goes_from_the_register_to_the_letter_through_both_services(
    amqp: str,  # noqa: F811
    servers: Servers,
    spans: InMemorySpanExporter,
) -> None:
    async with working("notices", amqp, servers) as notices, working("notifications", amqp, servers) as notifications:
        await tell(amqp, *a_holiday("123456", PUPIL))
        explain = Explain(notices, shipped(), CLOCK)
        story = await eventually(lambda: _case(explain), "case")
        await tell(amqp, request(story, ("p-1",), SCHOOL, PAPERS, CLOCK))
        story = await eventually(lambda: _requested(explain), "request")
        await tell(amqp, authorisation(story, "p-1", OFFICER, "A holiday.", hash_for(story, "p-1"), CLOCK))
        query = {"template": "penalty_notice"}
        await eventually(lambda: notifications["deliveries"].find(query), "planned letter")
    told = {span.name: span for span in spans.get_finished_spans() if trace_id(span) == UUID(story["correlation_id"])}
    assert {
        "process notices.mis.register_taken.v1",
        "process notices.notices.absence_threshold_reached.v1",
        "process notifications.notices.absence_threshold_reached.v1",
        "process notices.notices.authorise_notice.v1",
        "process notifications.notices.notice_issued.v1",
    } <= set(told)
    issued, authorised = (
        told[f"process {name}"]
        for name in ("notifications.notices.notice_issued.v1", "notices.notices.authorise_notice.v1")
    )
    assert parent(issued) == authorised.context.span_id
    reached = told["process notices.notices.absence_threshold_reached.v1"]
    assert parent(reached) == told["process notices.mis.register_taken.v1"].context.span_id


async def test_a_producers_own_context_is_continued_and_a_broken_one_is_not(
    amqp: str,  # noqa: F811
    spans: InMemorySpanExporter,
) -> None:
    async def handle(_event: SchoolUpdated) -> None: ...

    headers = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    async with listening(amqp, handle, [_LogContext]):
        await _tell_with(amqp, headers)
        await _tell_with(amqp, {"traceparent": "00-not-a-context"})
        await eventually(lambda: _count(spans, 2), "two spans")
    first, second = spans.get_finished_spans()
    assert (trace_id(first).hex, parent(first)) == ("0af7651916cd43dd8448eb211c80319c", 0xB7AD6B7169203331)
    assert second.parent is None


async def test_a_retry_and_a_replay_are_traces_of_their_own_that_link_to_the_attempt_before_and_say_no_data(
    amqp: str,  # noqa: F811
    spans: InMemorySpanExporter,
) -> None:
    async def handle(_event: SchoolUpdated) -> None:
        raise RuntimeError("Zz-Canary")

    async with listening(amqp, handle, [_LogContext]):
        await tell(amqp, school())
        await eventually(lambda: list_dead(amqp), "parked message")
        await replay(amqp)
        await eventually(lambda: _count(spans, 2 + len(DELAYS)), "the spans of all attempts")
    attempts = spans.get_finished_spans()[: 2 + len(DELAYS)]
    assert len({trace_id(each) for each in attempts}) == len(attempts)
    for before, after in pairwise(attempts):
        assert [link.context.span_id for link in after.links] == [before.context.span_id]
    assert all(not each.status.is_ok for each in attempts)
    assert "Zz-Canary" not in "".join(each.to_json() for each in attempts)


def test_without_an_endpoint_nothing_that_makes_spans_is_even_loaded() -> None:
    script = "import sys, services.notices.app; assert not any('opentelemetry.sdk' in name for name in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


async def test_spans_are_sent_to_the_endpoint_that_is_set() -> None:
    asked: list[bytes] = []

    async def collector(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    door = await asyncio.start_server(collector, "127.0.0.1", 0)
    async with door:
        host, port = door.sockets[0].getsockname()
        tracing.configure("notices", f"http://{host}:{port}/")
        try:
            with tracing.stepping("cases", None):
                assert set(tracing.trace_ids()) == {"trace_id", "span_id"}
            await asyncio.to_thread(tracing.switch_on().flush)
        finally:
            tracing.switch_off()
        await eventually(lambda: _as(asked), "request of an exporter")
    assert asked[0].startswith(b"POST /v1/traces ")


@asynccontextmanager
async def working(name: str, url: str, servers: Servers) -> AsyncIterator[Store]:
    """A whole service in this process, under its own store."""
    store, publisher, started = Store(servers.mongo_url, f"{name}_{uuid4().hex[:8]}"), Publisher(url), asyncio.Event()
    settings = Settings(amqp_url=url, mongo_url="", retry_delays=DELAYS, says_anything=publisher.user)
    task = asyncio.create_task(_work(name, COMPOSERS[name](store, CLOCK), settings, store, publisher, CLOCK, started))
    try:
        await asyncio.wait_for(started.wait(), stretched(20))
        yield store
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        fresh = Store(servers.mongo_url, store.name)
        await fresh.drop()
        fresh.close()


async def _case(explain: Explain) -> Story | None:
    with suppress(NoSuchStory):
        story = await explain.story(PUPIL)
        return story if story["state"] == "threshold_met" else None
    return None


async def _requested(explain: Explain) -> Story | None:
    story = await explain.story(PUPIL)
    return story if story["state"] == "requested" else None


async def _tell_with(url: str, headers: dict[str, Any]) -> None:
    message = school()
    async with Publisher(url) as publisher:
        body = message.model_dump_json().encode()
        ids = {"message_id": str(message.id), "correlation_id": str(message.id)}
        await publisher.publish_body(message.type, body, **ids, headers=headers)


def trace_id(span: ReadableSpan) -> UUID:
    assert span.context is not None
    return UUID(int=span.context.trace_id)


def parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


async def _count(spans: InMemorySpanExporter, wanted: int) -> bool:
    return len(spans.get_finished_spans()) >= wanted


async def _as(value: object) -> object:
    return value
