"""Faults that a stand-in was asked to play: the next ones, or so many by chance, the same for the same seed."""

import random
from collections import deque
from collections.abc import Collection, Mapping
from typing import Any


class Faults:
    """What goes wrong next. Asked for as {"fail": "500", "times": 2, "seconds": 3} or as
    {"chances": {"500": 0.1, "slow": 0.05}, "seconds": 3, "seed": 7}; an empty `chances` ends them."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = tuple(known)
        self._next: deque[tuple[str, float]] = deque()
        self._chances: dict[str, float] = {}
        self._seconds = 0.0
        self._random = random.Random()

    def play(self, asked: Mapping[str, Any]) -> int:
        """Take down what was asked for and return how many wait; raises ValueError for what no provider does."""
        if "chances" in asked:
            chances = {str(name): float(chance) for name, chance in asked["chances"].items()}
            self._check(chances)
            self._chances, self._seconds = chances, float(asked.get("seconds", 30))
            self._random = random.Random(asked.get("seed"))
        if "fail" in asked:
            self._check([str(asked["fail"])])
            self._next.extend([(str(asked["fail"]), float(asked.get("seconds", 30)))] * int(asked.get("times", 1)))
        return len(self._next)

    def take(self) -> tuple[str, float]:
        """What goes wrong with this request and for how many seconds; nothing is the empty string."""
        if self._next:
            return self._next.popleft()
        mark = self._random.random()
        for name, chance in self._chances.items():
            mark -= chance
            if mark < 0:
                return name, self._seconds
        return "", 0.0

    def _check(self, names: Collection[str]) -> None:
        if unknown := sorted(set(names) - set(self._known)):
            raise ValueError(f"{', '.join(unknown)}: must be one of {', '.join(self._known)}")
