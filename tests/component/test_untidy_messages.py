"""What schools really send: an untidy field costs that field, is seen by a person, and goes once it is mended."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from services.bookings.store import records as bookings
from services.bookings.store.upstream import Upstream as Bookings
from services.notices.app import composer
from services.notices.settings import NoticesSettings
from services.notices.store import records
from services.notices.store.oddities import oddities
from services.surveys.store import records as surveys
from services.surveys.store.upstream import Upstream as Surveys
from shared.contracts import CATALOGUE
from shared.contracts.mis import SchoolUpdated
from shared.messaging.failures import Permanent
from shared.messaging.topology import inbox
from shared.running.service import Parts, consumer
from shared.running.settings import Settings
from shared.store.documents import Store
from shared.time.clock import FixedClock

REPORTS = Path(__file__).parents[1] / "cases" / "public-reports"
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
SLOT = "123457:2026-11-23:AM"
RIGHT = {"upn": "W801200000010", "urn": "123457", "given_name": "Test", "family_name": "Right"}


@dataclass
class Door:
    """The notices service's doors: bytes in, as the broker hands them over."""

    store: Store
    clock: FixedClock
    parts: Parts
    broker: RabbitBroker

    async def hears(self, *told: dict[str, Any]) -> None:
        bulk = {each.message: each.handle for each in self.parts.bulk}
        for each in told:
            whole = {"id": str(uuid4()), "time": self.clock.now().isoformat(), **each}
            kind = CATALOGUE[whole["type"]]
            if kind in bulk:
                await bulk[kind]([kind.parse(json.dumps(whole))])
            else:
                queue, exchange = inbox("notices", kind)
                await self.broker.publish(json.dumps(whole).encode(), queue, exchange, content_type="application/json")
            self.clock.advance(timedelta(seconds=1))

    async def odd(self) -> list[tuple[str, str, str | None, str | None]]:
        """What was left out, but that no school's record has named these pupils yet."""
        found = [each.untidy for each in await oddities(self.store) if each.untidy.reason != "never_on_roll"]
        return [(each.field, each.reason, each.upn, each.day) for each in found]

    async def pupil(self, upn: str) -> dict[str, Any]:
        found = await self.store[records.PUPILS].get(upn)
        assert found is not None
        return dict(found["details"])


@pytest.fixture
async def door(store: Store) -> AsyncIterator[Door]:
    clock = FixedClock(NOW)
    parts = composer(NoticesSettings(amqp_url="", mongo_url=""))(store, clock)
    broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [])
    broker.include_routers(*parts.routers)
    async with TestRabbitBroker(broker):
        yield Door(store, clock, parts, broker)


def report(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (REPORTS / name).read_text().splitlines()]


def register(*marks: tuple[str, str], revision: int = 1, **more: Any) -> dict[str, Any]:
    said = [{"upn": upn, "code": code} for upn, code in marks]
    which = {"urn": "123457", "date": "2026-11-23", "session": "AM", "group": "1A", "revision": revision}
    return {"type": "mis.register_taken.v1", **which, "marks": said, **more}


async def test_a_class_keeps_its_marks_where_one_of_them_is_blank_or_of_nobody(door: Door) -> None:
    await door.hears(*report("register-one-bad-mark.jsonl"))
    kept = await door.store[records.PUPILS].get("T801200000006")
    assert kept is not None
    assert {place: mark["code"] for place, mark in kept["marks"].items()} == {SLOT: "O", SLOT.replace("AM", "PM"): "O"}
    assert await door.odd() == [
        ("marks.3.code", "empty", "W801200000008", "2026-11-23"),
        ("marks.2.upn", "empty", None, "2026-11-23"),
    ]


