"""Places under a crowd: many requests at once for one place, twice each, at two replicas, some of them killed."""

import random
from collections import Counter

from services.bookings.places.asking import booking_of
from tests.system.crowd import all_told, crowd, look, offers, published, requests, settled
from tests.system.living import Living
from tests.system.replicas import listening, second_replica
from tests.waiting import eventually


async def test_200_ask_for_the_last_place_at_once_twice_each_and_one_has_it_and_199_wait_in_order(
    living: Living,
) -> None:
    meeting = await published(living, 1)
    asked = requests(living, meeting, 200)
    twice = [*asked, *asked]
    random.Random(5).shuffle(twice)
    async with second_replica(living), listening(living) as heard:
        await living.feed(twice)
        await eventually(lambda: settled(living, meeting, 200), "200 decided bookings", 60)
        told = await all_told(heard, meeting, 200)
    now = await look(living, meeting)
    assert {booking_of(each) for each in asked} == set(now.places)
    assert Counter(place.state for place in now.places.values()) == {"confirmed": 1, "waiting": 199}
    [winner] = [place for place in now.places.values() if place.state == "confirmed"]
    assert winner.number == 1
    assert [place.number for place in now.line("in_person")] == list(range(2, 201))
    assert Counter(map(tuple, told.values())) == {("booking_confirmed",): 1, ("booking_waitlisted",): 199}
    positions = {body["booking"]: body["position"] for body in heard.of("booking_waitlisted", meeting)}
    assert positions == {place.booking: place.number - 1 for place in now.line("in_person")}


async def test_killing_replicas_at_any_time_changes_nothing_in_the_end_state(living: Living) -> None:
    await crowd(living, people=60, capacity=7, kills=2, seed=1)


async def test_offers_go_down_the_list_once_each_whatever_dies_meanwhile(living: Living) -> None:
    await offers(living, people=12, capacity=3, kills=1, seed=3)
