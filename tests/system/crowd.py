"""A crowd at a meeting: requests, cancellations, substitutes and answers to offers, twice each, while replicas die."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from deploy.local.stack import Part
from services.bookings.places.asking import booking_of
from services.bookings.places.hosting import meeting_of
from services.bookings.places.meeting import Meeting
from services.bookings.store.looking import Looking
from shared.contracts.base import Command
from shared.contracts.hosting import (
    AcceptOffer,
    CancelBooking,
    DeclineOffer,
    PublishMeeting,
    RequestBooking,
    Substitute,
)
from tests.desk import HOST
from tests.system.living import Living
from tests.system.replicas import Heard, listening, second_replica
from tests.waiting import eventually

LONG_BEFORE, IN_THE_FREEZE = timedelta(days=60), timedelta(hours=30)


def command(living: Living, kind: type[Command], **facts: Any) -> Any:
    return kind.model_validate({"id": uuid4(), "time": living.clock.now(), **facts})


async def published(living: Living, capacity: int, before: timedelta = LONG_BEFORE) -> str:
    details = {
        "title": "Summer term network meeting",
        "starts_at": living.clock.now() + before,
        "in_person": {"place": "Hub", "capacity": capacity},
    }
    publish = command(living, PublishMeeting, details=details, by=HOST)
    await living.feed([publish])
    await eventually(lambda: living.documents("bookings", "meetings", {"_id": meeting_of(publish)}), "meeting")
    return meeting_of(publish)


def requests(living: Living, meeting: str, people: int) -> list[RequestBooking]:
    asked = [{"name": f"Person {number}", "email": f"p{number}@school.example.org"} for number in range(people)]
    return [command(living, RequestBooking, meeting=meeting, person=person, urn="801901") for person in asked]


async def look(living: Living, meeting: str) -> Meeting:
    async with living.store("bookings") as store:
        return await Looking(store).meeting(meeting)


async def settled(living: Living, meeting: str, count: int) -> bool:
    """Whether so many were decided on, all of them told, and everything said."""
    documents = await living.documents("bookings", "meetings", {"_id": meeting})
    waiting = await living.documents("bookings", "bookings", {"meeting": meeting, "outbox.id": {"$exists": True}})
    return len(documents[0]["places"]) == count and not documents[0]["untold"] and not waiting


async def all_told(heard: Heard, meeting: str, count: int) -> dict[str, list[str]]:
    """What each person was told, once everybody was told something."""

    async def told() -> dict[str, list[str]]:
        found = heard.by_booking(meeting)
        return found if len(found) == count else {}

    return await eventually(told, f"{count} people told") or {}


class Crowd:
    """One meeting, two replicas that may die at any time, and a crowd whose every message comes twice."""

    def __init__(self, living: Living, second: Part, chance: random.Random) -> None:
        self.living = living
        self.second = second
        self.chance = chance

    async def feed(self, commands: Sequence[Command], kills: int = 0) -> None:
        """Messages in any order, each twice, in handfuls; meanwhile replicas are killed."""
        twice = [*commands, *commands]
        self.chance.shuffle(twice)

        async def feeding() -> None:
            for start in range(0, len(twice), 20):
                await self.living.feed(twice[start : start + 20])
                await asyncio.sleep(0.05)

        async def killing() -> None:
            for _ in range(kills):
                await asyncio.sleep(self.chance.uniform(0.05, 0.5))  # any time is a good time to die
                if self.chance.random() < 0.5:
                    self.living.stack.parts["bookings"].kill()  # the stack starts it again
                else:
                    self.second.kill()
                    self.second.start()

        await asyncio.gather(feeding(), killing())

    async def have_state(self, meeting: str, state: str, bookings: Sequence[str]) -> None:
        """Wait until these bookings are in a state, by their own documents."""
        wanted = {"_id": {"$in": list(bookings)}, "state": state}

        async def reached() -> bool:
            return len(await self.living.documents("bookings", "bookings", wanted)) == len(bookings)

        await eventually(reached, f"{len(bookings)} bookings {state}", 90)


async def crowd(living: Living, people: int, capacity: int, kills: int, seed: int) -> None:
    """Long before the meeting: everybody asks, a third cancel or send a colleague; then everything has to add up."""
    chance = random.Random(seed)
    meeting = await published(living, capacity)
    asked = requests(living, meeting, people)
    chosen = chance.sample([booking_of(each) for each in asked], people // 3)
    cancelled, handed = chosen[::2], chosen[1::2]
    async with second_replica(living) as second, listening(living) as heard:
        crowd = Crowd(living, second, chance)
        await crowd.feed(asked, kills)
        await eventually(lambda: settled(living, meeting, people), "settled requests", 90)
        substitutes = [
            command(living, Substitute, booking=each, person={"name": "C", "email": f"c{n}@school.example.org"})
            for n, each in enumerate(handed)
        ]
        await crowd.feed([*(command(living, CancelBooking, booking=each) for each in cancelled), *substitutes], kills)
        await crowd.have_state(meeting, "cancelled", cancelled)
        await eventually(lambda: _handed(living, handed), "substitutes", 90)
        await eventually(lambda: settled(living, meeting, people), "settled crowd", 90)
        told = await all_told(heard, meeting, people)
    now = await look(living, meeting)
    remaining = sorted(place.number for place in now.places.values() if place.booking not in cancelled)
    assert sorted(place.number for place in now.places.values()) == list(range(1, people + 1))
    assert [place.number for place in now.line("in_person")] == remaining[capacity:]
    assert Counter(place.state for place in now.places.values()) == {
        "confirmed": capacity,
        "waiting": people - capacity - len(cancelled),
        "cancelled": len(cancelled),
    }
    for booking, kinds in told.items():
        place = now.places[booking]
        expected = Counter({"booking_cancelled": 1}) if booking in (*cancelled, *handed) else Counter()
        assert Counter(kinds)["booking_cancelled"] == expected["booking_cancelled"]
        if place.state == "confirmed" and booking not in handed:
            assert kinds.count("booking_confirmed") == 1
    await _each_stands_in_its_own_document_as_in_the_meetings(living, now)


async def offers(living: Living, people: int, capacity: int, kills: int, seed: int) -> None:
    """Within the freeze: places are offered, taken and left, until nobody who wants one is without."""
    chance = random.Random(seed)
    meeting = await published(living, capacity, IN_THE_FREEZE)
    asked = requests(living, meeting, people)
    async with second_replica(living) as second, listening(living) as heard:
        crowd = Crowd(living, second, chance)
        await crowd.feed(asked)
        await eventually(lambda: settled(living, meeting, people), "settled requests", 90)
        has = [place.booking for place in (await look(living, meeting)).places.values() if place.state == "confirmed"]
        await crowd.feed([command(living, CancelBooking, booking=each) for each in has], kills)
        await crowd.have_state(meeting, "cancelled", has)
        while offered := [each for each in (await look(living, meeting)).places.values() if each.state == "offered"]:
            assert len(offered) <= capacity
            kinds = [chance.choice((AcceptOffer, DeclineOffer)) for _ in offered]
            answers = [command(living, kind, booking=each.booking) for kind, each in zip(kinds, offered, strict=True)]
            await eventually(lambda: settled(living, meeting, people), "settled offers", 90)
            await crowd.feed(answers, kills)
            kills //= 2  # dying in every round would only take time
            for kind, state in ((AcceptOffer, "confirmed"), (DeclineOffer, "offer_declined")):
                chosen = [each.booking for each, answer in zip(offered, kinds, strict=True) if answer is kind]
                await crowd.have_state(meeting, state, chosen)
            await eventually(lambda: settled(living, meeting, people), "settled answers", 90)
        told = await all_told(heard, meeting, people)
    now = await look(living, meeting)
    states = Counter(place.state for place in now.places.values())
    assert states["confirmed"] <= capacity
    assert states["confirmed"] == capacity or not states["waiting"]
    assert states["cancelled"] == capacity
    asked_first = sorted(place.number for place in now.places.values() if place.state not in {"waiting"})
    assert asked_first == list(range(1, len(asked_first) + 1))  # the list was worked off in order, nobody left out
    assert all(kinds.count("booking_offered") <= 1 for kinds in told.values())
    assert not any("booking_offered" in told[each] for each in has)
    await _each_stands_in_its_own_document_as_in_the_meetings(living, now)


async def _handed(living: Living, bookings: Sequence[str]) -> bool:
    handed = await living.documents("bookings", "bookings", {"_id": {"$in": list(bookings)}, "turn": 1})
    return len(handed) == len(bookings)


async def _each_stands_in_its_own_document_as_in_the_meetings(living: Living, meeting: Meeting) -> None:
    for document in await living.documents("bookings", "bookings", {"meeting": meeting.reference}):
        place = meeting.places[document["_id"]]
        assert (document["state"], document["turn"]) == (place.state, place.turn)
        ids = [entry["id"] for entry in document["history"]]
        assert len(ids) == len(set(ids))
