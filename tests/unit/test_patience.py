"""Deadlines by the machine's pace: late on a slow one, never early on any, and over where something hangs."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local import patience
from deploy.local.patience import Deadline, slowness, stretched

paces = st.lists(st.floats(min_value=1, max_value=20), min_size=1, max_size=30)
steps = st.floats(min_value=0.01, max_value=5)


class Machine:
    """A clock that is moved by hand, and a pace for each look at it; the last one stays."""

    def __init__(self, told: list[float]) -> None:
        self.now = 0.0
        self._told = iter(told)
        self._last = told[-1]

    def monotonic(self) -> float:
        return self.now

    def slowness(self) -> float:
        return next(self._told, self._last)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


def ends(patch: pytest.MonkeyPatch, seconds: float, told: list[float], step: float) -> float:
    """When a deadline is over for somebody who asks every so often."""
    machine = Machine(told)
    with patch.context() as patched:
        patched.setattr(patience.time, "monotonic", machine.monotonic)
        patched.setattr(patience, "slowness", machine.slowness)
        deadline = Deadline(seconds)
        while not deadline.is_over():
            machine.now += step
    return machine.now


@settings(deadline=None)
@given(st.floats(min_value=1, max_value=60), paces, steps)
def test_it_is_never_over_early_and_over_at_last(
    patch: pytest.MonkeyPatch, seconds: float, told: list[float], step: float
) -> None:
    ended = ends(patch, seconds, told, step)
    assert ended >= seconds * min(told) - 1e-6
    assert ended <= (seconds + step) * max(told) + step + 1e-6


@settings(deadline=None)
@given(st.floats(min_value=1, max_value=60), st.floats(min_value=1, max_value=20), steps)
def test_a_machine_so_many_times_slower_gets_so_many_times_longer(
    patch: pytest.MonkeyPatch, seconds: float, pace: float, step: float
) -> None:
    assert seconds * pace - 1e-6 <= ends(patch, seconds, [pace], step) <= seconds * pace + 2 * step + 1e-6


def test_many_who_want_to_run_make_a_machine_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = len(patience.os.sched_getaffinity(0))
    monkeypatch.setattr(patience, "_job", lambda: 0.0)
    for running, slow in ((0, 1), (cores, 1), (3 * cores, 3), (1000 * cores, 20)):
        monkeypatch.setattr(patience, "_running", lambda running=running: running)
        assert slowness() == slow
        assert stretched(10) == 10 * slow


def test_a_machine_that_does_not_say_who_runs_is_measured_by_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience.Path, "read_text", lambda _: (_ for _ in ()).throw(OSError))
    monkeypatch.setattr(patience, "_job", lambda: 4 * patience._JOB)
    assert slowness() == 4