async def test_a_mark_that_comes_later_mends_what_was_blank_and_an_earlier_one_does_not(door: Door) -> None:
    await door.hears(*report("register-one-bad-mark.jsonl")[:1])
    await door.hears(register(("W801200000008", "/"), revision=0))
    assert len(await door.odd()) == 1
    mark = {"upn": "W801200000008", "date": "2026-11-23", "session": "AM", "code": "/", "revision": 2}
    await door.hears({"type": "mis.marks_amended.v1", "urn": "123457", "marks": [mark]})
    assert await door.odd() == []


async def test_a_whole_register_that_comes_later_mends_a_mark_of_nobody(door: Door) -> None:
    await door.hears(*report("register-one-bad-mark.jsonl")[1:])
    again = {"session": "PM", "revision": 2}
    await door.hears(register(("G801200000007", "/")) | again)
    assert len(await door.odd()) == 1, "another class's register says nothing of it"
    await door.hears(register(("T801200000006", "O"), ("G801200000007", "/")) | again)
    assert await door.odd() == []


async def test_a_pupil_with_an_address_that_cannot_be_used_keeps_everything_else_until_it_is_mended(door: Door) -> None:
    first, second = report("pupil-dirty-contact.jsonl")
    await door.hears(first, second)
    assert [parent["name"] for parent in (await door.pupil("T801200000006"))["parents"]] == ["Jo Lee", "Al Lee"]
    assert (await door.pupil("G801200000007"))["left_on"] == "2026-11-20"
    assert sorted(await door.odd()) == [
        ("parents.1.email", "unreadable", "G801200000007", None),
        ("parents.1.email", "unreadable", "T801200000006", None),
        ("parents.2.email", "empty", "T801200000006", None),
    ]
    second["parents"][0]["email"] = "jo@fox.example"
    await door.hears(second)
    assert {upn for _, _, upn, _ in await door.odd()} == {"T801200000006"}


async def test_a_pupil_of_one_name_and_a_school_of_two_mailboxes_are_kept(door: Door) -> None:
    single = {**RIGHT, "type": "mis.pupil_updated.v1", "family_name": "", "date_of_birth": None}
    school = {"type": "mis.school_updated.v1", "urn": "123457", "name": "Hill", "attendance_email": "a@b.org; c@d.org"}
    await door.hears(single, school)
    assert (await door.pupil(RIGHT["upn"]))["given_name"] == "Test"
    assert (await door.store[records.SCHOOLS].get("123457") or {})["name"] == "Hill"
    assert {(field, reason) for field, reason, _, _ in await door.odd()} == {
        ("family_name", "empty"),
        ("attendance_email", "unreadable"),
    }


async def test_a_school_without_a_name_keeps_its_new_mailbox_and_the_name_before(door: Door) -> None:
    school = {"type": "mis.school_updated.v1", "urn": "123457", "attendance_email": "a@hill.example"}
    for told, name, odd in (
        ({}, "School 123457", "missing"),
        ({"name": "Hill"}, "Hill", None),
        ({"name": " "}, "Hill", "empty"),
    ):
        await door.hears({**school, **told})
        assert (await door.store[records.SCHOOLS].get("123457") or {})["name"] == name
        assert [each[1] for each in await door.odd()] == ([odd] if odd else [])


@pytest.mark.parametrize("service", ["bookings", "surveys"])
async def test_a_school_without_a_name_is_kept_in_every_service(store: Store, service: str) -> None:
    clock = FixedClock(NOW)
    upstream = Bookings(store, clock) if service == "bookings" else Surveys(store, clock)
    collection = store[bookings.SCHOOLS if service == "bookings" else surveys.SCHOOLS]
    for name, email in (("Hill", "a@hill.example"), (None, "b@hill.example")):
        told = {"id": uuid4(), "time": clock.now(), "urn": "123457", "name": name, "attendance_email": email}
        await upstream.school_updated(SchoolUpdated.model_validate(told))
        clock.advance(timedelta(minutes=1))
    kept = await collection.get("123457") or {}
    assert (kept["name"], kept["email"]) == ("Hill", "b@hill.example")


