"""Full-size crowds at two replicas that are killed again and again; tests/system has the everyday size."""

import pytest

from tests.system.crowd import crowd, offers
from tests.system.living import Living

pytestmark = [pytest.mark.gate, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_200_people_each_twice_and_40_kills_end_as_if_nothing_had_died(living: Living, seed: int) -> None:
    await crowd(living, people=200, capacity=20, kills=20, seed=seed)


@pytest.mark.parametrize("seed", [21, 22])
async def test_every_place_is_offered_down_the_list_once_through_40_kills(living: Living, seed: int) -> None:
    await offers(living, people=40, capacity=5, kills=8, seed=seed)
