"""What must hold of limits and of the choice among providers, whatever happens in which order."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.providers.rates import Bucket, draw_size
from services.notifications.providers.routing import HOLD_DOWN, LEAST, ProviderStanding, choose

START = datetime(2024, 10, 4, 9, tzinfo=UTC)
TODAY = date(2024, 10, 4)
SHARES = {"a": 50, "b": 50}


@given(
    limit=st.integers(60, 6000),
    pauses=st.lists(st.floats(0, 5), min_size=20, max_size=120),
    late=st.integers(0, 1),
)
def test_no_minute_ever_has_more_sends_than_the_limit(limit: int, pauses: list[float], late: int) -> None:
    """Each draw may be used up to the next one, so it counts at either end of its time."""
    bucket, now = Bucket(float(draw_size(limit) + 1), START), START
    draws: list[tuple[datetime, int]] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        bucket, drawn = bucket.draw(limit, now)
        draws.append((now, drawn))
    used = [(draws[min(n + late, len(draws) - 1)][0], drawn) for n, (_, drawn) in enumerate(draws)]
    for first, _ in used:
        within = [drawn for at, drawn in used if first <= at < first + timedelta(seconds=60)]
        assert sum(within) <= limit


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("limit", [60, 61, 119, 1800, 3000])
def test_who_draws_all_the_time_keeps_the_limit(limit: int, late: int) -> None:
    bucket, drawn = Bucket(float(draw_size(limit) + 1), START), list[int]()
    for quarter in range(4 * 150):
        bucket, more = bucket.draw(limit, START + timedelta(seconds=quarter / 4))
        drawn.append(more)
    took = [place for place, more in enumerate(drawn) if more]
    used = [0] * len(drawn)  # each draw may be used just before the next
    for place, following in zip(took, [*took[1:], took[-1]], strict=True):
        used[following if late else place] += drawn[place]
    assert max(sum(used[first : first + 4 * 60]) for first in range(4 * 90)) <= limit


@given(limit=st.integers(60, 6000))
def test_a_bucket_fills_again_to_most_of_its_rate(limit: int) -> None:
    bucket, total = Bucket(0, START), 0
    for quarter in range(1, 2401):
        bucket, drawn = bucket.draw(limit, START + timedelta(seconds=quarter / 4))
        total += drawn
    assert total >= 10 * limit * 0.9


answers = st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=300)


@given(answers)
def test_points_fall_at_most_once_in_the_hold_down_whatever_a_provider_answers(said: list[tuple[float, bool]]) -> None:
    standing, now, falls = ProviderStanding(), START, list[datetime]()
    for pause, good in said:
        now += timedelta(seconds=pause)
        before, standing = standing, standing.after(1, 0 if good else 1, now)
        if standing.lowered_at != before.lowered_at:
            falls.append(now)
            assert standing.points_at(now) <= before.points_at(now)
        assert LEAST <= standing.points_at(now) <= 100
    assert all(later - earlier >= HOLD_DOWN for earlier, later in pairwise(falls))


def test_an_hour_of_silence_brings_all_points_back() -> None:
    standing, now = ProviderStanding(), START
    for minute in range(20):
        standing = standing.after(10, 10, now + timedelta(minutes=minute))
    low = standing.points_at(now + timedelta(minutes=20))
    assert low == LEAST
    assert standing.points_at(now + timedelta(minutes=30)) > low
    assert standing.points_at(now + timedelta(minutes=80)) == 100


def test_a_few_bad_answers_change_nothing() -> None:
    assert ProviderStanding().after(100, 4, START).points_at(START) == 100
    assert ProviderStanding().after(100, 6, START).points_at(START) == 100  # six in a hundred is a bad moment, no more


@given(roll=st.floats(0, 1, exclude_max=True))
def test_a_paused_provider_is_never_chosen_and_a_spent_day_ends_with_the_day(roll: float) -> None:
    standings = {"a": ProviderStanding(spent_on=TODAY.isoformat())}
    assert choose(SHARES, standings, START, TODAY, roll) == "b"
    assert choose({"a": 100}, standings, START, TODAY, roll) is None
    assert choose({"a": 100}, standings, START, TODAY + timedelta(days=1), roll) == "a"


def test_one_that_fails_still_gets_a_few_so_that_its_recovery_is_found_out() -> None:
    standings = {"a": ProviderStanding(points=LEAST, lowered_at=START)}
    chosen = [choose(SHARES, standings, START, TODAY, roll / 1000) for roll in range(1000)]
    assert 0 < chosen.count("a") < 60


def test_a_standby_is_used_only_while_no_other_is_to_be_trusted() -> None:
    shares = {"smtp": 100, "notify_email": 0}
    rolls = [roll / 100 for roll in range(100)]
    assert {choose(shares, {}, START, TODAY, roll) for roll in rolls} == {"smtp"}
    low = {"smtp": ProviderStanding(points=25, lowered_at=START)}
    assert {choose(shares, low, START, TODAY, roll) for roll in rolls} == {"smtp", "notify_email"}
