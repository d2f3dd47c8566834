"""The bookings service alone: messages in through an in-memory broker, what it keeps and what it leaves to be said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from services.bookings.app import composer
from services.bookings.places.asking import booking_of
from services.bookings.places.hosting import meeting_of
from services.bookings.places.meeting import holder_of
from services.bookings.places.words import sentence
from services.bookings.settings import BookingsSettings
from services.bookings.store import records
from services.bookings.store.looking import Looking
from services.bookings.store.meetings import Meetings
from services.bookings.store.person import kept
from shared.contracts import CATALOGUE, Message
from shared.contracts.base import Command
from shared.contracts.hosting import (
    CancelBooking,
    CancelMeeting,
    ChangeMeeting,
    NudgeSchools,
    PublishMeeting,
    RecordAttendance,
    RecordMaterials,
    ReportReach,
    RequestBooking,
    Substitute,
    WaiveEvaluation,
)
from shared.contracts.notifications import NotificationFailed
from shared.contracts.surveys import ThemeRecorded
from shared.links import Links
from shared.messaging.failures import NotYetKnown, Permanent
from shared.people.person import read_person
from shared.running.service import Parts, consumer
from shared.running.settings import Settings
from shared.store.documents import NotFound, Store
from shared.time.clock import LONDON, FixedClock
from shared.web.door import web as pages
from tests.desk import HOST, NETWORK, WEB
from tests.making import school
from tests.signing import proving, tell
from tests.visiting import Visitor

NOW = datetime(2024, 4, 29, 9, tzinfo=LONDON)
BASE = "https://attendance.example.org/bookings"
OURS = BookingsSettings(amqp_url="", mongo_url="", link_key="a key for tests", public_url=BASE, address_key="secret")


@dataclass
class Service:
    """The service without its surroundings: what it hears is handed to it, what it says is read from its outboxes."""

    store: Store
    clock: FixedClock
    parts: Parts
    broker: RabbitBroker
    web: httpx.AsyncClient
    visitor: Visitor

    async def hears(self, *messages: Message) -> None:
        bulk = {each.message: each.handle for each in self.parts.bulk}
        for message in messages:
            if type(message) in bulk:
                await bulk[type(message)]([message])
            else:
                await tell(self.broker, "bookings", message)

    async def said(self, kind: str, booking: str = "") -> list[Any]:
        """The messages of a kind that wait in outboxes, in order of their time."""
        entries = [
            entry
            for name in self.parts.outboxes
            for document in await self.store[name].pending(1000)
            for entry in document["outbox"]
            if entry["type"] == f"bookings.{kind}.v1"
        ]
        found = [CATALOGUE[entry["type"]].parse(entry["body"]) for entry in entries]
        found.sort(key=lambda message: message.time)
        return [each for each in found if not booking or getattr(each, "booking", None) == booking]

    def command(self, kind: type[Command], **facts: Any) -> Any:
        return kind.model_validate({"id": uuid4(), "time": self.clock.now(), **facts})

    async def publishes(self, **facts: Any) -> str:
        command = self.command(PublishMeeting, details={**NETWORK, **facts}, by=HOST)
        await self.hears(command, command)
        return meeting_of(command)

    def request(self, meeting: str, name: str, **facts: Any) -> RequestBooking:
        person = {"name": name, "email": f"{name.lower()}@school.example.org"}
        command: RequestBooking = self.command(RequestBooking, meeting=meeting, person=person, **facts)
        return command

    async def books(self, meeting: str, name: str, **facts: Any) -> str:
        command = self.request(meeting, name, **facts)
        await self.hears(command)
        return booking_of(command)

    async def state(self, booking: str) -> str:
        found, meeting = await Looking(self.store).booking(booking)
        assert meeting.places[booking].state == found.state
        return found.state

    async def timers(self) -> None:
        for _ in range(5):  # what one brings about may be due for another
            for timer in self.parts.timers:
                await timer.once()

    async def opens(self, address: str, **more: Any) -> httpx.Response:
        return await self.visitor.opens(address.removeprefix(BASE), **more)

    async def presses(self, address: str, **form: str) -> httpx.Response:
        return await self.visitor.presses(address.removeprefix(BASE), **form)


@pytest.fixture
async def service(store: Store) -> AsyncIterator[Service]:
    async with booking(store) as running:
        yield running


@asynccontextmanager
async def booking(store: Store, **settings: Any) -> AsyncIterator[Service]:
    clock = FixedClock(NOW)
    parts = composer(OURS.model_copy(update=settings))(store, clock)
    broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [proving("bookings", parts)])
    broker.include_routers(*parts.routers)
    transport = httpx.ASGITransport(pages("bookings", parts.routes, []))
    async with TestRabbitBroker(broker), httpx.AsyncClient(transport=transport, base_url="https://bookings") as web:
        yield Service(store, clock, parts, broker, web, Visitor(web))


async def test_a_published_meeting_is_there_once_and_can_be_booked(service: Service):
    meeting = await service.publishes()
    [published] = await service.said("meeting_published")
    assert (published.meeting, published.capacity) == (meeting, {"in_person": 2})
    ada = await service.books(meeting, "Ada", urn="123456")
    [confirmed] = await service.said("booking_confirmed")
    assert (confirmed.booking, confirmed.person.email, confirmed.urn) == (ada, "ada@school.example.org", "123456")
    assert confirmed.diary.uid.startswith(ada)
    assert confirmed.about.where == "The Inspiration Trust Teaching School Hub, Hall Road, Norwich"


async def test_requests_taken_together_have_their_places_in_the_order_of_arrival(service: Service):
    meeting = await service.publishes()
    commands = [service.request(meeting, f"P{number}") for number in range(20)]
    [bulk] = service.parts.bulk
    await bulk.handle([*commands, *commands])
    await bulk.handle(commands)
    found = await Looking(service.store).bookings(meeting)
    assert [each.reference for each in found] == [booking_of(command) for command in commands]
    assert [each.state for each in found] == ["confirmed"] * 2 + ["waiting"] * 18
    assert len(await service.said("booking_waitlisted")) == 18


async def test_a_request_for_a_meeting_that_is_not_here_yet_is_tried_again(service: Service):
    with pytest.raises(NotYetKnown):
        await service.books("M-2222-22222", "Ada")


async def test_whoever_dies_between_deciding_and_telling_leaves_it_to_the_message_or_the_timer(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    meeting = await service.publishes(in_person={"place": "Hall", "capacity": 1})
    ada, cy = await service.books(meeting, "Ada"), await service.books(meeting, "Cy")

    async def dies(*_: object) -> None:
        raise RuntimeError

    cancel = service.command(CancelBooking, booking=ada)
    request = service.request(meeting, "Eve")
    with monkeypatch.context() as patched:
        patched.setattr(Meetings, "_tell", dies)
        for message in (cancel, request):
            with pytest.raises(RuntimeError):
                await service.hears(message)
    assert await service.said("booking_confirmed", cy) == []
    await service.hears(cancel)
    assert [each.because for each in await service.said("booking_confirmed", cy)] == ["promoted"]
    assert len(await service.said("booking_waitlisted", booking_of(request))) == 1
    kept = await service.store[records.MEETINGS].get(meeting)
    assert kept is not None
    assert kept["untold"] == []

    with monkeypatch.context() as patched:
        patched.setattr(Meetings, "_tell", dies)
        with pytest.raises(RuntimeError):
            await service.hears(service.command(CancelBooking, booking=cy))
        service.clock.advance(timedelta(seconds=3))
        await service.timers()  # whose telling dies too
    service.parts = composer(OURS)(service.store, service.clock)  # and the process starts again
    service.clock.advance(timedelta(seconds=3))
    await service.timers()
    assert [each.because for each in await service.said("booking_cancelled", cy)] == ["cancelled"]


async def test_needs_are_kept_apart_and_deleted_with_the_booking_and_after_the_meeting(service: Service):
    meeting = await service.publishes()
    needs = {"access": "a hearing loop", "diet": "no nuts"}
    request = service.request(meeting, "Ada", needs=needs)
    await service.hears(request, request)
    bea = await service.books(meeting, "Bea", needs=needs)
    for name in (records.MEETINGS, records.BOOKINGS):
        assert "nuts" not in str(await service.store[name].find({}))
    assert set(await Looking(service.store).needs(meeting)) == {booking_of(request), bea}
    await service.hears(service.command(CancelBooking, booking=bea), request)
    assert set(await Looking(service.store).needs(meeting)) == {booking_of(request)}
    service.clock.instant = NETWORK["ends_at"] + timedelta(days=7, minutes=1)
    await service.timers()
    assert await Looking(service.store).needs(meeting) == {}


async def test_a_substitute_does_not_inherit_what_somebody_else_needs(service: Service):
    meeting = await service.publishes()
    request = service.request(meeting, "Ada", needs={"access": "a hearing loop"})
    await service.hears(request)
    zoe = {"name": "Zoe", "email": "zoe@school.example.org"}
    await service.hears(service.command(Substitute, booking=booking_of(request), person=zoe), request)
    assert await Looking(service.store).needs(meeting) == {}


async def test_a_moved_meeting_tells_each_person_once_and_a_typing_mistake_nobody(service: Service):
    meeting = await service.publishes()
    ada, bea = await service.books(meeting, "Ada"), await service.books(meeting, "Bea")
    moved = {"starts_at": NETWORK["starts_at"] + timedelta(days=1), "ends_at": NETWORK["ends_at"] + timedelta(days=1)}
    command = service.command(ChangeMeeting, meeting=meeting, details={**NETWORK, **moved}, by=HOST)
    await service.hears(command, command)
    told = await service.said("booking_changed")
    assert {each.booking for each in told} == {ada, bea}
    assert {each.diary.sequence for each in told} == {1}
    again = {**NETWORK, **moved, "title": "Attendance Service network meeting, Summer Term"}
    await service.hears(service.command(ChangeMeeting, meeting=meeting, details=again, by=HOST))
    assert len(await service.said("booking_changed")) == 2
    assert [each.material for each in await service.said("meeting_changed")] == [True, False]


async def test_reminders_come_when_due_to_who_comes_and_to_nobody_who_cancelled(service: Service):
    meeting = await service.publishes()
    ada, bea = await service.books(meeting, "Ada"), await service.books(meeting, "Bea")
    service.clock.instant = datetime(2024, 6, 6, 9, tzinfo=LONDON)
    await service.timers()
    await service.timers()
    assert sorted(each.booking for each in await service.said("reminder_due")) == sorted([ada, bea])
    await service.hears(service.command(CancelBooking, booking=bea))
    service.clock.instant = datetime(2024, 6, 12, 9, tzinfo=LONDON)
    await service.timers()
    assert [each.reminders for each in await service.said("reminder_due", ada)] == [("7_days",), ("1_working_day",)]
    assert len(await service.said("reminder_due", bea)) == 1


async def test_a_meeting_called_off_ends_every_booking_and_its_reminders(service: Service):
    meeting = await service.publishes()
    asked = [await service.books(meeting, name) for name in ("Ada", "Bea", "Cy")]
    await service.hears(service.command(CancelMeeting, meeting=meeting, reason="Snow.", by=HOST))
    told = await service.said("booking_cancelled")
    assert {each.booking for each in told} == set(asked)
    assert [each.diary.method for each in told if each.diary] == ["CANCEL", "CANCEL"]
    service.clock.instant = NETWORK["ends_at"] + timedelta(days=30)
    await service.timers()
    assert await service.said("reminder_due") == await service.said("follow_up_due") == []


async def test_opening_a_cancel_link_cancels_nothing_and_pressing_its_button_cancels_once(service: Service):
    meeting = await service.publishes()
    ada = await service.books(meeting, "Ada")
    link = (await service.said("booking_confirmed"))[0].links.cancel
    for method in ("GET", "HEAD"):
        answer = await service.web.request(method, link.removeprefix(BASE))
        assert answer.status_code == 200
        assert await service.state(ada) == "confirmed"
    page = await service.opens(link)
    assert "Yes, cancel the place" in page.text
    _, cy = await service.books(meeting, "Bea"), await service.books(meeting, "Cy")
    waiting = (await service.said("booking_waitlisted", cy))[0].links.cancel
    assert "position on the waiting list (number 1)" in (await service.opens(waiting)).text
    assert "<script>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for _ in range(2):
        assert "Your booking is cancelled" in (await service.presses(link, answer="cancel", reason="ofsted")).text
    [told] = await service.said("booking_cancelled")
    assert (told.reason, told.because) == ("ofsted", "cancelled")
    assert await service.state(cy) == "confirmed"


async def test_an_earlier_holders_links_lead_nowhere_after_a_substitution(service: Service):
    meeting = await service.publishes()
    ada = await service.books(meeting, "Ada")
    link = (await service.said("booking_confirmed"))[0].links.cancel
    assert (await service.opens(link)).status_code == 200
    zoe = {"name": "Zoe", "email": "zoe@school.example.org"}
    await service.hears(service.command(Substitute, booking=ada, person=zoe))
    assert (await service.opens(link)).status_code == 410
    assert (await service.presses(link, answer="cancel")).status_code == 410
    assert await service.state(ada) == "confirmed"
    [handed] = [each for each in await service.said("booking_confirmed") if each.because == "substituted"]
    assert "Nothing has been cancelled yet" in (await service.presses(handed.links.cancel)).text
    assert (await service.presses(handed.links.cancel, answer="cancel")).status_code == 200
    assert await service.state(ada) == "cancelled"


async def test_a_school_colleague_cancels_by_a_link_of_their_own(service: Service):
    meeting = await service.publishes()
    booker = {"name": "Lee", "role": "school", "email": "lee@school.example.org"}
    ada = await service.books(meeting, "Ada", booked_by=booker)
    [told] = await service.said("booked_on_behalf")
    await service.presses(told.links.cancel, answer="cancel")
    assert await service.state(ada) == "cancelled"
    found, _ = await Looking(service.store).booking(ada)
    assert found.history[-1]["by"]["role"] == "school"


@pytest.mark.parametrize("path", ["/cancel/nonsense", "/join/Ik.x", "/offer/" + "x" * 300, "/calendar/1"])
async def test_a_bad_link_gets_a_clear_page(service: Service, path: str):
    answer = await service.web.get(path)
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


async def test_a_link_is_good_for_its_own_purpose_only(service: Service):
    await service.books(await service.publishes(), "Ada")
    link = (await service.said("booking_confirmed"))[0].links.calendar
    assert (await service.opens(link.replace("/calendar/", "/cancel/"))).status_code == 404


async def test_who_guesses_links_is_slowed_down_and_who_has_one_is_not(service: Service):
    await service.books(await service.publishes(), "Ada")
    link = (await service.said("booking_confirmed"))[0].links.cancel
    answers = [(await service.web.get("/certificates/K-2222-22222")).status_code for _ in range(125)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert (await service.opens(link)).status_code == 200


async def test_a_form_that_is_too_large_is_refused_unread(service: Service):
    ada = await service.books(await service.publishes(), "Ada")
    link = (await service.said("booking_confirmed"))[0].links.cancel
    assert (await service.presses(link, reason="x" * 5000)).status_code == 413
    assert await service.state(ada) == "confirmed"


async def test_an_offer_is_taken_or_left_by_its_link(service: Service):
    meeting = await service.publishes(in_person={"place": "Hall", "capacity": 1})
    ada, cy, dan = [await service.books(meeting, name) for name in ("Ada", "Cy", "Dan")]
    service.clock.instant = datetime(2024, 6, 12, 9, tzinfo=LONDON)
    await service.hears(service.command(CancelBooking, booking=ada))
    link = (await service.said("booking_offered", cy))[0].links.offer
    assert "We are keeping it for you until Wednesday 12 June 2024, 9pm" in (await service.opens(link)).text
    assert "We are keeping it for you" in (await service.presses(link)).text
    assert await service.state(cy) == "offered"
    assert "This offer has ended" in (await service.presses(link, answer="decline")).text
    assert await service.state(cy) == "offer_declined"
    link = (await service.said("booking_offered", dan))[0].links.offer
    for _ in range(2):
        assert "You have a place" in (await service.presses(link, answer="accept")).text
    assert await service.state(dan) == "confirmed"


BROWSER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
IN_TIME = datetime(2024, 5, 13, 10, 50, tzinfo=LONDON)


async def test_the_joining_link_leads_to_the_meeting_while_it_is_open_and_records_who_pressed_its_button(
    service: Service,
):
    meeting = await service.publishes(**WEB, in_person=None, ends_at=None)
    ada = await service.books(meeting, "Ada")
    link = (await service.said("booking_confirmed"))[0].links.join
    early = await service.opens(link, headers=BROWSER)
    assert (early.status_code, "10.45am" in early.text) == (425, True)
    service.clock.instant = IN_TIME
    for headers in ({}, BROWSER, {**BROWSER, "Sec-Fetch-User": "?1"}, {**BROWSER, "Sec-Purpose": "prefetch"}):
        looked = await service.opens(link, headers=headers)  # as mail scanners do, in whole browsers
        assert (looked.status_code, "Join now" in looked.text) == (200, True)
        assert WEB["online"]["link"] not in looked.text
    assert (await service.web.head(link.removeprefix(BASE), headers=BROWSER)).status_code == 200
    assert (await Looking(service.store).booking(ada))[0].attendance == "not_recorded"
    for _ in range(2):
        pressed = await service.presses(link)
        assert (pressed.status_code, pressed.headers["location"]) == (303, WEB["online"]["link"])
    [told] = await service.said("attendance_recorded")
    assert (told.booking, told.status, told.how) == (ada, "attended", "joined")
    bea = await service.books(await service.publishes(**WEB, in_person=None, ends_at=None), "Bea")
    link = (await service.said("booking_confirmed", bea))[0].links.join
    assert (await service.presses(link)).status_code == 303
    service.clock.instant = IN_TIME + timedelta(hours=2)
    assert (await service.opens(link, headers=BROWSER)).status_code == 410


async def test_a_cancelled_bookings_joining_link_is_revoked(service: Service):
    ada = await service.books(await service.publishes(**WEB, in_person=None, ends_at=None), "Ada")
    link = (await service.said("booking_confirmed"))[0].links.join
    service.clock.instant = IN_TIME
    assert (await service.opens(link, headers=BROWSER)).status_code == 200
    await service.hears(service.command(CancelBooking, booking=ada))
    assert (await service.opens(link, headers=BROWSER)).status_code == 410
    assert (await service.presses(link)).status_code == 410
    assert await service.said("attendance_recorded") == []


async def test_the_register_is_recorded_whole_or_not_at_all_and_certificates_follow(service: Service):
    meeting = await service.publishes()
    ada, bea = await service.books(meeting, "Ada"), await service.books(meeting, "Bea")

    def marks(*given: tuple[str, str], **more: Any) -> Command:
        listed = [{"booking": booking, "status": status} for booking, status in given]
        command: Command = service.command(RecordAttendance, meeting=meeting, marks=listed, by=HOST, **more)
        return command

    early = marks((ada, "attended"))
    await service.hears(early)
    service.clock.instant = NETWORK["ends_at"]
    await service.hears(early, marks((ada, "attended"), ("B-2222-22222", "attended")))
    assert [each.reasons[0].code for each in await service.said("host_refused")] == [
        "has_not_begun",
        "not_in_register",
    ]
    assert await service.said("attendance_recorded") == []
    good = marks((ada, "attended"), rest="no_show")
    await service.hears(good, good)
    await service.timers()
    recorded = {each.booking: (each.status, each.late) for each in await service.said("attendance_recorded")}
    assert recorded == {ada: ("attended", False), bea: ("no_show", False)}
    [certified] = await service.said("certificate_issued")
    assert (certified.person.name, certified.hours) == ("Ada", "3 hours")
    assert "This certificate is genuine" in (await service.opens(certified.check)).text
    pdf = await service.opens(certified.links.certificate)
    assert pdf.content.startswith(b"%PDF")
    service.clock.advance(timedelta(days=1))
    correction = marks((ada, "no_show"), (bea, "attended"))
    await service.hears(correction, good, correction)
    await service.timers()
    assert "no longer valid" in (await service.opens(certified.check)).text
    assert [each.person.name for each in await service.said("certificate_issued")] == ["Ada", "Bea"]
    assert [each.late for each in await service.said("attendance_recorded")] == [False, False, True, True]


ASKS = [{"ask": "How useful was it?", "answer": "scale"}, {"ask": "What next?", "answer": "words"}]


async def came(service: Service, *names: str) -> tuple[str, list[str]]:
    """A meeting that asks how it was, over; everybody attended."""
    meeting = await service.publishes(evaluation=ASKS, in_person={"place": "Hall"})
    booked = [await service.books(meeting, name, urn="123456") for name in names]
    service.clock.instant = NETWORK["ends_at"]
    await service.hears(service.command(RecordAttendance, meeting=meeting, rest="attended", by=HOST))
    await service.timers()
    return meeting, booked


async def test_who_came_says_how_it_was_and_has_the_certificate_by_the_same_press(service: Service):
    _, [ada] = await came(service, "Ada")
    [asked] = await service.said("evaluation_asked")
    assert await service.said("certificate_issued") == []
    waits = await service.opens(Links(OURS.link_key, BASE).make("certificate", f"{ada}.0"))
    assert (waits.status_code, asked.links.evaluate in waits.text) == (409, True)
    form = await service.opens(asked.links.evaluate)
    assert "What next?" in form.text
    assert await service.said("certificate_issued") == [], "looking answers nothing"
    unfinished = await service.presses(asked.links.evaluate, answer="send", **{"question-2": "<b>More</b> of it."})
    assert unfinished.status_code == 422
    assert "How useful was it?: choose a number from 1 to 5." in unfinished.text
    assert "&lt;b&gt;More&lt;/b&gt; of it.</textarea>" in unfinished.text, "what was written is not lost"
    for _ in range(2):
        said = {"question-1": "5", "question-2": "More of it. 😀"}
        thanks = await service.presses(asked.links.evaluate, answer="send", **said)
        assert "Your certificate is ready." in thanks.text
    [certified] = await service.said("certificate_issued")
    assert certified.links.certificate in thanks.text
    assert (await service.opens(certified.links.certificate)).content.startswith(b"%PDF")
    document = await service.store[records.BOOKINGS].get(ada)
    assert document is not None
    assert document["answers"] == [
        {"ask": "How useful was it?", "scale": 5},
        {"ask": "What next?", "words": said["question-2"]},
    ]
    assert "More of it" not in str(document["history"])
    assert "More of it" not in str(await service.store[records.BOOKINGS].pending(10))
    [page] = await kept(service.store, read_person("ada@school.example.org"))
    assert ("What next?", "More of it. 😀") in page.rows


async def test_two_who_press_at_the_same_moment_have_one_certificate(service: Service):
    await came(service, "Ada")
    [asked] = await service.said("evaluation_asked")
    form = {"answer": "send", "question-1": "5"}
    pages = await asyncio.gather(*(service.presses(asked.links.evaluate, **form) for _ in range(5)))
    assert {page.status_code for page in pages} == {200}
    assert len(await service.said("certificate_issued")) == 1


async def test_staff_waive_the_evaluation_once_and_are_told_where_there_is_none(service: Service):
    meeting, [ada, bea] = await came(service, "Ada", "Bea")

    def waive(booking: str) -> Command:
        facts = {"meeting": meeting, "booking": booking, "reason": "needs_it_now", "by": HOST}
        command: Command = service.command(WaiveEvaluation, **facts)
        return command

    good, bad = waive(ada), waive("B-2222-22222")
    await service.hears(good, good, bad, bad)
    [certified] = await service.said("certificate_issued")
    assert certified.booking == ada
    assert [each.reasons[0].code for each in await service.said("host_refused")] == ["not_attended"]
    again = waive(ada)
    await service.hears(again, again)
    assert [each.reasons[0].code for each in await service.said("host_refused")][1:] == ["has_certificate"]
    found, _ = await Looking(service.store).booking(bea)
    assert found.owes_evaluation


async def test_those_who_came_and_those_who_missed_it_are_sent_what_followed_once(service: Service):
    meeting = await service.publishes(in_person={"place": "Hall", "capacity": 3})
    ada, bea = await service.books(meeting, "Ada"), await service.books(meeting, "Bea")
    cy = await service.books(meeting, "Cy")
    service.clock.instant = datetime(2024, 6, 12, 12, tzinfo=LONDON)
    await service.hears(service.command(CancelBooking, booking=bea, reason="sickness"))
    service.clock.instant = NETWORK["ends_at"]
    await service.timers()
    given = {"booking": ada, "status": "attended"}
    await service.hears(service.command(RecordAttendance, meeting=meeting, marks=[given], by=HOST))
    recording = service.command(
        RecordMaterials, meeting=meeting, recording="https://video.example.org/1", materials=[], by=HOST
    )
    await service.hears(recording, recording)
    await service.timers()
    told = {each.booking: each for each in await service.said("follow_up_due")}
    assert {booking: each.attendance for booking, each in told.items()} == {
        ada: "attended",
        bea: "apologies",
        cy: "not_recorded",
    }
    assert told[cy].recording == "https://video.example.org/1"
    assert told[ada].links.certificate
    assert told[bea].links.certificate is None
    service.clock.advance(timedelta(days=20))
    await service.timers()
    assert len(await service.said("follow_up_due")) == 3


async def test_a_school_that_has_not_booked_is_reminded_once_a_meeting(service: Service):
    await service.hears(school("123456"), school("654321"), school("222222"))
    meeting = await service.publishes()
    await service.books(meeting, "Ada", urn="123456")
    for _ in range(2):
        await service.hears(service.command(NudgeSchools, meeting=meeting, by=HOST))
    nudged = await service.said("school_nudged")
    assert sorted(each.urn for each in nudged) == ["222222", "654321"]
    assert nudged[0].email == "attendance@school.example.org"
    service.clock.instant = NETWORK["ends_at"]
    await service.hears(service.command(NudgeSchools, meeting=meeting, by=HOST))
    assert [each.reasons[0].code for each in await service.said("host_refused")] == ["too_late"]


async def test_the_schools_that_nobody_came_from_this_year_are_reported_by_district(service: Service):
    for urn, district in (("123456", "Norwich"), ("654321", "Norwich"), ("222222", None)):
        await service.hears(school(urn).model_copy(update={"district": district}))
    meeting = await service.publishes()
    ada = await service.books(meeting, "Ada", urn="123456")
    await service.books(meeting, "Bea", urn="222222")
    service.clock.instant = NETWORK["ends_at"]
    given = {"booking": ada, "status": "attended"}
    await service.hears(service.command(RecordAttendance, meeting=meeting, marks=[given], rest="no_show", by=HOST))
    report = service.command(ReportReach, school_year=2023, by=HOST)
    await service.hears(report, report)
    told = {each.district: (each.schools, each.never_reached) for each in await service.said("reach_reported")}
    assert told == {"Norwich": (2, ("654321",)), "district not known": (1, ("222222",))}
    assert [len(each.never_reached) for each in await Looking(service.store).reach(2024)] == [2, 1]


async def test_an_older_word_on_a_school_does_not_replace_a_newer_one(service: Service):
    newer = school("123456").model_copy(update={"name": "New Name", "time": NOW})
    await service.hears(newer, school("123456").model_copy(update={"time": NOW - timedelta(days=1)}))
    assert (await Looking(service.store).schools())["123456"].name == "New Name"


async def test_a_theme_that_was_heard_of_is_the_cause_of_a_meeting_and_its_story(service: Service):
    story = uuid4()
    facts = {"survey": "S-7K4M-9PXT3", "theme": "T-7K4M-9PXTU", "owner": HOST, "decided": True}
    [earlier, later] = [
        ThemeRecorded.model_validate({"id": uuid4(), "time": at, "correlation_id": story, "title": title, **facts})
        for at, title in ((NOW - timedelta(hours=1), "Webinars"), (NOW, "Bite-size webinars"))
    ]
    await service.hears(later, earlier)
    [known] = await service.store[records.THEMES].find({})
    assert (known["title"], known["survey"], known["story"]) == ("Bite-size webinars", "S-7K4M-9PXT3", str(story))
    with pytest.raises(NotFound):
        await Looking(service.store).cause("T-2222-2222A")


async def test_a_message_that_could_not_be_delivered_is_seen_where_the_booking_is_looked_at(service: Service):
    ada = await service.books(await service.publishes(), "Ada")
    failed = {"delivery": "d-1", "about": ada, "channel": "email", "template": "booking_confirmed"}
    event = NotificationFailed(id=uuid4(), time=NOW, correlation_id=uuid4(), reason="the address is dead", **failed)
    await service.hears(event, event, event.model_copy(update={"about": "C-7K4M-9PXT3"}))
    found, _ = await Looking(service.store).booking(ada)
    assert [sentence(entry) for entry in found.history if entry["what"] == "undelivered"] == [
        "A message (booking confirmed) could not be delivered: the address is dead."
    ]


async def test_names_are_forgotten_two_years_after_the_meeting_and_what_is_counted_stays(service: Service):
    meeting = await service.publishes()
    booker = {"name": "Chris Amis", "role": "school", "email": "chris@school.example.org"}
    asked = service.request(meeting, "Ada", urn="123456", booked_by=booker, needs={"diet": "No nuts."})
    ada = booking_of(asked)
    await service.hears(asked)
    service.clock.instant = datetime(2024, 6, 13, 13, tzinfo=LONDON)
    marks = [{"booking": ada, "status": "attended"}]
    marked = service.command(RecordAttendance, meeting=meeting, marks=marks, by=HOST)
    await service.hears(marked)
    service.clock.instant = datetime(2026, 6, 13, 12, tzinfo=LONDON)
    await service.timers()
    [certified] = await service.said("certificate_issued", ada)
    assert (await service.opens(certified.links.certificate)).status_code == 200
    service.clock.advance(timedelta(hours=1))
    await service.timers()
    kept = await service.store[records.BOOKINGS].get(ada)
    assert kept is not None
    assert (kept["urn"], kept["attendance"], kept["due_at"]) == ("123456", "attended", None)
    assert [name for name in ("Ada", "ada@", "Chris") if name in str(kept)] == []
    assert (await service.opens(certified.links.certificate)).status_code == 404
    assert "genuine" in (await service.opens(certified.check)).text
    held = await service.store[records.MEETINGS].get(meeting)
    assert held is not None
    assert (held["places"][ada]["holder"], held["places"][ada]["state"]) == ("", "confirmed")
    assert holder_of(meeting, "ada@school.example.org", "Ada") not in str(held)
    for command in (asked, marked):
        await service.hears(command)
    await service.timers()
    assert await service.store[records.BOOKINGS].get(ada) == kept
    assert await service.store[records.MEETINGS].get(meeting) == held
    assert await service.store[records.NEEDS].find({}) == []


async def test_what_no_colleague_has_signed_is_refused_or_parked_and_the_signed_one_can_still_come(service: Service):
    meeting = await service.publishes()
    ada = await service.books(meeting, "Ada")
    cancel = service.command(CancelMeeting, meeting=meeting, by=HOST, reason="The host is ill.")
    for _ in range(2):
        await tell(service.broker, "bookings", cancel, officer="")
    [refused] = await service.said("host_refused")
    assert ([each.code for each in refused.reasons], refused.asked_by) == (["not_signed"], HOST.id)
    assert await service.state(ada) == "confirmed"
    publish = service.command(PublishMeeting, details=NETWORK, by=HOST)
    with pytest.raises(Permanent, match="not_signed"):
        await tell(service.broker, "bookings", publish, officer="")
    await service.hears(cancel)
    assert await service.state(ada) == "cancelled"
