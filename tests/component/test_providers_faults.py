"""Whose fault a refusal is decides what follows: ours holds the provider, an address's leads on, a message's stops."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.asking.record import Record
from services.notifications.providers.outcomes import NotNow, Outgoing, Report
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule, parent
from shared.contracts.notices import NoticeIssued, NoticePaid, NoticeServed
from shared.writing.paper import as_text
from tests.cases import rows
from tests.component.test_notifications import (
    MORNING,
    SETTINGS,
    Make,
    Notifications,
    issued,
    make,
    make_notice,
    service,
    withdrawn,
)

__all__ = ["issued", "make", "make_notice", "service"]

BY_NOTIFY = SETTINGS.model_copy(update={"shares": {"notify_sms": 100, "sinch": 0}})


def another(issued: NoticeIssued, notice: str, **recipient: Any) -> NoticeIssued:
    to = issued.recipient.model_copy(update=recipient)
    return issued.model_copy(update={"id": uuid4(), "notice": notice, "recipient": to})


async def tried(service: Notifications) -> int:
    return sum(len(each["tries"]) for each in await service.deliveries(channel="letter"))


async def test_a_wrong_template_id_holds_the_provider_suppresses_nobody_and_ends_by_itself(
    service: Notifications, issued: NoticeIssued
):
    service.letters.plays = [NotNow("as things are set up (400 ValidationError)", "account") for _ in range(99)]
    notices = [issued, *(another(issued, f"N-222{n}-22222") for n in range(3))]
    await service.hears(*notices)
    await service.works()
    letters = await service.deliveries(channel="letter")
    assert {each["state"] for each in letters} == {"held"}
    assert {"set up" in each["held_for"] for each in letters} == {True}
    tries = await tried(service)
    await service.later(timedelta(seconds=299))
    assert await tried(service) == tries
    for _ in range(3):
        await service.later(timedelta(seconds=301))
    assert await tried(service) == tries + 3  # each time one message asks, and no other
    service.letters.plays = []
    await service.later(timedelta(seconds=301))
    await service.later(timedelta(seconds=301))
    assert {each["state"] for each in await service.deliveries(channel="letter")} == {"accepted"}
    assert len(service.letters.has) == len(notices)
    assert await service.store["preferences"].find({"suppressed": {"$exists": True}}) == []
    held = {gauge.labels: gauge.value for gauge in await service.parts.gauges[1]()}
    assert held[("notify_letter",)] == 0


async def test_while_one_is_held_another_carries_its_messages(make: Make, issued: NoticeIssued):
    service: Notifications = await make(BY_NOTIFY)
    service.texts.plays = [NotNow("a deleted template", "account") for _ in range(9)]
    await service.hears(issued, another(issued, "N-2222-22222"))
    await service.works()
    assert (service.texts.has, len(service.other_texts.has)) == ([], 2)
    [held] = [each for each in await service.parts.gauges[1]() if each.value]
    assert held.labels == ("notify_sms",)


async def test_the_limit_abroad_holds_numbers_abroad_only(make: Make, issued: NoticeIssued):
    service: Notifications = await make(BY_NOTIFY)
    service.other_texts.objects = lambda outgoing: "not here"
    service.texts.plays = [NotNow("abroad", "abroad")]
    await service.hears(another(issued, "N-2222-22222", phone="+48 601 123 456"))
    await service.works()
    await service.hears(another(issued, "N-3333-33333", phone="+48 601 123 457"), issued)
    await service.works()
    assert [each.address for each in service.texts.has] == ["+447700900123"]
    service.clock.instant = datetime(2024, 10, 7, 9, tzinfo=UTC)
    await service.works()
    assert len(service.texts.has) == 3


@pytest.mark.parametrize("email", ["robin@home.example", None])
async def test_what_no_provider_of_texts_can_carry_goes_by_email_or_to_a_person(
    service: Notifications, issued: NoticeIssued, email: str | None
):
    service.texts.objects = service.other_texts.objects = lambda outgoing: "it would arrive as question marks"
    await service.hears(another(issued, "N-2222-22222", email=email))
    await service.works()
    [text] = await service.deliveries(telling="penalty_notice_alert", channel="sms")
    mails = [each for each in service.smtp.has if each.written.template == "penalty_notice_alert"]
    if email:
        assert (text["state"], len(mails)) == ("passed_on", 1)
    else:
        assert (text["state"], mails) == ("failed", [])
        [failed] = await service.said("notification_failed")
        assert "question marks" in failed.reason
    assert await service.store["preferences"].find({"suppressed": {"$exists": True}}) == []


async def test_what_one_provider_would_lose_goes_by_the_other(make: Make, issued: NoticeIssued):
    service: Notifications = await make(BY_NOTIFY)
    service.texts.objects = lambda outgoing: "it would arrive as question marks"
    await service.hears(issued)
    await service.works()
    assert (service.texts.has, len(service.other_texts.has)) == ([], 1)


async def test_a_text_is_kept_as_the_provider_sends_it(make: Make, issued: NoticeIssued):
    service: Notifications = await make(BY_NOTIFY)
    given: list[Outgoing] = service.texts.has
    await service.hears(issued)
    await service.works()
    [text] = await service.deliveries(channel="sms")
    [body] = await service.store["bodies"].find({"_id": text["_id"]})
    shown = as_text(await Record(service.store).page(text))
    sent = service.texts.as_sent(given[0].written)
    assert sent.text in " ".join(shown.split())
    [said] = [each for each in await service.said("notification_sent") if each.channel == "sms"]
    kept = body.get("as_sent", {}).get("notify_sms", {"sha256": body["sha256"]})
    assert said.content_hash == kept["sha256"] == text["content_hash"]


@pytest.mark.parametrize(("said", "told"), [("first", "first"), ("second", "second"), ("economy", None), (None, None)])
async def test_the_class_of_post_is_kept_and_said(
    service: Notifications, issued: NoticeIssued, said: str | None, told: str | None
):
    await service.hears(issued)
    await service.works()
    posted = Report("notify_letter-1", "dispatched", "received", datetime(2024, 10, 7, 14, tzinfo=UTC), said)
    service.letters.states = {"notify_letter-1": posted}
    await service.later(timedelta(days=4))
    [dispatched] = await service.said("letter_dispatched")
    assert dispatched.postage == told
    [letter] = await service.deliveries(channel="letter")
    assert letter["postage"] == said


def served(issued: NoticeIssued, at: datetime) -> NoticeServed:
    days = {
        "posted_on": "2024-10-07",
        "served_on": "2024-10-09",
        "discount_until": "2024-10-29",
        "pay_until": "2024-11-05",
    }
    told = {"id": uuid4(), "time": at, "notice": issued.notice, "case": issued.case}
    return NoticeServed.model_validate({**told, **days})


def paid(issued: NoticeIssued, at: datetime) -> NoticePaid:
    told = {"id": uuid4(), "time": at, "notice": issued.notice, "case": issued.case}
    facts = {"paid_on": "2024-10-04", "amount": 8000, "band": "discount"}
    return NoticePaid.model_validate({**told, **facts})


def reminding(issued: NoticeIssued) -> Rule:
    """A reminder as one may be added: it asks for money."""
    return Rule(
        "reminder",
        NoticeServed,
        "parent",
        "service",
        ("sms",),
        "penalty_notice_alert",
        lambda event: (parent(issued.parent_id, issued.recipient),),
        lambda event: {},
        presses=True,
    )


@pytest.mark.parametrize("settled", ["paid", "withdrawn"])
@pytest.mark.parametrize("order", ["reminder first", "settled first", "reminder later"])
async def test_what_presses_is_taken_back_once_the_notice_is_settled_in_any_order(
    make: Make, issued: NoticeIssued, settled: str, order: str
):
    service: Notifications = await make(rules=(*RULES, reminding(issued)))
    evening = MORNING.replace(hour=19)
    service.clock.instant = evening.astimezone(UTC)
    later = evening + timedelta(minutes=5 if order == "reminder later" else -5)
    reminder = served(issued, later)
    end = paid(issued, evening) if settled == "paid" else withdrawn(issued, evening)
    first, second = (reminder, end) if order == "reminder first" else (end, reminder)
    await service.hears(first)
    await service.works()
    await service.hears(second)
    await service.works()
    [intent] = await service.store["intents"].find({"telling": "reminder"})
    assert (intent["state"], intent["why"]) == ("cancelled", "the notice is paid or withdrawn")
    service.clock.instant = datetime(2024, 10, 7, 9, tzinfo=UTC)
    await service.works()
    assert service.texts.has == service.other_texts.has == []


async def test_a_reminder_that_waits_at_its_provider_is_taken_back_at_once(make: Make, issued: NoticeIssued):
    service: Notifications = await make(rules=(*RULES, reminding(issued)))
    service.texts.plays = service.other_texts.plays = [NotNow("away")] * 9
    await service.hears(served(issued, MORNING))
    await service.works()
    await service.hears(paid(issued, MORNING))
    [reminder] = await service.deliveries(telling="reminder")
    assert (reminder["state"], reminder["why"]) == ("cancelled", "the notice is paid or withdrawn")
    assert await service.said("letter_dispatched") == []


async def test_the_withdrawal_letter_and_the_notice_s_own_letter_are_not_what_presses(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(issued, paid(issued, MORNING + timedelta(minutes=1)))
    await service.works()
    assert [each.written.template for each in service.letters.has] == ["penalty_notice"]


def test_every_day_limit_of_the_folder_ends_at_midnight_utc() -> None:
    for row in rows("notify/day_limit.json"):
        said = datetime.fromisoformat(row["limit_said_at"])
        midnight = said.astimezone(UTC).replace(hour=0, minute=0) + timedelta(days=1)
        assert midnight == datetime.fromisoformat(row["notify_takes_again_from"])


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")
CALLBACKS = {row["id"]: row for row in rows("notify/callbacks.json")}


async def call_back(service: Notifications, name: str, reference: str | None) -> int:
    now = service.clock.now().isoformat()
    body = {key: now if _DAY.match(str(value)) else value for key, value in CALLBACKS[name]["body"].items()}
    body["reference"] = reference
    async with service.web() as web:
        answer = await web.post("/receipts/notify", json=body, headers={"Authorization": "Bearer token"})
    return answer.status_code


async def test_a_complaint_ends_campaigns_to_the_address_and_is_no_returned_letter(
    service: Notifications, issued: NoticeIssued
):
    await service.hears(issued)
    await service.works()
    [mail] = await service.deliveries(channel="email")
    assert await call_back(service, "complaint", mail["reference"]) == 200
    await service.works()
    [after] = await service.deliveries(channel="email")
    assert (after["state"], after["receipts"][-1]["status"]) == (mail["state"], "complaint")
    [wish] = await service.store["preferences"].find({"_id": mail["address_hash"]})
    assert wish["wishes"]["campaign:email"]["wanted"] is False
    assert "service:email" not in wish["wishes"]
    assert await service.said("letter_returned") == []


async def test_a_precompiled_letter_that_came_back_is_returned(service: Notifications, issued: NoticeIssued):
    await service.hears(issued)
    await service.works()
    [letter] = await service.deliveries(channel="letter")
    assert await call_back(service, "returned-precompiled", letter["reference"]) == 200
    await service.works()
    [after] = await service.deliveries(channel="letter")
    assert after["state"] == "returned"
    assert len(await service.said("letter_returned")) == 1


async def test_what_somebody_sent_by_hand_is_answered_and_not_looked_for(service: Notifications):
    assert await call_back(service, "sent-by-hand", None) == 200
    assert await service.store["receipts"].find({}) == []
