"""Logs, counters and stores say the same of a running system; its lines and labels are from closed lists; and few."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.stack import SERVICES
from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from shared.contracts import CATALOGUE, Message
from shared.messaging.publisher import Publisher
from shared.messaging.topology import HEARS, queue_name
from shared.time.clock import LONDON
from tests.contracts.metrics_page import exported
from tests.contracts.vocabulary import vocabulary
from tests.making import a_holiday, register, upn
from tests.system.living import Living
from tests.waiting import eventually

Samples = Counter[tuple[str, ...]]
"""Values by the metric's name and its labels in order of their names."""
Lines = list[dict[str, object]]

REGISTERS = 600
SETTLED = {f"message_{how}" for how in ("done", "retried", "parked", "forged", "returned", "interrupted")}


@pytest.fixture(scope="module")
async def lived(living: Living) -> tuple[Living, "Told", "Told", str]:
    """What was told before and after three families' holidays, many plain registers, doubles, and one letter."""
    living.set_clock(datetime(2024, 9, 23, 10, tzinfo=LONDON))  # back, so that nothing of a file before falls due
    await eventually(lambda: settled(living), "system at rest", 60)
    before = await Told.by(living)
    away = [upn(f"80120000700{number}") for number in range(3)]
    days = [datetime(2025, 1, 6) + timedelta(days=number) for number in range(REGISTERS)]  # noqa: DTZ001
    plain = [register(day.date(), {upn("801200007009"): "/"}, urn="123701") for day in days]
    messages: list[Message] = [*plain, *plain[:50]]
    for number, pupil in enumerate(away):
        messages += a_holiday(f"12370{number + 2}", pupil)
    await living.feed(messages)
    for pupil in away:
        await eventually(lambda pupil=pupil: living.has_case(pupil), "case", 60)  # type: ignore[misc]
    story = await living.story(away[0])
    await living.authorise(story, "p-1")
    notice = await living.notice(story["case"], "p-1", "issued")
    await living.accepted(notice["notice"])
    await living.live_until_served(story["case"], "p-1")
    await eventually(lambda: settled(living), "system at rest", 60)
    return living, before, await Told.by(living), str(notice["notice"])


class Told:
    """What logs, counters and stores say at one moment."""

    def __init__(self, lines: dict[str, Lines], samples: Samples, stored: Counter[str]) -> None:
        self.lines, self.samples, self.stored = lines, samples, stored

    @classmethod
    async def by(cls, living: Living) -> "Told":
        logs = {name: lines for name, lines in living.logs().items() if name in SERVICES}
        return cls(logs, await scraped(living), await stored(living))


def new(before: Told, after: Told) -> Lines:
    """The lines between two moments."""
    return [line for name, lines in after.lines.items() for line in lines[len(before.lines[name]) :]]


