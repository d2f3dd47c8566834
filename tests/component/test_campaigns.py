"""Campaigns: tried out without a send, each step once to each address, held to their limits, and stopped at once."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.addresses.sms_parts import size
from services.notifications.asking.record import Record
from services.notifications.circulars.progress import progress
from services.notifications.deliveries.intents import Intents
from services.notifications.providers.outcomes import NotNow
from services.notifications.rules.circulars import CAMPAIGNS
from shared.contracts.circulars import Member, RunCampaign, SendMessage, StopCampaign
from shared.contracts.fields import WhichSchools
from shared.contracts.notifications import RetryMessage, SetPreferences
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.store.documents import Document
from shared.time.clock import LONDON
from tests.component.test_notifications import OFFICER, SETTINGS, Make, Notifications, make, service
from tests.making import school
from tests.unit.notifications.conftest import make_notice
from tests.visiting import Visitor

__all__ = ["make", "make_notice", "service"]

NOVEMBER = datetime(2024, 11, 11, 10, tzinfo=LONDON)
SINCE = date(2024, 9, 2)


def member(**who: Any) -> Member:
    return Member.model_validate({"source": "sign-up", "consent_on": SINCE, **who})


ROBIN, SAM = member(email="robin@home.example"), member(phone="07700 900123")


def run(*members: Member, step: str = "every-day", at: datetime = NOVEMBER, **more: Any) -> RunCampaign:
    facts = {"campaign": "everyday-counts", "step": step, "to": "parents", "officer": OFFICER, "time": at}
    return RunCampaign.model_validate({"id": uuid4(), **facts, "members": members, **more})


def stop(at: datetime = NOVEMBER) -> StopCampaign:
    return StopCampaign(id=uuid4(), time=at, campaign="everyday-counts", officer=OFFICER)


async def begins(make: Make, moment: datetime = NOVEMBER, **settings: Any) -> Notifications:
    built: Notifications = await make(SETTINGS.model_copy(update=settings))
    built.clock.instant = moment
    return built


def texts(service: Notifications) -> list[str]:
    return [each.written.text for each in (*service.texts.has, *service.other_texts.has)]


async def trial(service: Notifications, command: RunCampaign) -> Document:
    await service.hears(command)
    return await service.store["campaign_trials"].get(str(command.id)) or {}


async def test_a_step_goes_once_to_each_address_whoever_runs_it_again(make: Make):
    service = await begins(make)
    again = member(email="ROBIN@home.example", source="another list")
    command = run(ROBIN, SAM, again)
    await service.hears(command, command, run(ROBIN, SAM))
    await service.works()
    assert [each.address.lower() for each in service.smtp.has] == ["robin@home.example"], "in whichever spelling"
    assert len(texts(service)) == 1
    words = service.smtp.has[0].written.text
    for part in ("Every day at school counts", "justonenorfolk.nhs.uk/attendance", "#everydaycounts #schoolattendance"):
        assert part in words
    assert "justonenorfolk.nhs.uk/attendance" in texts(service)[0]


async def test_schools_get_the_words_the_days_and_the_assets_for_each_place(make: Make):
    service = await begins(make)
    await service.hears(run(to="schools", audience=WhichSchools()))
    await service.works()
    [mail] = service.smtp.has
    for part in ("Every day at school counts", "11 November 2024", "On social media", "In newsletters", "In emails"):
        assert part in mail.written.text


async def test_a_trial_sorts_writes_and_counts_and_sends_nothing(make: Make):
    service = await begins(make)
    unwilling = SetPreferences(
        id=uuid4(), time=NOVEMBER, email="no@home.example", category="campaign", channel="email", wanted=False
    )
    await service.hears(unwilling, run(ROBIN))
    await service.works()
    service.smtp.has.clear()
    asked = [ROBIN, member(email="no@home.example"), SAM, SAM, member(email="new@home.example")]
    found = await trial(service, run(*asked, dry_run=True))
    await service.works()
    assert (found["asked"], found["by_channel"]) == (5, {"sms": 1, "email": 1})
    assert {each["why"]: each["count"] for each in found["left_out"]} == {
        "no campaign messages by email are wanted": 1,
        "the same address twice": 1,
        "it was sent to this address before": 1,
    }
    samples = {each["channel"]: each["text"] for each in found["samples"]}
    assert found["parts"] == size(samples["sms"]).parts > 1
    assert "Every day at school counts" in samples["email"]
    assert (service.smtp.has, texts(service)) == ([], [])
    assert await service.store["intents"].count({}) == 1


async def test_a_trial_says_exactly_what_the_run_then_does(make: Make):
    service = await begins(make)
    for number in range(3):
        await service.hears(school(f"12345{number}"))
    found = await trial(service, run(to="schools", audience=WhichSchools(), dry_run=True))
    await service.hears(run(to="schools", audience=WhichSchools()))
    await service.works()
    assert found["by_channel"] == {"email": 1} == {"email": len(service.smtp.has)}  # they share one mailbox


async def test_trials_are_forgotten_after_a_day(make: Make):
    service = await begins(make)
    await trial(service, run(ROBIN, dry_run=True))
    await service.later(timedelta(hours=25))
    assert await service.store["campaign_trials"].count({}) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"step": "january"}, "january is for Monday 6 January 2025 to Friday 17 January 2025 only"),
        ({"step": "nothing"}, "has no step nothing"),
        ({"campaign": "nothing"}, "there is no nothing"),
    ],
)
async def test_a_step_that_is_not_there_or_not_now_is_refused(make: Make, more: dict[str, Any], why: str):
    service = await begins(make)
    with pytest.raises(Permanent, match=why):
        await service.hears(run(ROBIN, **more))


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("since", [None, NOVEMBER.date() + timedelta(days=1)])
async def test_a_list_with_a_parent_who_has_not_consented_is_refused_and_goes_to_nobody(
    make: Make, since: date | None, dry_run: bool
):
    service = await begins(make)
    with pytest.raises(Permanent, match=r"^members\.1\.consent_on: ") as refused:
        await service.hears(run(ROBIN, member(email="new@home.example", consent_on=since), dry_run=dry_run))
    await service.works()
    assert "new@" not in str(refused.value)
    assert (service.smtp.has, await service.store["intents"].count({})) == ([], 0)
    await service.hears(run(Member(email="office@school.example", name="Marsh Lane", source="list"), to="schools"))
    await service.works()
    assert len(service.smtp.has) == 1, "a school is an organisation"


async def test_what_is_stopped_goes_to_nobody_until_it_is_resumed(make: Make):
    service = await begins(make, NOVEMBER.replace(hour=6))
    await service.hears(run(ROBIN, SAM, at=NOVEMBER.replace(hour=6)))
    await service.works()
    await service.hears(stop(NOVEMBER.replace(hour=7)))
    service.clock.instant = NOVEMBER
    await service.works()
    assert (service.smtp.has, texts(service)) == ([], [])
    assert {each["state"] for each in await service.store["intents"].find({})} == {"cancelled"}
    await service.hears(run())  # without anybody: go on
    await service.works()
    assert (len(service.smtp.has), len(texts(service))) == (1, 1)


async def test_what_was_planned_already_when_it_is_stopped_is_not_sent(make: Make):
    service = await begins(make)
    service.smtp.plays = [NotNow("busy")]
    await service.hears(run(ROBIN))
    await service.works()
    await service.hears(stop(NOVEMBER + timedelta(minutes=1)))
    await service.later(timedelta(minutes=30))
    assert service.smtp.has == []
    [delivery] = await service.deliveries()
    assert (delivery["state"], delivery["why"]) == ("cancelled", "its campaign was stopped")


async def test_what_was_stopped_before_reasons_had_codes_goes_on_too(make: Make):
    service = await begins(make)
    service.smtp.plays = [NotNow("busy")]
    await service.hears(run(ROBIN))
    await service.works()
    await service.hears(run(SAM), stop(NOVEMBER + timedelta(minutes=1)))
    for kept in ("intents", "deliveries"):
        assert await service.store[kept].count({"state": "cancelled"}) == 1
        await service.store[kept].set_all({}, {"why_code": None})
    await service.hears(run(at=NOVEMBER + timedelta(minutes=2)))
    await service.later(timedelta(minutes=30))
    assert (len(service.smtp.has), len(texts(service))) == (1, 1)


async def test_a_stop_that_comes_late_takes_nothing_off_what_was_started_anew_after_it(make: Make):
    service = await begins(make, NOVEMBER.replace(hour=6))  # before anybody may be written to
    first, late = stop(NOVEMBER.replace(hour=6, minute=10)), stop(NOVEMBER.replace(hour=6, minute=15))
    again = run(ROBIN, at=NOVEMBER.replace(hour=6, minute=20))
    service.clock.advance(timedelta(minutes=30))
    await service.hears(run(ROBIN, at=NOVEMBER.replace(hour=6)), first, again, late, first)
    await service.works()
    service.clock.instant = NOVEMBER.replace(hour=10)
    await service.works()
    assert [each.address for each in service.smtp.has] == ["robin@home.example"]


async def _dies(*_: object) -> int:
    raise RuntimeError


async def test_a_stop_that_died_half_way_is_carried_out_when_it_comes_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
):
    service = await begins(make, NOVEMBER.replace(hour=6))
    await service.hears(run(ROBIN, at=NOVEMBER.replace(hour=6)))
    command = stop(NOVEMBER.replace(hour=6, minute=1))
    service.clock.advance(timedelta(minutes=5))
    with monkeypatch.context() as dies:
        dies.setattr(Intents, "cancel_all", _dies)
        with pytest.raises(RuntimeError):
            await service.hears(command)
    await service.hears(command)
    assert {each["state"] for each in await service.store["intents"].find({})} == {"cancelled"}


async def test_a_late_word_does_not_start_what_was_stopped_after_it(make: Make):
    service = await begins(make)
    await service.hears(stop(NOVEMBER + timedelta(minutes=1)), run(ROBIN, at=NOVEMBER))
    await service.works()
    assert service.smtp.has == []


async def test_a_step_whose_days_are_over_goes_to_nobody_more(make: Make):
    last = datetime(2024, 12, 13, 18, 30, tzinfo=LONDON)
    service = await begins(make, last)
    await service.hears(run(ROBIN, at=last))
    service.clock.instant = datetime(2024, 12, 16, 10, tzinfo=LONDON)
    await service.works()
    assert service.smtp.has == []
    [delivery] = await service.deliveries()
    assert delivery["why"] == "its days are over"


async def test_one_address_gets_one_campaign_message_a_day(make: Make):
    service = await begins(make, datetime(2025, 6, 13, 10, tzinfo=LONDON))
    at = service.clock.now()
    await service.hears(run(ROBIN, step="june", at=at), run(ROBIN, step="exams", at=at))
    await service.works()
    assert len(service.smtp.has) == 1
    [held] = await service.deliveries(state="held")
    assert held["held_for"] == "the campaigns' limit of a day"


async def test_only_so_many_begin_within_an_hour_and_the_rest_follow(make: Make):
    service = await begins(make, campaign_per_hour=2)
    command = run(*(member(email=f"p{n}@home.example") for n in range(5)))
    await service.hears(command)
    await service.works()
    found = await progress(service.store, [str(derived(command.id, CAMPAIGNS["parents"].name))])
    assert (found.audience, found.sent, found.waiting) == (5, 2, 3)
    assert found.why == "the campaigns' limit of an hour"
    assert found.opens == NOVEMBER + timedelta(hours=1)
    for _ in range(2):
        await service.later(timedelta(hours=1))
    assert sorted(each.address for each in service.smtp.has) == [f"p{n}@home.example" for n in range(5)]


MANY = tuple(member(email=f"p{n}@home.example") for n in range(60))


async def test_what_reaches_many_without_a_word_waits_with_its_reason_until_somebody_lets_it_go(make: Make):
    service = await begins(make)
    await service.hears(run(*MANY))
    await service.works()
    why = "it would reach 60, and nobody has agreed to so many"
    [held] = await Record(service.store).held("everyday-counts/every-day", 10)
    assert (held["held_for"], len(service.smtp.has)) == (why, 0)
    [said] = await service.said("notification_failed")
    assert (said.delivery, said.reason, said.recipient) == (held["_id"], why, None)
    await service.later(timedelta(days=1))
    assert service.smtp.has == [], "nobody has said anything yet"
    allow = RetryMessage(id=uuid4(), time=NOVEMBER, delivery=held["_id"], officer=OFFICER)
    await service.hears(allow, allow)
    await service.works()
    assert len({each.address for each in service.smtp.has}) == len(service.smtp.has) == 60
    assert await Record(service.store).held("everyday-counts/every-day", 10) == []


@pytest.mark.parametrize(("agreed", "gone"), [(60, 60), (55, 60), (54, 0), (None, 0)])
async def test_what_an_officer_has_agreed_to_goes_and_far_more_than_that_does_not(
    make: Make, agreed: int | None, gone: int
):
    service = await begins(make)
    await service.hears(run(*MANY, reaches=agreed))
    await service.works()
    assert len(service.smtp.has) == gone


async def test_what_nobody_lets_go_is_over_after_a_month_and_is_forgotten(make: Make):
    service = await begins(make)
    await service.hears(run(*MANY))
    await service.works()
    await service.later(timedelta(days=30))
    [intent] = await service.store["intents"].find({})
    assert (intent["state"], intent["why"]) == ("cancelled", "nobody has let it go in time")
    await service.later(timedelta(days=31))
    assert "p1@home.example" not in str(await service.store["intents"].find({}))


async def test_what_is_stopped_while_it_waits_waits_again_when_it_is_resumed(make: Make):
    service = await begins(make)
    await service.hears(run(*MANY))
    await service.works()
    [held] = await service.store["intents"].find({})
    allow = RetryMessage(id=uuid4(), time=NOVEMBER, delivery=held["_id"], officer=OFFICER)
    await service.hears(stop(NOVEMBER + timedelta(minutes=1)), allow, run(at=NOVEMBER + timedelta(minutes=2)))
    await service.works()
    assert len(await Record(service.store).held("everyday-counts/every-day", 10)) == 1
    assert service.smtp.has == []


async def test_the_link_of_a_text_ends_texts_at_once(make: Make):
    service = await begins(make)
    await service.hears(run(SAM))
    await service.works()
    [link] = [word for word in texts(service)[0].split() if "/unsubscribe/" in word]
    async with service.web() as web:
        assert (await Visitor(web).presses(link)).status_code == 200
    service.clock.instant = datetime(2025, 1, 6, 10, tzinfo=LONDON)
    await service.hears(run(SAM, step="january", at=service.clock.now()))
    await service.works()
    assert len(texts(service)) == 1
    [later] = await service.deliveries(about="everyday-counts/january")
    assert (later["state"], later["why"]) == ("suppressed", "no campaign messages by sms are wanted")


async def test_mail_programs_end_a_campaign_by_its_header(make: Make):
    service = await begins(make)
    await service.hears(run(ROBIN))
    await service.works()
    [mail] = service.smtp.has
    assert mail.unsubscribe in mail.written.text
    async with service.web() as web:
        done = await web.post(mail.unsubscribe, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    service.clock.instant = datetime(2025, 1, 6, 10, tzinfo=LONDON)
    await service.hears(run(ROBIN, step="january", at=service.clock.now()))
    await service.works()
    assert len(service.smtp.has) == 1


async def test_an_address_is_forgotten_in_time_and_its_wish_is_not(make: Make):
    service = await begins(make)
    await service.hears(run(ROBIN))
    await service.works()
    [delivery] = await service.deliveries()
    await service.later(timedelta(days=31))
    [after] = await service.deliveries()
    assert (after["address"], after["recipient"]["email"]) == ("", None)
    assert after["address_hash"] == delivery["address_hash"]
    assert "robin@home.example" not in str(await service.store["intents"].find({}))
    async with service.web() as web:
        assert (await Visitor(web).presses(service.smtp.has[0].unsubscribe)).status_code == 200
    service.clock.instant = datetime(2025, 1, 6, 10, tzinfo=LONDON)
    await service.hears(run(ROBIN, step="january", at=service.clock.now()))
    await service.works()
    assert len(service.smtp.has) == 1
    with pytest.raises(Permanent, match="forgotten"):
        await service.hears(RetryMessage(id=uuid4(), time=NOVEMBER, delivery=delivery["_id"], officer=OFFICER))


async def test_a_colleagues_own_words_go_once_to_whom_they_name(service: Notifications):
    said = {"time": service.clock.now(), "title": "Thursday's visit", "words": "We come at 10.", "officer": OFFICER}
    more = {"title": "How to find us", "url": "https://www.norfolk.gov.uk/find"}
    mail = SendMessage.model_validate({"id": uuid4(), **said, "email": "robin@home.example", "more": more})
    text = SendMessage.model_validate({"id": uuid4(), **said, "phone": "07700 900123"})
    await service.hears(mail, mail, text)
    await service.works()
    assert service.smtp.words() == ["Thursday's visit"]
    assert "https://www.norfolk.gov.uk/find" in service.smtp.has[0].written.text
    assert [each.endswith("We come at 10.") for each in texts(service)] == [True]


async def test_the_same_words_go_to_one_address_twenty_times_an_hour_and_no_more(service: Notifications):
    said = {"time": service.clock.now(), "title": "A loop", "words": "Again.", "officer": OFFICER}
    for _ in range(25):
        await service.hears(SendMessage.model_validate({"id": uuid4(), **said, "email": "robin@home.example"}))
    other = {**said, "words": "Something else.", "email": "robin@home.example"}
    await service.hears(SendMessage.model_validate({"id": uuid4(), **other}))
    await service.works()
    assert len(service.smtp.has) == 21
    held = await service.deliveries(state="held")
    assert {each["held_for"] for each in held} == {"the same words too often"}
    await service.later(timedelta(hours=1))
    assert len(service.smtp.has) == 26


def test_a_parent_cannot_be_reached_by_a_filter_of_schools():
    with pytest.raises(ValueError, match="known schools can be named only for schools"):
        run(audience=WhichSchools())
