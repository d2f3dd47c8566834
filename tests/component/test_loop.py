"""From what was said to who came: what the bookings service says of meetings, as the surveys service keeps it."""

import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.bookings.booking import register
from services.surveys.results.themes import loop, you_said
from services.surveys.results.turnout import Turnout
from services.surveys.store import records
from shared.contracts.base import Event
from shared.contracts.bookings import AttendanceRecorded, MeetingPublished, StandingChanged
from shared.contracts.hosting import CancelBooking, ChangeBooking, RecordAttendance, Substitute
from shared.contracts.surveys import RecordTheme, ThemeRecorded
from shared.messaging.topology import HEARS
from shared.store.documents import Store
from shared.writing.paper import Page, as_text
from tests.desk import HOST, HUB, LONG_BEFORE, SUMMER, WEBCAST, Desk
from tests.surveying import Surveying, survey, surveying


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store) as service:
        yield service


async def theme_of(surveys: Surveying) -> tuple[str, dict[str, str]]:
    """A survey with a theme on which something is done, and the cause that a meeting of it carries."""
    reference = await surveys.published(survey())
    told = {"title": "Bite-size webinars", "said": "Short webinars, please.", "decision": "Two in July."}
    await surveys.do(RecordTheme, survey=reference, **told)
    [recorded] = await surveys.said(ThemeRecorded)
    return reference, {"theme": recorded.title, "survey": reference, "theme_reference": recorded.theme}


async def tell(surveys: Surveying, *events: Event) -> None:
    await surveys.hears(*(event for event in events if type(event) in HEARS["surveys"]))


async def came_of(surveys: Surveying, reference: str) -> list[Turnout]:
    return await surveys.reading.turnout(await surveys.running(reference))


def lived(cause: dict[str, str]) -> Desk:
    """Four ask for two places in the room, two for one online; some cancel, one is replaced, two come."""
    desk = Desk(cause=cause, in_person=HUB, online={**WEBCAST, "capacity": None})
    ada, bea, cy, dan = (
        desk.ask(name, mode="in_person", urn=urn)
        for name, urn in (("Ada", "100001"), ("Bea", "100002"), ("Cy", "100003"), ("Dan", "100004"))
    )
    eve, flo = desk.ask("Eve", mode="online", urn="100001"), desk.ask("Flo", mode="online", urn="100005")
    desk.now += timedelta(hours=1)
    desk.do(CancelBooking, bea)  # Cy is promoted
    desk.do(CancelBooking, flo)
    desk.now += timedelta(hours=1)
    desk.do(Substitute, eve, person={"name": "Gus", "email": "gus@school.example.org"}, urn="100001")
    desk.do(ChangeBooking, eve, mode="in_person")  # refused: the place online is kept
    desk.go_to(SUMMER + timedelta(hours=2))
    marks = [{"booking": ada, "status": "attended"}, {"booking": cy, "status": "attended"}]
    command = desk.command(RecordAttendance, meeting=desk.meeting.reference, marks=marks, by=HOST)
    for key, mark in register.marks(desk.bookings, command).items():
        entries = register.edit(desk.bookings[key], mark, desk.meeting.details, desk.moment(command), HOST.id)
        desk.tell(key, entries)
    assert desk.states(ada, bea, cy, dan) == ["confirmed", "cancelled", "confirmed", "list_closed"]
    return desk


async def test_who_booked_and_came_is_counted_for_the_theme_that_caused_the_meeting(surveys: Surveying) -> None:
    reference, cause = await theme_of(surveys)
    await tell(surveys, *lived(cause).events)
    [came] = await came_of(surveys, reference)
    assert (came.theme, came.booked, came.waiting, came.came) == (cause["theme_reference"], 3, 0, 2)
    assert came.words == "3 booked from 2 schools, 2 came from 2 schools"


async def test_the_count_does_not_depend_on_order_or_duplicates(surveys: Surveying) -> None:
    reference, cause = await theme_of(surveys)
    events = [*(desk := lived(cause)).events, *desk.events]
    random.Random(3).shuffle(events)
    await tell(surveys, *events)
    [came] = await came_of(surveys, reference)
    assert (came.booked, came.waiting, came.came, came.schools_came) == (3, 0, 2, 2)


async def test_a_meeting_that_no_survey_caused_leaves_nothing(surveys: Surveying) -> None:
    reference, _ = await theme_of(surveys)
    desk = Desk()
    desk.ask("Ada")
    await tell(surveys, *desk.events)
    assert await surveys.documents(records.MEETINGS) == await surveys.documents(records.PLACES) == []
    assert await came_of(surveys, reference) == []


async def test_nobody_is_named_in_what_surveys_hear_and_keep_of_bookings(surveys: Surveying) -> None:
    _, cause = await theme_of(surveys)
    booker = {"name": "Hal Roe", "role": "school", "email": "hal@school.example.org"}
    events = [*(desk := lived(cause)).events]
    desk.now = LONG_BEFORE
    desk.ask("Ivy", mode="online", urn="100006", booked_by=booker)
    heard = [event for event in (*events, *desk.events) if type(event) in HEARS["surveys"]]
    assert {type(event) for event in heard} >= {MeetingPublished, StandingChanged, AttendanceRecorded}
    await surveys.hears(*heard)
    kept = str([await surveys.documents(name) for name in (records.PLACES, records.MEETINGS)])
    for text in (kept, *(event.model_dump_json() for event in heard)):
        assert [name for name in ("Ada", "Gus", "Ivy", "Hal Roe", "school.example.org") if name in text] == []
    assert "100006" in kept


def test_surveys_listen_to_no_message_of_bookings_that_has_a_person_in_it() -> None:
    from_bookings = [message for message in HEARS["surveys"] if message.key().startswith("bookings.")]
    assert from_bookings
    for message in from_bookings:
        schema = json.dumps(message.model_json_schema())
        assert [part for part in ("Attendee", "Booker", "Mailbox", '"email"') if part in schema] == []


async def test_a_meeting_that_is_called_off_or_loses_its_cause_says_so(surveys: Surveying) -> None:
    reference, cause = await theme_of(surveys)
    desk, other = Desk(cause=cause), Desk(cause=cause, title="Another")
    desk.ask("Ada")
    desk.call_off()
    other.change(cause=None)
    await tell(surveys, *desk.events, *other.events)
    assert [each.words for each in await came_of(surveys, reference)] == ["cancelled"]


async def test_an_end_is_for_good_even_where_the_clock_stood_still(surveys: Surveying) -> None:
    reference, cause = await theme_of(surveys)
    desk = Desk(cause=cause)
    ada = desk.ask("Ada")
    desk.do(CancelBooking, ada)
    await tell(surveys, *reversed(desk.said(StandingChanged)), *desk.events)
    assert [each.booked for each in await came_of(surveys, reference)] == [0]


async def test_you_said_we_did_names_the_meeting_and_who_came(surveys: Surveying) -> None:
    reference, cause = await theme_of(surveys)
    await tell(surveys, *lived(cause).events)
    running = await surveys.running(reference)
    themes, meetings = await surveys.reading.themes(running), await surveys.reading.turnout(running)
    said = as_text(Page("You said", (), you_said(themes, 5, meetings)))
    assert "Thursday 13 June 2024, 9.30am to 12.30pm: 3 booked from 2 schools, 2 came from 2 schools" in said
    assert "You said: Short webinars, please." in as_text(loop(running, themes, meetings))
