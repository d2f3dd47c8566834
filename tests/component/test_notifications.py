"""The notifications service alone: events in through an in-memory broker, providers that answer as they are told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from services.notifications.addresses.notify_texts import arriving
from services.notifications.app import composer
from services.notifications.asking.record import Record
from services.notifications.providers.outcomes import (
    Accepted,
    Answering,
    Listed,
    NotNow,
    Outgoing,
    Provider,
    Refused,
    Report,
    Unknown,
)
from services.notifications.rules import RULES
from services.notifications.settings import NotificationsSettings
from services.notifications.words.wording import Written
from shared.contracts import CATALOGUE, Message
from shared.contracts.fields import Person
from shared.contracts.notices import (
    AbsenceThresholdCleared,
    AbsenceThresholdReached,
    NoticeIssued,
    NoticePaid,
    NoticeWithdrawn,
)
from shared.contracts.notifications import Channel, LiftSuppression, RecordReturnedLetter, RetryMessage, SetPreferences
from shared.links import Links
from shared.messaging.failures import NotYetKnown, Permanent
from shared.running.service import Parts, consumer
from shared.running.settings import Settings
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import LONDON, Clock, FixedClock
from shared.web.door import web as pages
from shared.writing.paper import as_text
from tests.making import PUPIL, URN, school
from tests.signing import proving, tell
from tests.unit.notifications.conftest import MakeNotice, make_notice
from tests.waiting import eventually

MORNING = datetime(2024, 10, 4, 10, tzinfo=LONDON)
OFFICER = Person(id="officer-17", name="Jo Harwood", role="Attendance Officer")
SETTINGS = NotificationsSettings(
    amqp_url="", mongo_url="", notify_key="k", link_key="link", public_url="https://here.example", address_key="secret",
    receipts_token="token", digest_window=0, send_lease=20,
)  # fmt: skip


__all__ = ["make_notice"]  # a fixture that the tests of letters have


@dataclass
class Mail:
    """A provider whose answers are played, and which can be asked nothing afterwards."""

    name: str
    channel: Channel
    account: str = "none"
    plays: list[Exception] = field(default_factory=list)
    has: list[Outgoing] = field(default_factory=list)

    objects: Callable[[Outgoing], str | None] = lambda outgoing: None

    def objection(self, outgoing: Outgoing) -> str | None:
        return self.objects(outgoing)

    def as_sent(self, written: Written) -> Written:
        return replace(written, text=arriving(written.text)) if self.name == "notify_sms" else written

    async def send(self, outgoing: Outgoing) -> Accepted:
        played = self.plays.pop(0) if self.plays else None
        if played is None or getattr(played, "has_it", False):
            self.has.append(outgoing)
        if played is not None:
            raise played
        return Accepted(f"{self.name}-{len(self.has)}", more=isinstance(self, Answering))

    def words(self) -> list[str]:
        return [each.written.subject or each.written.text for each in self.has]


@dataclass
class Carrier(Mail):
    """A provider that can be asked what it has."""

    states: dict[str, Report] = field(default_factory=dict)
    is_down: bool = False

    async def find(self, reference: str) -> Report | None:
        if self.is_down:
            raise Unknown("down")
        found = [number for number, each in enumerate(self.has, start=1) if each.reference == reference]
        return Report(f"{self.name}-{found[0]}", "accepted", "sending") if found else None

    async def ask(self, provider_id: str) -> Report:
        return self.states.get(provider_id, Report(provider_id, "accepted", "sending"))

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        for number, each in enumerate(self.has, start=1):
            yield Listed(each.reference, f"{self.name}-{number}", each.at)


def taken_in_silence() -> Unknown:
    error = Unknown("time-out")
    error.has_it = True  # type: ignore[attr-defined]
    return error


@dataclass
class Notifications:
    """The service without its surroundings."""

    store: Store
    clock: FixedClock
    parts: Parts
    broker: RabbitBroker
    smtp: Mail
    texts: Carrier
    other_texts: Carrier
    letters: Carrier

    async def hears(self, *messages: Message) -> None:
        for message in messages:
            await tell(self.broker, "notifications", message)

    async def works(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            for timer in self.parts.timers:
                await timer.once()

    async def later(self, step: timedelta) -> None:
        self.clock.advance(step)
        await self.works()

    async def deliveries(self, **query: Any) -> list[Document]:
        return await self.store["deliveries"].find(query)

    async def states(self) -> dict[str, str]:
        return {f"{each['telling']}:{each['channel']}": each["state"] for each in await self.deliveries()}

    async def said(self, kind: str) -> list[Any]:
        key = f"notifications.{kind}.v1"
        found = [*await self.store["deliveries"].pending(1000), *await self.store["intents"].pending(1000)]
        entries = [entry for document in found for entry in document["outbox"] if entry["type"] == key]
        return [CATALOGUE[key].parse(entry["body"]) for entry in entries]

    def web(self) -> httpx.AsyncClient:
        app = pages("notifications", self.parts.routes, [])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://here.example")


Make = Callable[..., Any]


@pytest.fixture
async def make(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    opened: list[TestRabbitBroker] = []

    async def build(settings: NotificationsSettings = SETTINGS, rules: Any = RULES) -> Notifications:
        clock = FixedClock(MORNING.astimezone(UTC))
        monkeypatch.setattr(Clock, "wall", staticmethod(clock.now))
        carriers: tuple[Mail, Carrier, Carrier, Carrier] = (
            Mail("smtp", "email"),
            Carrier("notify_sms", "sms"),
            Carrier("sinch", "sms"),
            Carrier("notify_letter", "letter"),
        )
        by: dict[str, Provider] = {each.name: each for each in carriers}
        parts = composer(settings, rules, by)(store, clock)
        broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [proving("notifications", parts)])
        broker.include_routers(*parts.routers)
        tested = TestRabbitBroker(broker)
        await tested.__aenter__()
        opened.append(tested)
        for timer in parts.timers:
            await timer.prepare()
        made = Notifications(store, clock, parts, broker, *carriers)
        await made.hears(school())
        return made

    yield build
    for each in opened:
        await each.__aexit__(None, None, None)


@pytest.fixture
async def service(make: Make) -> Notifications:
    made: Notifications = await make()
    return made


@pytest.fixture
def issued(make_notice: MakeNotice) -> NoticeIssued:
    plain = make_notice()
    reachable = plain.recipient.model_copy(update={"phone": "07700 900123", "email": "robin@home.example"})
    named = plain.school.model_copy(update={"urn": URN})
    return plain.model_copy(update={"recipient": reachable, "school": named, "time": MORNING})


def reached(case: str = "C-7K4M-9PXT3", at: datetime = MORNING, **more: Any) -> AbsenceThresholdReached:
    mark = {"date": "2024-09-16", "session": "AM", "code": "G", "urn": URN}
    facts = {"sessions": [mark], "school_weeks": [date(2024, 9, 16)], "count": 10, "policy": "p", "evidence_hash": "h"}
    told = {"id": uuid4(), "time": at, "upn": PUPIL, "urn": URN, "case": case, "subject": case}
    return AbsenceThresholdReached.model_validate({**told, **facts, **more})


def cleared(case: str = "C-7K4M-9PXT3", at: datetime = MORNING + timedelta(minutes=1)) -> AbsenceThresholdCleared:
    told = {"id": uuid4(), "time": at, "upn": PUPIL, "urn": URN, "case": case, "subject": case}
    return AbsenceThresholdCleared.model_validate({**told, "count": 9, "because": "marks_changed"})


def withdrawn(issued: NoticeIssued, at: datetime = MORNING + timedelta(hours=1)) -> NoticeWithdrawn:
    told = {"id": uuid4(), "time": at, "notice": issued.notice, "case": issued.case, "urn": URN}
    facts = {"parent_id": issued.parent_id, "ground": "wrong_person", "refund_due": 0, "issued_on": issued.issued_on}
    return NoticeWithdrawn.model_validate({**told, **facts, "recipient": issued.recipient.model_dump()})


async def test_a_notice_is_one_letter_one_alert_and_one_mail_to_school(service: Notifications, issued: NoticeIssued):
    await service.hears(issued, issued)
    await service.works()
    assert len(service.letters.has) == len(service.smtp.has) == 1
    assert len(service.texts.has) + len(service.other_texts.has) == 1
    assert await service.states() == {
        "penalty_notice:letter": "accepted",
        "penalty_notice_alert:sms": "accepted",
        "notice_issued_school:email": "sent",
    }
    sent = await service.said("notification_sent")
    assert {(each.about, each.channel) for each in sent} == {
        (issued.notice, "letter"), (issued.notice, "sms"), (issued.notice, "email"),
    }  # fmt: skip


async def test_the_audience_is_frozen_when_it_is_told(service: Notifications):
    event = reached()
    await service.hears(event)
    await service.works()
    moved = school().model_copy(update={"id": uuid4(), "attendance_email": "new@school.example.org", "time": MORNING})
    await service.hears(moved, event)
    await service.works()
    assert [each.address for each in service.smtp.has] == ["attendance@school.example.org"]
    [intent] = await service.store["intents"].find({})
    assert [each["email"] for each in intent["audience"]] == ["attendance@school.example.org"]


async def test_a_school_that_is_not_known_yet_is_waited_for_and_then_it_is_said(service: Notifications):
    await service.hears(reached(urn="999999"))
    for _ in range(16):
        await service.later(timedelta(hours=4) if service.clock.now().hour < 12 else timedelta(hours=20))
    [failed] = await service.said("notification_failed")
    assert (failed.recipient, failed.template) == ("school:999999", "threshold_reached")
    assert service.smtp.has == []
    service.clock.instant = datetime(2024, 11, 4, 10, tzinfo=UTC)
    retry = RetryMessage(id=uuid4(), time=MORNING, delivery=failed.delivery, officer=OFFICER)
    await service.hears(school("999999"), retry)
    await service.works()
    assert len(service.smtp.has) == 1


async def test_outside_working_hours_a_mail_waits_for_the_next_opening(service: Notifications, issued: NoticeIssued):
    service.clock.instant = datetime(2024, 10, 4, 18, 30, tzinfo=LONDON).astimezone(UTC)
    await service.hears(issued)
    await service.works()
    assert (len(service.letters.has), service.smtp.has, service.texts.has) == (1, [], [])
    service.clock.instant = datetime(2024, 10, 7, 8, tzinfo=LONDON).astimezone(UTC)
    await service.works()
    assert len(service.smtp.has) == 1


async def test_what_was_held_and_is_not_true_any_more_is_not_sent_nor_taken_back(service: Notifications):
    service.clock.instant = datetime(2024, 10, 4, 19, tzinfo=LONDON).astimezone(UTC)
    await service.hears(reached(), cleared())
    await service.works()
    service.clock.instant = datetime(2024, 10, 7, 9, tzinfo=LONDON).astimezone(UTC)
    await service.works()
    assert service.smtp.has == []
    assert {each["state"] for each in await service.store["intents"].find({})} == {"cancelled"}


async def test_what_was_told_is_taken_back(service: Notifications):
    await service.hears(reached())
    await service.works()
    await service.hears(cleared())
    await service.works()
    assert [words.split(": ")[1] for words in service.smtp.words()] == [
        "the national threshold for absence has been met",
        "the national threshold for absence is no longer met",
    ]


async def test_a_notice_withdrawn_before_its_letter_went_sends_no_letter(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [NotNow("closed")]
    unreachable = issued.recipient.model_copy(update={"phone": None, "email": None})
    await service.hears(issued.model_copy(update={"recipient": unreachable}))
    await service.works()
    await service.hears(withdrawn(issued))
    await service.later(timedelta(minutes=10))
    assert service.letters.has == []
    assert (await service.states())["penalty_notice:letter"] == "cancelled"


async def test_a_parent_who_had_the_alert_is_told_that_the_notice_is_withdrawn(
    service: Notifications, issued: NoticeIssued
):
    service.letters.plays = [NotNow("closed")]
    await service.hears(issued)
    await service.works()
    await service.hears(withdrawn(issued))
    await service.later(timedelta(minutes=10))
    assert [each.written.template for each in service.letters.has] == ["withdrawal_letter"]


async def test_a_time_out_after_acceptance_is_looked_up_not_sent_again(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [taken_in_silence()]
    await service.hears(issued)
    await service.works()
    assert (await service.states())["penalty_notice:letter"] == "unknown"
    await service.later(timedelta(seconds=30))
    assert len(service.letters.has) == 1
    assert (await service.states())["penalty_notice:letter"] == "accepted"


async def test_letters_and_texts_go_on_while_the_mail_server_hangs(
    make: Make, issued: NoticeIssued, monkeypatch: pytest.MonkeyPatch
):
    service: Notifications = await make(SETTINGS.model_copy(update={"send_at_once": 2}))
    hanging = asyncio.Event()

    async def hang(outgoing: Outgoing) -> Accepted:
        await hanging.wait()
        return Accepted("late", more=False)

    monkeypatch.setattr(service.smtp, "send", hang)
    await service.hears(*(reached(f"C-7K4M-9PX{n}3") for n in range(4)))
    running = [asyncio.create_task(timer.run()) for timer in service.parts.timers]

    async def two_hang() -> bool:
        return len(await service.deliveries(state="sending", channel="email")) == 2

    await eventually(two_hang, "mails that hang")
    await service.hears(issued)

    async def both_went() -> bool:
        return len(await service.deliveries(state="accepted")) == 2

    await eventually(both_went, "letter and text")
    hanging.set()
    for task in running:
        task.cancel()
    for timer in service.parts.timers:
        await timer.stop()


async def test_nothing_else_is_tried_while_the_first_provider_may_have_it(service: Notifications, issued: NoticeIssued):
    for each in (service.texts, service.other_texts):
        each.plays = [taken_in_silence()]
        each.is_down = True
    await service.hears(issued)
    await service.works()
    await service.later(timedelta(minutes=5))
    assert (await service.states())["penalty_notice_alert:sms"] == "unknown"
    assert len(service.texts.has) + len(service.other_texts.has) == 1
    service.texts.is_down = service.other_texts.is_down = False
    await service.later(timedelta(hours=2))
    assert (await service.states())["penalty_notice_alert:sms"] == "accepted"
    assert len(service.texts.has) + len(service.other_texts.has) == 1


async def test_what_a_provider_does_not_take_goes_by_the_other(make: Make, issued: NoticeIssued):
    service: Notifications = await make(SETTINGS.model_copy(update={"shares": {"notify_sms": 100, "sinch": 0}}))
    service.texts.plays = [NotNow("Notify's limit", "day")]
    await service.hears(issued)
    await service.works()
    assert (len(service.texts.has), len(service.other_texts.has)) == (0, 1)
    [delivery] = await service.deliveries(channel="sms")
    assert [each["provider"] for each in delivery["tries"]] == ["notify_sms", "sinch"]


async def test_a_daily_limit_of_the_only_provider_holds_until_next_day(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [NotNow("Notify's limit", "day")]
    await service.hears(issued)
    await service.works()
    [delivery] = await service.deliveries(channel="letter")
    assert (delivery["state"], delivery["due_at"]) == ("held", datetime(2024, 10, 5, tzinfo=UTC))
    service.clock.instant = datetime(2024, 10, 4, 23, 30, tzinfo=UTC)  # midnight in London, not yet at Notify
    await service.works()
    assert service.letters.has == []
    service.clock.instant = datetime(2024, 10, 5, tzinfo=UTC)
    await service.works()
    assert len(service.letters.has) == 1


async def test_a_dead_number_is_suppressed_and_the_alert_goes_by_email(service: Notifications, issued: NoticeIssued):
    service.texts.plays = [Refused("BadRequestError", address=True)]
    service.other_texts.plays = [Refused("BadRequestError", address=True)]
    await service.hears(issued)
    await service.works()
    alert = [each for each in service.smtp.has if each.address == "robin@home.example"]
    assert len(alert) == 1
    assert (await service.states())["penalty_notice_alert:sms"] == "permanent_failure"
    await service.hears(issued.model_copy(update={"id": uuid4(), "notice": "N-2222-22222"}))
    await service.works()
    [again] = await service.deliveries(about="N-2222-22222", channel="sms")
    assert again["state"] == "suppressed"
    assert not service.texts.has
    assert not service.other_texts.has


async def test_the_last_step_of_a_ladder_says_that_nobody_was_reached(service: Notifications):
    service.smtp.plays = [Refused("550", address=True)]
    await service.hears(reached())
    await service.works()
    [failed] = await service.said("notification_failed")
    assert (failed.template, failed.recipient) == ("threshold_reached", f"school:{URN}")


async def test_setbacks_wait_longer_each_time_and_end_with_a_person(service: Notifications):
    service.smtp.plays = [NotNow("busy")] * 25
    await service.hears(reached())
    for _ in range(80):
        service.clock.advance(timedelta(hours=6))
        await service.works(1)
    [delivery] = await service.deliveries()
    assert (delivery["state"], delivery["setbacks"]) == ("failed", 19)
    assert service.smtp.has == []
    retry = RetryMessage(id=uuid4(), time=MORNING, delivery=delivery["_id"], officer=OFFICER)
    service.smtp.plays = []
    service.clock.instant = datetime(2024, 12, 3, 10, tzinfo=UTC)
    await service.hears(retry, retry)
    await service.works()
    assert len(service.smtp.has) == 1


async def test_a_mail_that_is_never_answered_goes_a_few_times_later_each_time_then_a_person_decides(
    service: Notifications,
):
    service.smtp.plays = [taken_in_silence() for _ in range(10)]
    await service.hears(reached())
    await service.works()
    await service.later(timedelta(seconds=30))
    await service.later(timedelta(seconds=10))
    assert len(service.smtp.has) == 2
    await service.later(timedelta(seconds=30))  # its lease is over, and it is to go again a minute after that
    assert len(service.smtp.has) == 2
    for _ in range(30):
        await service.later(timedelta(minutes=10))
    assert len(service.smtp.has) == 5
    assert len({each.reference for each in service.smtp.has}) == 1
    [delivery] = await service.deliveries(telling="threshold_reached")
    assert delivery["state"] == "failed"
    assert "may be there" in delivery["why"]
    service.smtp.plays = []
    await service.hears(RetryMessage(id=uuid4(), time=MORNING, delivery=delivery["_id"], officer=OFFICER))
    await service.works()
    assert (await service.states())["threshold_reached:email"] == "sent"


async def test_a_letter_that_a_provider_never_answers_and_never_has_is_given_to_a_person(
    service: Notifications, issued: NoticeIssued
):
    service.letters.plays = [Unknown("500")] * 40
    await service.hears(issued)
    for _ in range(80):
        await service.later(timedelta(hours=4))
    [letter] = await service.deliveries(channel="letter")
    assert (letter["state"], letter["attempts"]) == ("failed", 20)
    assert letter["why"] == "given up after 20 attempts: notify_letter did not answer, and has not got it"


async def test_what_a_provider_may_have_forgotten_is_not_sent_again(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [taken_in_silence()]
    service.letters.is_down = True
    await service.hears(issued)
    await service.works()
    service.clock.advance(timedelta(days=4))
    service.letters.is_down, handed_over = False, service.letters.has.pop()
    await service.works()
    [letter] = await service.deliveries(channel="letter")
    assert (letter["state"], letter["reference"]) == ("failed", handed_over.reference)
    assert service.letters.has == []


async def test_only_what_is_parked_can_be_retried(service: Notifications):
    await service.hears(reached())
    await service.works()
    [delivery] = await service.deliveries()
    retry = RetryMessage(id=uuid4(), time=MORNING, delivery=delivery["_id"], officer=OFFICER)
    with pytest.raises(Permanent, match="only what is parked"):
        await service.hears(retry)
    with pytest.raises(NotYetKnown, match="no message"):
        await service.hears(retry.model_copy(update={"delivery": "nothing"}))


async def test_a_school_may_refuse_service_mail_not_what_the_law_sends(service: Notifications, issued: NoticeIssued):
    refuse = SetPreferences(id=uuid4(), time=MORNING, school=URN, category="service", channel="email", wanted=False)
    await service.hears(refuse, issued)
    await service.works()
    assert service.smtp.has == []
    assert len(service.letters.has) == 1
    assert await service.said("notification_failed") == []
    again = refuse.model_copy(update={"id": uuid4(), "wanted": True, "time": MORNING + timedelta(minutes=5)})
    await service.hears(again, refuse, reached())
    await service.works()
    assert len(service.smtp.has) == 1


async def test_mail_that_was_refused_before_reasons_had_codes_is_no_failure(service: Notifications):
    refuse = SetPreferences(id=uuid4(), time=MORNING, school=URN, category="service", channel="email", wanted=False)
    await service.hears(refuse, reached())
    await service.works()
    assert await service.states() == {"threshold_reached:email": "suppressed"}
    await service.store["deliveries"].set_all({}, {"why_code": None, "due_at": service.clock.now()})
    await service.works()
    [delivery] = await service.deliveries()
    assert (delivery["due_at"], await service.said("notification_failed")) == (None, [])


async def test_a_suppression_can_be_lifted(service: Notifications):
    service.smtp.plays = [Refused("550", address=True)]
    await service.hears(reached())
    await service.works()
    [kept] = await service.store["preferences"].find({"suppressed.why": {"$exists": True}})
    await service.hears(LiftSuppression(id=uuid4(), time=MORNING, address=kept["_id"], officer=OFFICER))
    await service.hears(reached("C-2K4M-9PXT3"))
    await service.works()
    assert len(service.smtp.has) == 1


async def test_mails_to_one_school_within_the_window_are_one_and_each_is_in_it_once(make: Make):
    service: Notifications = await make(SETTINGS.model_copy(update={"digest_window": 600}))
    events = [reached(f"C-7K4M-9PX{n}3", MORNING + timedelta(seconds=n)) for n in range(3)]
    await service.hears(*events)
    await service.works()
    assert service.smtp.has == []
    await service.later(timedelta(minutes=10))
    [digest] = service.smtp.has
    for event in events:
        assert digest.written.text.count(f"Case reference: {event.case}") == 1
    assert sorted(each.about for each in await service.said("notification_sent")) == sorted(e.case for e in events)
    await service.later(timedelta(minutes=20))
    assert len(service.smtp.has) == 1


async def test_one_mail_alone_is_no_digest_and_what_was_taken_back_is_not_in_it(make: Make):
    service: Notifications = await make(SETTINGS.model_copy(update={"digest_window": 600}))
    await service.hears(reached("C-1111-11111"), reached("C-2222-22222"))
    await service.works()
    await service.hears(cleared("C-1111-11111"))
    await service.later(timedelta(minutes=10))
    assert ["C-2222-22222" in words for words in service.smtp.words()] == [True]


async def test_a_receipt_is_taken_twice_and_late_and_never_leads_back(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    [delivery] = await service.deliveries(channel="sms")
    async with service.web() as web:
        for status in ("delivered", "delivered", "temporary-failure", "delivered"):
            answer = await web.post(
                "/receipts/notify",
                json={
                    "id": delivery["provider_id"],
                    "reference": delivery["_id"],
                    "status": status,
                    "to": "07700900123",
                },
                headers={"Authorization": "Bearer token"},
            )
            assert answer.status_code == 200
            await service.works(1)
    [after] = await service.deliveries(channel="sms")
    assert after["state"] == "delivered"
    assert [each["status"] for each in after["receipts"]].count("delivered") == 1
    assert len(await service.said("notification_delivered")) == 1
    assert "07700900123" not in str(await service.store["receipts"].find({}))


async def test_what_arrives_late_after_all_is_not_sent_again(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    [delivery] = await service.deliveries(channel="sms")
    async with service.web() as web:
        for status in ("temporary-failure", "delivered"):
            said = {"id": delivery["provider_id"], "reference": delivery["_id"], "status": status}
            await web.post("/receipts/notify", json=said, headers={"Authorization": "Bearer token"})
            await service.works(2)
    await service.later(timedelta(hours=2))
    assert len(service.texts.has) + len(service.other_texts.has) == 1
    assert sorted(each["state"] for each in await service.deliveries(channel="sms")) == ["cancelled", "delivered"]


async def test_a_receipt_tells_of_a_send_whose_outcome_nobody_recorded(service: Notifications, issued: NoticeIssued):
    for each in (service.texts, service.other_texts):
        each.plays = [taken_in_silence()]
    await service.hears(issued)
    await service.works()
    [delivery] = await service.deliveries(channel="sms")
    said = {"batch_id": "b-1", "client_reference": delivery["_id"], "status": "Delivered", "code": 0, "at": None}
    async with service.web() as web:
        answer = await web.post("/receipts/sinch", json=said, auth=("sinch", "token"))
    assert answer.status_code == 200
    await service.works()
    assert (await service.states())["penalty_notice_alert:sms"] == "delivered"
    await service.later(timedelta(hours=2))
    assert len(service.texts.has) + len(service.other_texts.has) == 1


def told_on(instant: str) -> bytes:
    return json.dumps({"id": "x", "reference": "r", "status": "delivered", "completed_at": instant}).encode()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"Authorization": "Bearer wrong"}, b"{}", 401),
        ({"Authorization": "Basic !!"}, b"{}", 401),
        ({"Authorization": "Basic é".encode()}, b"{}", 401),
        ({"Authorization": "Basic é".encode("latin-1")}, b"{}", 401),
        ({"Authorization": "Bearer é".encode()}, b"{}", 401),
        ({"Authorization": "Bearer token"}, told_on("0001-01-01T00:00:00Z"), 400),
        ({"Authorization": "Bearer token"}, told_on("0001-01-01T00:00:00+14:00"), 400),
        ({"Authorization": "Bearer token"}, told_on("9999-12-31T23:59:59-14:00"), 400),
        ({"Authorization": "Bearer token"}, told_on("9999-12-31T23:59:59Z"), 400),
        ({"Authorization": "Bearer token"}, told_on("1970-01-01T00:00:00Z"), 400),
        ({"Authorization": "Bearer token"}, b"[]", 400),
        ({"Authorization": "Bearer token"}, b"[" * 16_000, 400),
        ({"Authorization": "Bearer token"}, rb'{"id": "x", "reference": "\ud800", "status": "delivered"}', 400),
        ({"Authorization": "Bearer token"}, b'{"id": "x", "reference": "r", "completed_at": 5}', 400),
        ({"Authorization": "Bearer token"}, b'{"id": "x", "reference": "r", "status": "s", "completed_at": 5}', 200),
        ({"Authorization": "Bearer token"}, b"{" + b" " * 20_000, 413),
        ({"Authorization": "Bearer token"}, b'{"id": "x", "reference": "nobody", "status": "delivered"}', 200),
    ],
)
async def test_what_is_no_receipt_of_ours_does_no_harm(
    service: Notifications, headers: dict[str, str | bytes], body: bytes, status: int
):
    async with service.web() as web:
        assert (await web.post("/receipts/notify", content=body, headers=headers)).status_code == status
        assert (await web.post("/receipts/nobody", content=body, headers=headers)).status_code == 404
    for _ in range(6):
        await service.later(timedelta(days=2))
    assert await service.store["receipts"].count({"placed": True}) == 0


async def test_a_temporary_failure_is_tried_later_then_by_the_next_channel(
    service: Notifications, issued: NoticeIssued
):
    failing = Report("", "temporary", "temporary-failure")
    for each in (service.texts, service.other_texts):
        each.states = {f"{each.name}-{n}": replace(failing, id=f"{each.name}-{n}") for n in range(1, 4)}
    await service.hears(issued)
    await service.works()
    for _ in range(4):
        await service.later(timedelta(hours=25) - timedelta(seconds=1))
        service.clock.instant = service.clock.now().replace(hour=9)
        await service.works()
        if service.clock.now().weekday() == 5:
            await service.later(timedelta(days=2))
    for _ in range(6):
        await service.later(timedelta(hours=1))
    assert len(service.texts.has) + len(service.other_texts.has) == 3
    assert len({each.reference for each in (*service.texts.has, *service.other_texts.has)}) == 3
    assert [each.address for each in service.smtp.has].count("robin@home.example") == 1


async def test_notify_tells_that_a_letter_came_back_and_the_post_room_has_nothing_to_add(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(issued)
    await service.works()
    [letter] = await service.deliveries(channel="letter")
    back = {"notification_id": letter["provider_id"], "reference": letter["_id"], "date_sent": "2024-10-07T09:00:00Z"}
    back |= {
        "sent_by": None,
        "template_name": "Pre-compiled PDF",
        "template_version": 1,
        "upload_letter_file_name": None,
    }
    service.clock.instant = datetime(2024, 11, 20, 10, tzinfo=UTC)
    async with service.web() as web:
        for _ in range(2):
            answer = await web.post("/receipts/notify", json=back, headers={"Authorization": "Bearer token"})
            assert answer.status_code == 200
            await service.works(2)
    [returned] = await service.said("letter_returned")
    assert (returned.reference, returned.returned_on) == (issued.notice, date(2024, 11, 20))
    assert (await service.states())["penalty_notice:letter"] == "returned"
    again = RecordReturnedLetter(
        id=uuid4(), time=MORNING, reference=issued.notice, returned_on=date(2024, 11, 21), officer=OFFICER
    )
    with pytest.raises(Permanent, match="no letter"):
        await service.hears(again)


async def test_of_another_letter_that_came_back_the_team_is_told(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [NotNow("closed")]
    await service.hears(issued)
    await service.works()
    await service.hears(withdrawn(issued))
    await service.later(timedelta(minutes=10))
    [letter] = await service.deliveries(template="withdrawal_letter")
    back = {"notification_id": letter["provider_id"], "reference": letter["_id"]}
    async with service.web() as web:
        await web.post("/receipts/notify", json=back, headers={"Authorization": "Bearer token"})
    await service.works(2)
    [said] = await service.said("notification_failed")
    assert (said.template, said.reason) == ("withdrawal_letter", "the post brought it back")
    assert await service.said("letter_returned") == []


async def test_a_letter_is_followed_to_its_posting_and_back(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    posted = datetime(2024, 10, 8, 14, tzinfo=UTC)
    service.letters.states = {"notify_letter-1": Report("notify_letter-1", "dispatched", "received", posted)}
    service.clock.instant = datetime(2024, 10, 8, 15, tzinfo=UTC)
    await service.works()
    [dispatched] = await service.said("letter_dispatched")
    assert (dispatched.reference, dispatched.dispatched_on) == (issued.notice, date(2024, 10, 8))
    back = RecordReturnedLetter(
        id=uuid4(), time=MORNING, reference=issued.notice, returned_on=date(2024, 11, 20), officer=OFFICER
    )
    await service.hears(back, back)
    [returned] = await service.said("letter_returned")
    assert (returned.reference, returned.returned_on) == (issued.notice, date(2024, 11, 20))
    assert (await service.states())["penalty_notice:letter"] == "returned"
    with pytest.raises(Permanent, match="no letter"):
        await service.hears(back.model_copy(update={"id": uuid4()}))


async def test_words_are_forgotten_in_time_and_notices_kept(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    await service.later(timedelta(days=91))
    bodies = {each["template"]: each for each in await service.store["bodies"].find({})}
    assert bytes(bodies["penalty_notice"]["pdf"]).startswith(b"%PDF")
    assert bodies["notice_issued_school"]["text"] == ""
    assert len(bodies["notice_issued_school"]["sha256"]) == 64
    assert {each["cause"] for each in await service.store["intents"].find({})} == {None}


async def test_the_record_says_what_was_sent_where_and_how(service: Notifications, issued: NoticeIssued):
    service.letters.plays = [NotNow("closed")]
    await service.hears(issued)
    await service.works()
    await service.later(timedelta(minutes=1))
    [letter] = await service.deliveries(channel="letter")
    assert [each["outcome"] for each in letter["tries"]] == ["not taken: closed", "accepted"]
    assert letter["address"].splitlines()[0] == "14 Mousehold Lane"
    assert (letter["provider"], letter["provider_id"]) == ("notify_letter", "notify_letter-1")
    assert letter["template_version"]


async def test_the_duty_line_reads_where_a_message_went_and_what_it_said(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    record = Record(service.store)
    found = await record.found(issued.notice)
    assert {each["channel"] for each in await record.listed(issued.notice, "accepted", 10)} == {"letter", "sms"}
    assert await record.listed(issued.notice, "failed", 10) == []
    pages = {each["channel"]: as_text(await record.page(each)) for each in found}
    assert "Marsh Lane School, attendance@school.example.org" in pages["email"]
    assert f"{issued.notice}" in pages["email"].split("Its words")[1]
    assert "14 Mousehold Lane" in pages["letter"]
    assert (await record.pdf(next(each["_id"] for each in found if each["channel"] == "letter"))).startswith(b"%PDF")
    with pytest.raises(NotFound):
        await record.found("N-NOTHING")


async def test_one_command_says_why_a_letter_was_sent_as_a_page_and_as_json(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(issued)
    await service.works()
    record = Record(service.store)
    [letter] = [each for each in await record.found(issued.notice) if each["channel"] == "letter"]
    page = as_text(await record.page(letter))
    why = (f"event: {issued.key()}", "notification rule: penalty_notice", f"correlation id: {issued.correlation_id}")
    assert all(each in page.split("Why it was sent")[1].split("Attempts")[0] for each in why), page
    facts = page.split("The facts")[1]
    assert f"notice: {issued.notice}" in facts
    assert f"recipient name: {issued.recipient.name}" in facts
    said = json.loads(json.dumps(await record.whole(letter), default=str))
    assert (said["_id"], said["state"], said["provider"]) == (letter["_id"], "accepted", "notify_letter")
    assert said["why_sent"]["event"] == issued.key()
    assert said["why_sent"]["rule"] == "penalty_notice"
    assert said["why_sent"]["correlation_id"] == str(issued.correlation_id)
    assert said["why_sent"]["facts"]["notice"] == issued.notice
    await service.later(timedelta(days=91))
    [letter] = [each for each in await record.found(issued.notice) if each["channel"] == "letter"]
    later = as_text(await record.page(letter))
    assert all(each in later for each in why), "what it was told of is forgotten; why it was sent is not"
    assert "forgotten" in later.split("The facts")[1]


async def test_the_providers_lists_are_held_against_ours(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    lost = service.letters.has.pop()
    await service.later(timedelta(hours=2))
    [letter] = await service.deliveries(channel="letter")
    assert (letter["state"], letter["reference"]) == ("failed", lost.reference)
    [failed] = await service.said("notification_failed")
    assert failed.template == "penalty_notice"


async def test_a_campaign_is_ended_by_one_click_and_asked_for_by_people(make: Make):
    [school_telling] = [each for each in RULES if each.name == "threshold_reached"]
    campaign = replace(school_telling, name="campaign", category="campaign")
    service: Notifications = await make(SETTINGS.model_copy(update={"campaign_per_day": 5}), (campaign,))
    await service.hears(reached())
    await service.works()
    [mail] = service.smtp.has
    assert mail.unsubscribe.startswith("https://here.example/unsubscribe/")
    async with service.web() as web:
        asked = await web.get(mail.unsubscribe)
        assert "<form" in asked.text
        assert (await web.get(mail.unsubscribe)).status_code == 200
        await service.hears(reached("C-2222-22222"))
        await service.works()
        assert len(service.smtp.has) == 2  # asking alone ends nothing
        done = await web.post(mail.unsubscribe, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        wrong = Links("other", "https://here.example").make("unsubscribe", mail.reference)
        assert (await web.post(wrong, data={"List-Unsubscribe": "One-Click"})).status_code == 404
    await service.hears(reached("C-3333-33333"))
    await service.works()
    assert len(service.smtp.has) == 2


async def test_a_paid_notice_without_a_school_tells_nobody(service: Notifications):
    paid = {"id": uuid4(), "time": MORNING, "notice": "N-1111-11111", "case": "C-1111-11111"}
    await service.hears(
        NoticePaid.model_validate({**paid, "amount": 8000, "paid_on": "2024-10-30", "band": "discount"})
    )
    await service.works()
    assert await service.deliveries() == []
    assert await service.said("notification_failed") == []
