"""How fast a provider may be used: a token bucket that never exceeds its limit in any minute. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Bucket:
    """What may still be sent now. A replica draws a second's worth at a time, so that drawing costs almost nothing.

    In any 60 seconds there are at most `per_minute` sends: what flows in, one full bucket, and one draw that was made
    just before and used later.
    """

    tokens: float
    at: datetime

    def draw(self, per_minute: int, now: datetime) -> "tuple[Bucket, int]":
        """What is left, and how many sends were drawn: at most one draw; 0 if the bucket is empty."""
        size = draw_size(per_minute)
        flow = (per_minute - 2 * size - 1) / 60  # tokens a second
        tokens = min(float(size + 1), self.tokens + max(0.0, (now - self.at).total_seconds()) * flow)
        drawn = min(size, int(tokens))
        return Bucket(tokens - drawn, max(now, self.at)), drawn


def draw_size(per_minute: int) -> int:
    """A second's worth of sends, at least one."""
    return max(1, per_minute // 60)


SOON = timedelta(seconds=1)
"""After this time an empty bucket has something again."""