async def test_small_letters_are_the_code_and_a_systems_own_subcode_is_said(door: Door) -> None:
    await door.hears(register(("t801200000006", "o"), ("G801200000007", "I02"), ("W801200000008", "7")))
    kept = await door.store[records.PUPILS].get("T801200000006")
    assert kept is not None
    assert kept["marks"][SLOT]["code"] == "O"
    assert await door.odd() == [("marks.2.code", "subcode", "G801200000007", "2026-11-23")]


async def test_a_pupil_of_whom_one_register_says_two_things_is_left_out_and_said(door: Door) -> None:
    await door.hears(register(("T801200000006", "O"), ("G801200000007", "O"), ("T801200000006", "I")))
    assert await door.store[records.PUPILS].get("T801200000006") is None
    assert await door.odd() == [("marks.3.code", "twice", "T801200000006", "2026-11-23")]


@pytest.mark.parametrize("never", ["0001-01-01", "1900-01-01", "9999-12-31", "9998-10-01", "2068-10-01", 0])
async def test_a_day_of_a_pupils_life_that_cannot_be_is_unknown_and_said_until_it_is_mended(
    door: Door, never: object
) -> None:
    days = dict.fromkeys(("date_of_birth", "on_roll_from", "left_on"), never)
    marks = register(("W801200000010", "O"))
    await door.hears({"type": "mis.pupil_updated.v1", **RIGHT, **days}, marks)
    kept = await door.store[records.PUPILS].get("W801200000010")
    child = records.read_child(kept)
    day = date(2026, 11, 23)
    assert child.outside_school_age(day) is None
    assert child.off_roll("123457", day) is None
    assert {(field, reason) for field, reason, *_ in await door.odd()} == {(name, "no_such_day") for name in days}
    await door.hears({"type": "mis.pupil_updated.v1", **RIGHT, "date_of_birth": "2016-05-01"})
    assert await door.odd() == []


async def test_a_text_that_was_cut_in_the_middle_of_a_sign_costs_that_field_at_every_door(door: Door) -> None:
    half = "N \ud83d"
    await door.hears(
        {"type": "mis.pupil_updated.v1", **RIGHT, "year_group": half, "date_of_birth": "2016-05-01"},
        register(("W801200000010", "O"), group=half),
    )
    kept = await door.store[records.PUPILS].get("W801200000010")
    assert kept is not None
    assert kept["details"]["year_group"] is None
    assert kept["marks"][SLOT]["code"] == "O"
    assert {each[:2] for each in await door.odd()} == {("year_group", "unreadable"), ("group", "unreadable")}


@pytest.mark.parametrize("day", ["2068-11-02", "1924-11-02"])
async def test_marks_of_a_day_that_no_register_can_be_of_are_left_out_and_said(door: Door, day: str) -> None:
    mark = {"upn": "T801200000006", "date": day, "session": "AM", "code": "O", "revision": 1}
    right = {**mark, "upn": "G801200000007", "date": "2026-11-23"}
    await door.hears(
        register(("T801200000006", "O"), date=day),
        {"type": "mis.marks_amended.v1", "urn": "123457", "marks": [mark, right]},
    )
    assert await door.store[records.PUPILS].get("T801200000006") is None
    assert await door.store[records.PUPILS].get("G801200000007") is not None
    with pytest.raises(Permanent, match="look at the year"):
        await door.hears({"type": "mis.marks_amended.v1", "urn": "123457", "marks": [mark]})
    assert {(field, reason) for field, reason, *_ in await door.odd()} == {
        ("date", "no_such_day"),
        ("marks.1.date", "no_such_day"),
    }
    assert list((await door.store[records.SCHOOLS].get("123457") or {})["seen"]) == ["2026-11-23"]


