"""Which provider gets the next message of a channel: by shares, fewer for one that fails or is slow. Pure.

As GOV.UK Notify does it: each provider has points; many bad answers take points away, at most once a minute, so that a
single bad moment does not make the choice flap; points come back by themselves, a few at a time. It is a weighted
choice, never a hard switch: the few messages that a provider still gets show when it has recovered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

FULL = 100
LEAST = 4
"""The fewest points of a provider: with none, nobody would find out that it has recovered."""
TRUSTED = 50
"""With fewer points than this, a standby may be used as well."""
LOOKED_AT = timedelta(minutes=1)
"""Answers are counted over this period."""
HOLD_DOWN = timedelta(minutes=1)
"""Points are lowered at most once in this time, and none come back for as long after."""
BACK = timedelta(minutes=5)
"""Every so often ten points come back."""
_MANY, _SHARE = 5, 0.2  # bad answers, and the share of all answers, that cost points


@dataclass(frozen=True)
class ProviderStanding:
    """How a provider is doing: its points when they were last lowered, and the answers of the current minute."""

    points: int = FULL
    lowered_at: datetime | None = None
    counted_from: datetime | None = None
    answers: int = 0
    bad: int = 0
    paused_until: datetime | None = None
    """Until when it has said that it accepts nothing more."""
    spent_on: str = ""
    """The UTC day for which it has said that it accepts nothing more, such as 2024-10-04."""
    spent_abroad_on: str = ""
    """The same for messages to numbers abroad only."""
    held_for: str = ""
    """Why it accepts nothing from us: our key, its settings or our account are wrong; empty if it does."""
    tried_again_at: datetime | None = None
    """While it is held: when one message will find out whether that has been fixed."""

    def points_at(self, now: datetime) -> int:
        """Its points now, including those that have come back."""
        if self.lowered_at is None:
            return self.points
        since = now - self.lowered_at - HOLD_DOWN
        return min(FULL, self.points + 10 * max(0, since // BACK))

    def is_spent(self, today: date, abroad: bool = False) -> bool:
        """Whether it accepts nothing more on this UTC day, or nothing more abroad."""
        return today.isoformat() in {self.spent_on, self.spent_abroad_on if abroad else ""}

    def is_held(self, now: datetime) -> bool:
        return bool(self.held_for) and self.tried_again_at is not None and now < self.tried_again_at

    def is_paused(self, now: datetime, today: date, abroad: bool = False) -> bool:
        is_slowed = self.paused_until is not None and now < self.paused_until
        return is_slowed or self.is_spent(today, abroad) or self.is_held(now)

    def after(self, answers: int, bad: int, now: datetime) -> "ProviderStanding":
        """Its standing after more answers, some of them bad: an error, a time-out, or slow."""
        fresh = self.counted_from is None or now - self.counted_from >= LOOKED_AT
        counted = replace(
            self,
            counted_from=now if fresh else self.counted_from,
            answers=answers + (0 if fresh else self.answers),
            bad=bad + (0 if fresh else self.bad),
        )
        is_held = self.lowered_at is not None and now - self.lowered_at < HOLD_DOWN
        if is_held or counted.bad < _MANY or counted.bad < _SHARE * counted.answers:
            return counted
        points = max(LEAST, self.points_at(now) // 2)
        return replace(counted, points=points, lowered_at=now, counted_from=now, answers=0, bad=0)


def choose(
    shares: Mapping[str, int],
    standings: Mapping[str, ProviderStanding],
    now: datetime,
    today: date,
    roll: float,
    abroad: bool = False,
) -> str | None:
    """The provider of the next message; `roll` is a random number from 0 up to 1. None while all are paused.

    `today` is in UTC. A provider with a share of 0 is a standby: it is used only while no provider with a share can be
    trusted.
    """
    open_now = {name: standings.get(name, ProviderStanding()) for name in shares}
    points = {name: each.points_at(now) for name, each in open_now.items() if not each.is_paused(now, today, abroad)}
    if any(shares[name] and points[name] >= TRUSTED for name in points):
        weights = {name: shares[name] * points[name] for name in points}
    else:
        weights = {name: (shares[name] or FULL) * points[name] for name in points}
    mark = roll * sum(weights.values())
    for name, weight in weights.items():
        mark -= weight
        if mark < 0:
            return name
    return next(iter(weights), None)
