"""Message types that the broker refuses from us at the moment, and when each is tried again. Pure."""

from dataclasses import dataclass, field

FIRST, LONGEST = 1.0, 60.0
"""The back-off in seconds after a refusal: the first and the longest. It doubles each time."""


@dataclass
class Refusals:
    """Types that are set aside. `now` is seconds by a clock that only goes forward."""

    _until: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By type, when it is tried again, and for how long it was set aside."""

    def __contains__(self, kind: str) -> bool:
        return kind in self._until

    def kinds(self) -> list[str]:
        """All types that are set aside, including those due for another try."""
        return list(self._until)

    def due(self, now: float) -> list[str]:
        """The types to try again, with one message each."""
        return [kind for kind, (until, _) in self._until.items() if until <= now]

    def refused(self, kind: str, now: float) -> float | None:
        """Set a type aside; returns for how many seconds, or None if it is already set aside."""
        until, waited = self._until.get(kind, (now, 0.0))
        if until > now:
            return None
        waited = min(max(FIRST, 2 * waited), LONGEST)
        self._until[kind] = (now + waited, waited)
        return waited

    def taken(self, kind: str) -> bool:
        """The broker accepts a type again, or none of it is left; returns whether it was set aside."""
        return self._until.pop(kind, None) is not None

    def forget(self) -> list[str]:
        """Start over; returns what was set aside."""
        kinds, self._until = self.kinds(), {}
        return kinds
