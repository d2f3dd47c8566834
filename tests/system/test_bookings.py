"""Places under a crowd: many requests at once for one place, twice each, at two replicas, some of them killed."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.bookings.asking import booking_of
from services.bookings.hosting import meeting_of
from services.bookings.looking import Looking
from services.bookings.meeting import Meeting
from shared.contracts.base import Command
from shared.contracts.hosting import CancelBooking, PublishMeeting, RequestBooking, Substitute
from shared.store import Store
from tests.desk import HOST
from tests.system.living import Living
from tests.system.replicas import Heard, listening, second_replica
from tests.waiting import eventually


def command(living: Living, kind: type[Command], **facts: Any) -> Any:
    return kind.model_validate({"id": uuid4(), "time": living.clock.now(), **facts})


async def published(living: Living, capacity: int) -> str:
    details = {
        "title": "Summer term network meeting",
        "starts_at": living.clock.now() + timedelta(days=60),
        "in_person": {"place": "Hub", "capacity": capacity},
    }
    publish = command(living, PublishMeeting, details=details, by=HOST)
    await living.feed([publish])
    await eventually(lambda: living.documents("bookings", "meetings", {"_id": meeting_of(publish)}), "meeting")
    return meeting_of(publish)


def request(living: Living, meeting: str, number: int) -> RequestBooking:
    person = {"name": f"Person {number}", "email": f"p{number}@school.example.org"}
    made: RequestBooking = command(living, RequestBooking, meeting=meeting, person=person, urn="801901")
    return made


async def look(living: Living, meeting: str) -> Meeting:
    store = Store(living.stack.mongo, "bookings")
    try:
        return await Looking(store).meeting(meeting)
    finally:
        store.close()


async def settled(living: Living, meeting: str, count: int) -> bool:
    """Whether so many were decided on, all of them told, and everything said."""
    documents = await living.documents("bookings", "meetings", {"_id": meeting})
    waiting = await living.documents("bookings", "bookings", {"meeting": meeting, "outbox.id": {"$exists": True}})
    return len(documents[0]["places"]) == count and not documents[0]["untold"] and not waiting


def first_words(heard: Heard, meeting: str) -> Counter[str]:
    return Counter(kinds[0] for kinds in heard.by_booking(meeting).values())


async def test_200_ask_for_the_last_place_at_once_twice_each_and_one_has_it_and_199_wait_in_order(
    living: Living,
) -> None:
    meeting = await published(living, 1)
    asked = [request(living, meeting, number) for number in range(200)]
    crowd = [*asked, *asked]
    random.Random(5).shuffle(crowd)
    async with second_replica(living), listening(living) as heard:
        await living.feed(crowd)
        await eventually(lambda: settled(living, meeting, 200), "200 decided bookings", 60)
        told = await eventually(lambda: _heard(heard, meeting, 200), "200 told") or {}
    now = await look(living, meeting)
    assert Counter(place.state for place in now.places.values()) == {"confirmed": 1, "waiting": 199}
    [winner] = [place for place in now.places.values() if place.state == "confirmed"]
    assert winner.number == 1
    assert [place.number for place in now.line("in_person")] == list(range(2, 201))
    assert {booking_of(each) for each in asked} == set(now.places)
    assert first_words(heard, meeting) == {"booking_confirmed": 1, "booking_waitlisted": 199}
    assert all(len(kinds) == 1 for kinds in told.values())
    positions = {body["booking"]: body["position"] for body in heard.of("booking_waitlisted", meeting)}
    assert positions == {place.booking: place.number - 1 for place in now.line("in_person")}


async def _heard(heard: Heard, meeting: str, count: int) -> dict[str, list[str]]:
    told = heard.by_booking(meeting)
    return told if len(told) == count else {}


async def test_killing_replicas_at_any_time_changes_nothing_in_the_end_state(living: Living) -> None:
    await crowd_with_kills(living, people=60, capacity=7, kills=4, seed=1)


async def crowd_with_kills(living: Living, people: int, capacity: int, kills: int, seed: int) -> None:
    """Requests twice, cancellations and substitutions, while replicas die; then everything has to add up."""
    chance = random.Random(seed)
    meeting = await published(living, capacity)
    asked = [request(living, meeting, number) for number in range(people)]
    crowd = [*asked, *asked]
    chance.shuffle(crowd)
    changed = chance.sample(asked, people // 3)
    cancelled = [command(living, CancelBooking, booking=booking_of(each)) for each in changed[::2]]
    substitutes = [
        command(living, Substitute, booking=booking_of(each), person=_colleague(number))
        for number, each in enumerate(changed[1::2])
    ]
    async with second_replica(living) as second, listening(living) as heard:

        async def killing() -> None:
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(0.05, 0.6))  # any time is a good time to die
                if chance.random() < 0.5:
                    living.stack.parts["bookings"].kill()  # the stack starts it again
                else:
                    second.kill()
                    second.start()

        async def feeding() -> None:
            for start in range(0, len(crowd), 20):
                await living.feed(crowd[start : start + 20])
                await asyncio.sleep(0.1)
            await living.feed([*cancelled, *substitutes, *cancelled])

        await asyncio.gather(killing(), feeding())
        await eventually(lambda: settled(living, meeting, people), "settled meeting", 90)
        await eventually(lambda: _ended(living, meeting, len(cancelled)), "cancellations", 60)
        await eventually(lambda: settled(living, meeting, people), "settled meeting", 60)
        told = await eventually(lambda: _heard(heard, meeting, people), "everybody told") or {}
    now = await look(living, meeting)
    states = Counter(place.state for place in now.places.values())
    assert states == {
        "confirmed": capacity,
        "waiting": people - capacity - len(cancelled),
        "cancelled": len(cancelled),
    }
    assert sorted(place.number for place in now.places.values()) == list(range(1, people + 1))
    line = [place.number for place in now.line("in_person")]
    gone = {command.booking for command in cancelled}
    served = sorted(place.number for place in now.places.values() if place.booking not in gone)
    assert line == served[capacity:]
    for booking, kinds in told.items():
        assert kinds.count("booking_cancelled") - kinds.count("booking_refused") <= 1 + (booking not in gone)
        assert Counter(kinds)["booking_waitlisted"] <= 2
    for document in await living.documents("bookings", "bookings", {"meeting": meeting}):
        assert document["state"] == now.places[document["_id"]].state
        ids = [entry["id"] for entry in document["history"]]
        assert len(ids) == len(set(ids))


def _colleague(number: int) -> dict[str, str]:
    return {"name": f"Colleague {number}", "email": f"c{number}@school.example.org"}


async def _ended(living: Living, meeting: str, count: int) -> bool:
    ended = await living.documents("bookings", "bookings", {"meeting": meeting, "state": "cancelled"})
    return len(ended) == count
