"""Deadlines by the machine's own pace: seconds of an ordinary, idle machine, which a slow or busy one lets pass slowly.

So nothing fails by the clock because others work beside it, and what hangs is still found: when nothing moves, nobody
works, and a deadline is what it says.
"""

import os
import tempfile
import time
from pathlib import Path

_JOB = 0.002  # seconds that the job below takes on an ordinary machine: two cores of 2023, a disk that syncs in 0.5 ms
_MOST = 20.0  # a machine slower than this is not waited for
_A_LOOK = 0.5  # seconds between two looks at the pace


def slowness() -> float:
    """How many times longer than on an ordinary idle machine things take now: 1 there, and at most 20.

    By a small job of the kind that tests are made of (work, and a write that is synced), and by how many processes
    want to run on each core: a short job of a process that slept is let in front of them.
    """
    cores = len(os.sched_getaffinity(0))
    return min(max(1.0, _job() / _JOB, _running() / cores), _MOST)


def stretched(seconds: float) -> float:
    """So many seconds of an ordinary machine in seconds of this one as it is now, where only a number can be given."""
    return seconds * slowness()


class Deadline:
    """So many seconds of an ordinary machine from now on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = self._left = seconds
        self._began = self._looked = time.monotonic()
        self._slowness = slowness()

    def is_over(self) -> bool:
        """Whether they have passed; to be asked again and again."""
        passed = time.monotonic() - self._looked
        if passed > _A_LOOK:
            before, self._slowness = self._slowness, slowness()
            self._left -= passed / max(before, self._slowness)
            self._looked = time.monotonic()
            passed = 0.0
        return self._left < passed / self._slowness

    def __str__(self) -> str:
        return f"{self._seconds:g} s ({time.monotonic() - self._began:.0f} s at this machine's pace)"


def _job() -> float:
    began = time.perf_counter()
    sum(number % 7 for number in range(30_000))
    with tempfile.TemporaryFile() as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _running() -> int:
    """How many processes run or want to; 0 where the machine does not say."""
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("procs_running")), 0)
