"""MI Sheets: fanned out once to each school that they are for, marked as done, and chased on their days."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.circulars.progress import progress
from services.notifications.circulars.sheet_report import reports
from services.notifications.rules.circulars import SHEET
from shared.contracts.circulars import (
    ChaseMiSheet,
    MarkMiSheetDone,
    MiSheet,
    MiSheetChased,
    MiSheetPublished,
    PublishMiSheet,
    SendMiSheet,
)
from shared.contracts.fields import WhichSchools
from shared.identity import derived
from shared.messaging.failures import NotYetKnown, Permanent
from shared.time.clock import LONDON
from tests.component.test_notifications import MORNING, OFFICER, SETTINGS, Make, Notifications, make, service
from tests.making import URN, school
from tests.unit.notifications.conftest import make_notice
from tests.visiting import Visitor

__all__ = ["make", "make_notice", "service"]

THERE = ("123457", "123458", "123459")
FRIDAY = date(2024, 10, 18)


def sheet(number: str = "55/24", **more: Any) -> MiSheet:
    plain = {
        "number": number,
        "title": "The new framework",
        "kind": "action",
        "complete_by": FRIDAY,
        "text": "Read it.",
    }
    return MiSheet.model_validate({**plain, **more})


def publish(wanted: WhichSchools | None = None, at: datetime = MORNING, **more: Any) -> PublishMiSheet:
    return PublishMiSheet(id=uuid4(), time=at, sheet=sheet(**more), audience=wanted or WhichSchools(), officer=OFFICER)


async def test_a_sheet_of_any_producer_for_many_schools_waits_and_one_that_was_agreed_to_goes(make: Make):
    service: Notifications = await make(SETTINGS)
    for number in range(60):
        await service.hears(school(f"2{number:05}", attendance_email=f"o{number}@school.example"))
    await tells(service, publish(number="56/24"))
    assert service.smtp.has == []
    agreed = publish(number="57/24").model_copy(update={"reaches": 61})
    await tells(service, agreed)
    assert len(service.smtp.has) == 61


async def tells(service: Notifications, *messages: Any) -> None:
    """Commands are heard, and the events that they leave with the sheet too."""
    await service.hears(*messages)
    await passed_on(service)
    await service.works()


async def passed_on(service: Notifications) -> None:
    for document in await service.store["sheets"].pending(1000):
        for entry in document["outbox"]:
            kind = {each.key(): each for each in (MiSheetPublished, MiSheetChased)}[entry["type"]]
            await service.hears(kind.parse(entry["body"]))


async def three_schools(service: Notifications) -> None:
    phases = ("Primary", "Secondary", "Primary")
    for urn, phase in zip(THERE, phases, strict=True):
        address = f"office@{urn}.example.org"
        await service.hears(school(urn, phase=phase, district="Breckland", attendance_email=address))


def on(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


async def mailed(service: Notifications) -> dict[str, int]:
    addresses = [each.address for each in service.smtp.has]
    return {address: addresses.count(address) for address in addresses}


async def test_every_school_that_is_known_gets_it_once(service: Notifications):
    await three_schools(service)
    command = publish()
    await tells(service, command, command)
    await passed_on(service)
    await service.works()
    assert set((await mailed(service)).values()) == {1}
    assert len(service.smtp.has) == 4
    mail = service.smtp.has[0].written
    assert mail.subject == "MI Sheet 55/24 (action): The new framework"
    assert "Friday 18 October 2024" in mail.text
    assert "https://here.example/done/" in mail.text


async def test_it_goes_only_to_the_schools_that_it_is_for(service: Notifications):
    await three_schools(service)
    await tells(service, publish(WhichSchools(phases=("Primary",), districts=("Breckland",))))
    assert await mailed(service) == {"office@123457.example.org": 1, "office@123459.example.org": 1}
    assert "Primary schools in Breckland" in service.smtp.has[0].written.text


async def test_further_schools_get_it_and_nobody_gets_it_twice(service: Notifications):
    await three_schools(service)
    await tells(service, publish(WhichSchools(urns=(THERE[0],))))
    further = SendMiSheet(id=uuid4(), time=MORNING, number="55/24", urns=THERE[:2], officer=OFFICER)
    await tells(service, further)
    assert await mailed(service) == {"office@123457.example.org": 1, "office@123458.example.org": 1}
    found = await progress(service.store, [str(derived(derived(further.id, "published"), SHEET.name))])
    assert (found.audience, found.sent, found.had, found.is_over) == (2, 1, 1, True)


async def test_a_number_is_used_once(service: Notifications):
    await tells(service, publish())
    with pytest.raises(Permanent, match="published on Friday 4 October 2024: give this one the next number"):
        await service.hears(publish(title="Another"))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"complete_by": date(2024, 10, 3)}, "complete_by: Thursday 3 October 2024 has passed"),
        ({"title": "About A823432112003"}, "subject: it must not hold a UPN"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anybody_has_it(
    service: Notifications, more: dict[str, Any], why: str
):
    with pytest.raises(Permanent, match=why):
        await service.hears(publish(**more))
    assert await service.store["sheets"].count({}) == 0


async def test_a_school_marks_it_as_done_by_its_own_link_after_it_is_asked(service: Notifications):
    await three_schools(service)
    await tells(service, publish())
    [mail] = [each for each in service.smtp.has if each.address == "office@123458.example.org"]
    [link] = [word for word in mail.written.text.split() if "/done/" in word]
    link = link.strip("<>().")
    async with service.web() as web:
        asked = await web.get(link)
        assert "Have you done this?" in asked.text
        [report] = await reports(service.store)
        assert report.done == 0  # a scanner that only looks marks nothing
        school = Visitor(web)
        assert (await school.presses(link)).status_code == 200
        assert (await school.sends(f"{link[:-2]}xx")).status_code == 404
    [report] = await reports(service.store, ["55/24"])
    assert {each.urn: (each.done, each.by) for each in report.returns}[THERE[1]] == (True, "link")
    assert report.done == 1


async def test_a_colleague_marks_it_and_takes_it_back_and_the_latest_word_counts(service: Notifications):
    await tells(service, publish())
    done = MarkMiSheetDone(id=uuid4(), time=MORNING + timedelta(hours=1), number="55/24", urn=URN, officer=OFFICER)
    not_done = done.model_copy(update={"id": uuid4(), "done": False, "time": MORNING + timedelta(hours=2)})
    service.clock.advance(timedelta(hours=3))
    await service.hears(done)
    assert [each.done for each in await reports(service.store)] == [1]
    await service.hears(not_done, done)
    assert [each.done for each in await reports(service.store)] == [0]
    with pytest.raises(Permanent, match="was not sent to this school"):
        await service.hears(done.model_copy(update={"id": uuid4(), "urn": "999999"}))


async def test_those_who_have_not_done_it_are_chased_before_and_after_the_last_day(service: Notifications):
    await three_schools(service)
    await tells(service, publish())
    done = MarkMiSheetDone(id=uuid4(), time=MORNING, number="55/24", urn=THERE[0], officer=OFFICER)
    await service.hears(done)
    service.smtp.has.clear()
    chased: dict[date, list[str]] = {}
    for day in range(1, 22):
        today = date(2024, 10, 4) + timedelta(days=day)
        service.clock.instant = on(today)
        await service.works()
        await passed_on(service)
        await service.works()
        if service.smtp.has:
            chased[today] = sorted(each.address for each in service.smtp.has)
            assert {
                ("Overdue" if today > FRIDAY else "Reminder") in each.written.subject for each in service.smtp.has
            } == {True}
            service.smtp.has.clear()
    left = ["attendance@school.example.org", "office@123458.example.org", "office@123459.example.org"]
    assert chased == {date(2024, 10, 15): left, date(2024, 10, 21): left}


async def test_a_reminder_is_not_sent_to_a_school_that_has_done_it_meanwhile(service: Notifications):
    await tells(service, publish())
    service.smtp.has.clear()
    service.clock.instant = on(date(2024, 10, 15), hour=6)
    await service.works()
    await passed_on(service)
    await service.works()
    assert service.smtp.has == []  # it waits for working hours
    await service.hears(
        MarkMiSheetDone(id=uuid4(), time=on(date(2024, 10, 15), 7), number="55/24", urn=URN, officer=OFFICER)
    )
    service.clock.instant = on(date(2024, 10, 15))
    await service.works()
    assert service.smtp.has == []
    [chaser] = await service.deliveries(telling="mi_sheet_chaser")
    assert (chaser["state"], chaser["why"]) == ("cancelled", "it was marked as done meanwhile")


async def test_a_colleague_chases_by_hand_and_information_is_never_chased(service: Notifications):
    await tells(service, publish(), publish(number="56/24", kind="information", complete_by=None))
    service.smtp.has.clear()
    await tells(service, ChaseMiSheet(id=uuid4(), time=MORNING, number="55/24", officer=OFFICER))
    assert service.smtp.words() == ["Reminder: MI Sheet 55/24, The new framework"]
    with pytest.raises(Permanent, match="Information"):
        await service.hears(ChaseMiSheet(id=uuid4(), time=MORNING, number="56/24", officer=OFFICER))
    with pytest.raises(NotYetKnown, match="no MI Sheet with this reference"):
        await service.hears(ChaseMiSheet(id=uuid4(), time=MORNING, number="57/24", officer=OFFICER))


async def test_an_action_goes_alone_and_information_with_the_other_mail_of_its_time(make: Make):
    service: Notifications = await make(SETTINGS.model_copy(update={"digest_window": 600}))
    await tells(service, publish(), publish(number="56/24", kind="information", complete_by=None))
    assert service.smtp.words() == ["MI Sheet 55/24 (action): The new framework"]
    [held] = await service.deliveries(state="held")
    assert (held["about"], held["held_for"]) == ("56/24", "digest")