@pytest.mark.parametrize("ahead", ["2062-11-30T10:10:00Z", "2026-12-01T09:00:00Z", "2026-11-30T11:00:00Z"])
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_record_whose_time_is_to_come_does_not_outlive_the_right_one(
    door: Door, ahead: str, is_first: bool
) -> None:
    wrong, right = report("clock-skew.jsonl")
    wrong, right = wrong | {"time": ahead}, right | {"time": "2026-11-30T10:00:00Z"}
    await door.hears(*([wrong, right] if is_first else [right, wrong]))
    said = await door.odd()
    assert is_first or ("time", "to_come") in [each[:2] for each in said]
    door.clock.advance(timedelta(minutes=10))
    del right["time"]
    await door.hears(right)
    assert (await door.pupil(RIGHT["upn"]))["family_name"] == "Right"
    assert await door.odd() == []


async def test_the_reported_records_end_as_the_right_one_though_they_come_in_one_instant(door: Door) -> None:
    for order in (1, -1):
        for each in report("clock-skew.jsonl")[::order]:
            await door.hears({"upn": RIGHT["upn"], **each})
            door.clock.instant = NOW
        assert (await door.pupil(RIGHT["upn"]))["family_name"] == "Right"


@pytest.mark.parametrize("kind", ["register", "correction", "calendar"])
async def test_a_wrong_clock_wins_no_mark_and_no_calendar(door: Door, kind: str) -> None:
    mark = {"upn": "T801200000006", "date": "2026-11-23", "session": "AM", "revision": 1}
    days = {"urn": "123457", "first": "2026-11-02", "last": "2026-12-18"}
    said: Callable[[str, list[str]], dict[str, Any]] = {
        "register": lambda code, _: register(("T801200000006", code)),
        "correction": lambda code, _: {
            "type": "mis.marks_amended.v1", "urn": "123457", "marks": [{**mark, "code": code}],
        },
        "calendar": lambda _, closed: {"type": "mis.calendar_published.v1", **days, "closed": closed},
    }[kind]  # fmt: skip
    await door.hears(said("O", ["2026-11-23"]) | {"time": "2062-01-01T00:00:00Z"})
    door.clock.advance(timedelta(minutes=2))
    await door.hears(said("I", []))
    if kind == "calendar":
        weeks = records.read_weeks("123457", await door.store[records.SCHOOLS].get("123457"))
        assert weeks.is_school_day(datetime(2026, 11, 23, tzinfo=UTC).date())
    else:
        kept = await door.store[records.PUPILS].get("T801200000006")
        assert kept is not None
        assert kept["marks"][SLOT]["code"] is None


async def test_what_a_wrong_clock_had_won_before_yields_to_the_next_word(door: Door) -> None:
    [_, right] = report("clock-skew.jsonl")
    await door.hears(right)
    kept = await door.store[records.PUPILS].get(RIGHT["upn"]) or {}
    stored = {**kept["details"], "family_name": "Wrong"}
    years_ahead = {"details": stored, "details_at": datetime(2062, 1, 1, tzinfo=UTC), "details_event": str(UUID(int=1))}
    await door.store[records.PUPILS].set_all({"_id": RIGHT["upn"]}, years_ahead)
    door.clock.advance(timedelta(minutes=2))
    await door.hears({**right, "time": door.clock.now().isoformat()})
    assert (await door.pupil(RIGHT["upn"]))["family_name"] == "Right"


@pytest.mark.parametrize("service", ["bookings", "surveys"])
async def test_a_wrong_clock_wins_in_no_other_service(store: Store, service: str) -> None:
    clock = FixedClock(NOW)
    upstream = Bookings(store, clock) if service == "bookings" else Surveys(store, clock)
    collection = store[bookings.SCHOOLS if service == "bookings" else surveys.SCHOOLS]
    for name, time in (("Wrong", datetime(2062, 1, 1, tzinfo=UTC)), ("Right", NOW)):
        told = {"id": uuid4(), "time": time, "urn": "123457", "name": name, "attendance_email": None}
        await upstream.school_updated(SchoolUpdated.model_validate(told))
    assert (await collection.get("123457") or {})["name"] == "Right"
