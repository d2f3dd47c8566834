"""How anonymous answers came and how long they took: counted apart from answers and invitations. Pure.

Counts are added up batch by batch, with the mixer's own document.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Counts = dict[str, dict[str, int]]
"""By kind (`channels`, `minutes`), how many of each there are."""

KINDS = ("channels", "minutes")


def count(measured: Iterable[tuple[str, int | None]]) -> Counts:
    """The counts of some answers, each given as channel and minutes."""
    found: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for channel, minutes in measured:
        found["channels"][channel] += 1
        if minutes is not None:
            found["minutes"][str(minutes)] += 1
    return {kind: dict(sorted(each.items())) for kind, each in found.items()}


def added(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Counts:
    """The sum of both counts."""
    sums = {kind: Counter((one or {}).get(kind, {})) + Counter((other or {}).get(kind, {})) for kind in KINDS}
    return {kind: dict(sorted(each.items())) for kind, each in sums.items()}


def channels_of(counts: Mapping[str, Any] | None) -> Counter[str]:
    return Counter((counts or {}).get("channels", {}))


def minutes_of(counts: Mapping[str, Any] | None) -> list[int]:
    """The minutes of every measured answer, sorted."""
    measured = {int(minutes): number for minutes, number in (counts or {}).get("minutes", {}).items()}
    return sorted(Counter(measured).elements())