def deliveries(lines: Lines) -> Counter[tuple[str, str]]:
    """How many deliveries ended, by queue and outcome, as the lines say it."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line["event"] in SETTLED | {"batch_done", "batch_returned"} and line["level"] != "debug":
            counts[str(line["queue"]), str(line["outcome"])] += int(str(line.get("messages", 1)))
    return counts


async def scraped(living: Living) -> Samples:
    samples: Samples = Counter()
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            text = (await client.get(f"{living.stack.http[name]}/metrics")).text
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    labels = [value for _, value in sorted(sample.labels.items())]
                    samples[(sample.name, *labels)] += sample.value  # type: ignore[assignment]
    return samples


async def stored(living: Living) -> Counter[str]:
    cases = await living.documents("notices", "cases")
    sent = await living.documents("notifications", "deliveries")
    return Counter(
        registers=len(await living.documents("notices", "registers")),
        cases=len(cases),
        notices=sum(len(case["notices"]) for case in cases),
        deliveries=len(sent),
        emails=sum(each["channel"] == "email" and each["state"] == "sent" for each in sent),
        letters=sum(each["channel"] == "letter" and each.get("provider_id") is not None for each in sent),
    )


async def settled(living: Living) -> bool:
    """Whether nothing waits in a queue or an outbox, and nothing is being worked on."""
    async with Publisher(living.stack.amqp) as publisher:
        seen = await publisher.look_at(queue_name(service, kind) for service, kinds in HEARS.items() for kind in kinds)
    waiting = sum(messages for messages, _ in seen.values())
    for service, collections in (("notices", ("pupils", "cases")), ("notifications", ("deliveries",))):
        for name in collections:
            waiting += len(await living.documents(service, name, {"outbox.id": {"$exists": True}}))
    samples = await scraped(living)
    taken, ended = (
        sum(value for (name, *_), value in samples.items() if name == wanted)
        for wanted in ("everyday_messages_received_total", "everyday_messages_total")
    )
    return not waiting and taken == ended


async def test_every_delivery_that_was_taken_ends_in_a_line_and_a_count_of_its_queue_and_outcome(
    lived: tuple[Living, Told, Told, str],
) -> None:
    _, before, after, _ = lived
    grown = after.samples - before.samples
    counted: Counter[tuple[str, str]] = Counter()
    received: Counter[str] = Counter()
    for (name, *labels), value in grown.items():
        if name == "everyday_messages_total":
            outcome, service, kind = labels
            counted[f"{service}.{kind}", outcome] += int(value)
        elif name == "everyday_messages_received_total":
            received[".".join(labels)] += int(value)
    told = deliveries(new(before, after))
    assert told == counted
    assert received == Counter({queue: sum(n for (q, _), n in told.items() if q == queue) for queue, _ in told})
    assert told["notices.mis.register_taken.v1", "done"] == REGISTERS + 50 + 3 * 10


async def test_what_the_lines_count_is_what_the_stores_hold(lived: tuple[Living, Told, Told, str]) -> None:
    _, before, after, _ = lived
    lines, grown = new(before, after), after.stored - before.stored
    events = Counter(line["event"] for line in lines)
    assert grown["registers"] == REGISTERS + 3 * 10
    assert sum(int(str(line["new"])) for line in lines if line["event"] == "registers_kept") == grown["registers"]
    assert len({line["case"] for line in lines if line["event"] == "case_threshold_reached"}) == grown["cases"] == 3
    assert events["notice_issued"] == grown["notices"] == 1
    assert events["delivery_planned"] == grown["deliveries"]
    assert events["email_sent"] == grown["emails"]
    assert events["letter_accepted"] == grown["letters"] == 1


async def test_what_left_an_outbox_arrived_at_everyone_who_listens(lived: tuple[Living, Told, Told, str]) -> None:
    _, before, after, _ = lived
    grown = after.samples - before.samples
    published = {
        (labels[1], labels[2]): int(value)
        for (name, *labels), value in grown.items()
        if name == "everyday_outbox_published_total" and labels[0] == "confirmed"
    }
    told = deliveries(new(before, after))
    assert published["notices", "notices.notice_issued.v1"] == 1
    for (_, kind), count in published.items():
        for service, kinds in HEARS.items():
            if kind in {each.key() for each in kinds}:
                assert told[f"{service}.{kind}", "done"] == count, (service, kind)


async def test_a_register_costs_less_than_a_line_and_a_notice_a_few_dozen(
    lived: tuple[Living, Told, Told, str],
) -> None:
    """What docs/observability.md says of how much is written."""
    _, before, after, notice = lived
    lines = new(before, after)
    of_registers = [line for line in lines if "register_taken" in str(line.get("queue")) or line["event"] in {
        "registers_kept", "register_kept"}]  # fmt: skip
    batches = sum(line["event"] == "batch_done" and "register_taken" in str(line["queue"]) for line in lines)
    with_effect = sum(line["event"] == "register_kept" for line in lines)
    assert len(of_registers) <= 2 * batches + with_effect + 2
    assert with_effect <= 3 * 10
    [issued] = [line for line in lines if line["event"] == "notice_issued" and line["notice"] == notice]
    story = [line for line in lines if line.get("correlation_id") == issued["correlation_id"]]
    assert 10 < len(story) < 60
    assert sum(len(json.dumps(line)) for line in story) < 20_000


async def test_every_line_is_of_the_list_and_bears_what_every_line_bears(lived: tuple[Living, Told, Told, str]) -> None:
    _, _, after, _ = lived
    known = {said.event for said in vocabulary()}
    for name, lines in after.lines.items():
        for line in lines:
            assert line["event"] in known, line
            assert {"time", "level", "service", "version"} <= set(line)
            assert line["service"] == name
            if line["event"] in SETTLED:
                assert {"queue", "attempt", "outcome", "duration_ms", "message_id", "correlation_id"} <= set(line)


async def test_no_label_holds_an_id_and_every_metric_is_of_the_list(lived: tuple[Living, Told, Told, str]) -> None:
    living, *_ = lived
    await eventually(lambda: _asked(living), "numbers that are asked for", 30)
    seen = set()
    for name, value in [pair async for pair in _labels(living)]:
        seen.add(name)
        assert re.fullmatch(ALLOWED[name], value), (name, value)
    assert {"service", "type", "outcome", "job", "check", "provider", "collection", "state"} <= seen
    names = {name for name, *_ in await scraped(living) if name.startswith("everyday_")}
    refused = {"everyday_outbox_refused"}  # of a type, once the broker has refused it
    assert names | refused == {series for each in exported() for series in each.series}


ALLOWED = {
    "service": "|".join(SERVICES),
    "type": "|".join(map(re.escape, CATALOGUE)),
    "outcome": "done|retried|parked|forged|returned|interrupted|confirmed|failed|accepted|refused|not_now|unknown",
    "job": r"relay|gauges|timer\.[a-z_]+(\.(email|sms|letter))?",
    "check": "started|broker|store",
    "provider": "[a-z_]{1,30}",
    "collection": r"[a-z_]{1,30}(\.(email|sms|letter))?",
    "version": r"\d+\.\d+\.\d+",
    "state": "|".join([*CASE.states, *NOTICE.states, "[a-z_]{1,20}"]),
    "le": r"[\d.]+|\+Inf",
}
"""What each label may say; a new label has to be thought about here."""


async def _labels(living: Living) -> AsyncIterator[tuple[str, str]]:
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            text = (await client.get(f"{living.stack.http[name]}/metrics")).text
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    for pair in sample.labels.items():
                        yield pair


async def _asked(living: Living) -> bool:
    samples = await scraped(living)
    return ("everyday_dead_letters",) in samples and any(name == "everyday_deliveries" for name, *_ in samples)
