"""What the broker refuses waits longer each time, up to a minute, and comes back at once when it is taken."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.refusals import FIRST, LONGEST, Refusals


@given(st.integers(1, 40))
def test_each_refusal_waits_twice_as_long_up_to_the_longest(times: int) -> None:
    refusals, now, waits = Refusals(), 100.0, []
    for _ in range(times):
        waits.append(refusals.refused("a", now))
        assert "a" in refusals
        assert refusals.due(now) == []
        now += waits[-1]
        assert refusals.due(now) == ["a"]
    assert waits == [min(FIRST * 2**n, LONGEST) for n in range(times)]
    assert refusals.taken("a")
    assert not refusals.taken("a")
    assert refusals.refused("a", now) == FIRST


def test_what_is_refused_while_it_waits_does_not_make_it_wait_longer() -> None:
    refusals = Refusals()
    assert [refusals.refused("a", 100.0) for _ in range(3)] == [FIRST, None, None]
    assert refusals.due(100.0 + FIRST) == ["a"]


def test_types_wait_each_by_itself_and_are_forgotten_together() -> None:
    refusals = Refusals()
    refusals.refused("a", 100.0)
    refusals.refused("b", 100.5)
    assert refusals.due(101.0) == ["a"]
    assert refusals.kinds() == ["a", "b"]
    assert refusals.forget() == ["a", "b"]
    assert "a" not in refusals
