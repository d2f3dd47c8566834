"""One person asks to be forgotten: each service erases what may go, keeps what it must, and says how much that was."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.bookings.places.meeting import holder_of
from services.bookings.store import erasing as bookings
from services.bookings.store import records
from services.notices.asking import erasing as notices
from services.notifications.asking import erasing as notifications
from services.surveys.store import erasing as surveys
from services.surveys.store.retention import NOBODY
from shared.contracts.erasure import ForgetInBookings, ForgetInNotifications, ForgetInSurveys, ForgottenInNotifications
from shared.contracts.surveys import Invite
from shared.people.erasing import ERASURES, forgets, person_of
from shared.people.person import read_person
from shared.people.returning import Erased
from shared.store.documents import Store
from shared.time.clock import FixedClock
from tests.component.test_bookings import Service, service  # noqa: F401
from tests.component.test_notices import Notices
from tests.component.test_notices import notices as casework  # noqa: F401
from tests.component.test_retention import BODY, SAM, delivery
from tests.making import PUPIL
from tests.surveying import survey, surveying

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
JO = {"id": "officer-17", "name": "Jo Harwood", "role": "Data Protection Officer"}


def asked(**who: Any) -> dict[str, Any]:
    return {"id": uuid4(), "time": NOW, "reason": "Asked by letter.", "officer": JO, **who}


async def test_messages_lose_address_and_words_and_what_waits_is_not_sent_but_for_notices(store: Store) -> None:
    kept = {
        "told": delivery("notice_issued_school", 3, "sent") | {"intent": "i-1"},
        "waits": delivery("notice_issued_school", 3, "held") | {"intent": "i-2"},
        "the notice": delivery("penalty_notice", 3, "dispatched") | {"intent": "i-3"},
        "another": delivery("notice_issued_school", 3, "sent") | {"intent": "i-4"},
    }
    for key, fields in kept.items():
        if key == "another":
            fields["recipient"] = {**fields["recipient"], "email": "other@example.org"}
        await store["deliveries"].insert(key, fields)
        await store["bodies"].insert(key, {"subject": "Dear Robin", "text": "…", "html": "", "pdf": b"", "sha256": "0"})
        await store["intents"].insert(str(fields["intent"]), {"state": "told", "cause": {"name": "Robin"}})
    clock = FixedClock(NOW)
    command = ForgetInNotifications(**asked(emails=["R@Example.org"]))

    async def erase(ids: Any, command: Any) -> None:
        await notifications.erase(store, ids, command)

    erased = Erased(store, "secret", clock)
    forget = forgets(store, notifications.holds, erase, ForgottenInNotifications, clock, erased, ["deliveries"])
    await forget(command)
    await forget(command)
    addressed = {each["_id"] for each in await store["deliveries"].find({}) if each["address"]}
    worded = {each["_id"] for each in await store["bodies"].find({}) if each["subject"]}
    known = {each["_id"] for each in await store["intents"].find({}) if each["cause"]}
    assert addressed == worded == {"the notice", "another"}
    assert known == {"i-3", "i-4"}
    waited = await store["deliveries"].get("waits")
    assert waited is not None
    assert waited["state"] == "cancelled"
    [waiting] = await store[ERASURES].pending(10)
    [event] = [ForgottenInNotifications.parse(each["body"]) for each in waiting["outbox"]]
    assert (event.gone, event.kept) == (2, 1)
    assert "example.org" not in str(waiting)
    assert [each.id for each in await notifications.holds(store, person_of(command))] == ["the notice"]


async def test_of_a_pupils_case_no_message_goes(store: Store) -> None:
    await store["deliveries"].insert("told", delivery("notice_issued_school", 3, "sent") | {"about": "C-1"})
    [held] = await notifications.holds(store, read_person(PUPIL).also(matters=["C-1"]))
    assert held.stays


async def test_a_booking_is_forgotten_and_its_place_is_given_back_without_a_word(service: Service) -> None:  # noqa: F811
    meeting = await service.publishes()
    needs = {"access": "A seat near the door.", "diet": "No nuts."}
    ada = await service.books(meeting, "Ada", urn="123456", needs=needs)
    ben = await service.books(meeting, "Ben", urn="123456")
    address = ["ada@school.example.org"]
    await service.hears(ForgetInBookings(**asked(emails=address)))
    [told] = await service.said("person_forgotten")
    assert (told.gone, told.kept) == (1, 0)
    again = ForgetInBookings(**asked(emails=address))
    await service.hears(again, again)
    counts = sorted((each.gone, each.kept) for each in await service.said("person_forgotten"))
    assert counts == [(0, 0), (1, 0)]
    told_to = [each for kind in ("booking_confirmed", "booking_cancelled") for each in await service.said(kind)]
    assert {each.person.name for each in told_to} == {"Ben"}
    found = {each["_id"]: records.read_booking(each) for each in await service.store[records.BOOKINGS].find({})}
    assert (found[ada].is_forgotten, found[ada].urn) == (True, "123456")
    assert "Ada" not in str(found[ada])
    held = await service.store[records.MEETINGS].get(meeting)
    assert held is not None
    holders = {key: place["holder"] for key, place in held["places"].items()}
    assert holders == {ada: "", ben: holder_of(meeting, "ben@school.example.org", "Ben")}
    assert await service.store[records.NEEDS].get(ada) is None
    assert found[ben].person.name == "Ben"
    person = read_person(address[0])
    assert await bookings.holds(service.store, person) == []


async def test_whoever_booked_for_another_stays_with_that_booking(service: Service) -> None:  # noqa: F811
    by = {"name": "Kim Dale", "role": "school", "email": "kim@school.example.org"}
    await service.books(await service.publishes(), "Ada", urn="123456", booked_by=by)
    [held] = await bookings.holds(service.store, read_person("kim@school.example.org"))
    assert held.stays


@pytest.mark.parametrize(("mode", "goes"), [("confidential", True), ("named", False)])
async def test_who_was_asked_is_forgotten_at_once_unless_it_was_answered_by_name(
    store: Store, mode: str, goes: bool
) -> None:
    async with surveying(store) as running:
        reference = await running.published(survey(mode=mode))
        await running.do(Invite, survey=reference, recipients=[SAM, BODY])
        await running.timers()
        sam, clerk = read_person(SAM["email"]), read_person(str(BODY["email"]))
        [invitation] = [each for each in await running.invitations(reference) if sam.is_at(each.respondent.email)]
        await running.answers(invitation, {"ready": "yes"})
        [held] = await surveys.holds(store, sam)
        assert bool(held.stays) is not goes
        [body] = await surveys.holds(store, clerk)
        assert body.stays
        await running.do(ForgetInSurveys, emails=[SAM["email"], BODY["email"]], reason="Asked.", officer=JO)
        names = {each.respondent.name for each in await running.invitations(reference)}
        assert names == ({NOBODY, "The Clerk"} if goes else {"Sam Reed", "The Clerk"})


async def test_of_a_case_nothing_goes_before_its_time_and_it_is_said_why(casework: Notices) -> None:  # noqa: F811
    await casework.has_case()
    held = await notices.holds(casework.store, read_person(PUPIL))
    assert held
    assert all("by law" in each.stays for each in held)
