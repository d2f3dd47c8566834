"""Waiting in the tests: it ends when nothing comes, and takes little of the machine from those who are waited for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import waiting
from tests.waiting import eventually


class Machine:
    """A clock that moves by what is done, and a deadline on it."""

    def __init__(self, within: float = 30) -> None:
        self.now, self._ends = 0.0, within
        self.asking = 0.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def is_over(self) -> bool:
        return self.now > self._ends


def waits(machine: Machine, costs: float, until: float) -> None:
    """Somebody waits on a machine for an answer that is true from an instant on, and takes so long to ask for."""

    async def ask() -> bool:
        machine.now += costs
        machine.asking += costs
        return machine.now >= until

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "Deadline", lambda _: machine)
        patch.setattr(waiting.time, "monotonic", machine.monotonic)
        patch.setattr(waiting.asyncio, "sleep", machine.sleep)
        coroutine = eventually(ask, "answer")
        with pytest.raises(StopIteration):
            coroutine.send(None)


costs = st.floats(min_value=0, max_value=5)


@given(costs)
def test_what_never_comes_fails_soon_after_the_deadline(costs: float) -> None:
    machine = Machine()
    with pytest.raises(AssertionError, match="there was no answer"):
        waits(machine, costs, until=float("inf"))
    assert machine.now <= 30 + costs + 1


@given(st.floats(min_value=0, max_value=0.5), st.floats(min_value=1, max_value=29))
def test_no_more_than_a_third_of_the_time_goes_into_asking(costs: float, until: float) -> None:
    machine = Machine()
    waits(machine, costs, until)
    assert until <= machine.now <= until + max(2 * costs, 0.05) + costs
    assert machine.asking <= machine.now / 3 + costs
