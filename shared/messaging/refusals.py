"""Which types the broker does not take from us at the moment, and when each is tried again. Pure."""

from dataclasses import dataclass, field

FIRST, LONGEST = 1.0, 60.0
"""Seconds until what was refused is tried again: at first, and at most. Each time it is twice as long."""


@dataclass
class Refusals:
    """Types that are set aside. `now` is seconds by a clock that only goes forward."""

    _until: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By type, when it is tried again, and for how long it was set aside."""

    def __contains__(self, kind: str) -> bool:
        return kind in self._until

    def kinds(self) -> list[str]:
        """All that are set aside, those to be tried again included."""
        return list(self._until)

    def due(self, now: float) -> list[str]:
        """What is to be tried again, with one message."""
        return [kind for kind, (until, _) in self._until.items() if until <= now]

    def refused(self, kind: str, now: float) -> float | None:
        """Set a type aside; says for how many seconds, or nothing of what is refused while its type waits already."""
        until, waited = self._until.get(kind, (now, 0.0))
        if until > now:
            return None
        waited = min(max(FIRST, 2 * waited), LONGEST)
        self._until[kind] = (now + waited, waited)
        return waited

    def taken(self, kind: str) -> bool:
        """The broker takes a type again, or nothing of it is left; says whether it was set aside."""
        return self._until.pop(kind, None) is not None

    def forget(self) -> list[str]:
        """Begin anew; says what was set aside."""
        kinds, self._until = self.kinds(), {}
        return kinds
