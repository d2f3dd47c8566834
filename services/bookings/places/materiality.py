"""Which changes of a meeting are material: time, place, way to come, joining link. A corrected typo is not. Pure."""

import re
from dataclasses import dataclass

from shared.contracts.meetings import InPerson, MeetingDetails


@dataclass(frozen=True)
class Difference:
    """Which parts of a meeting differ, and which of them matter to people who are coming."""

    changed: tuple[str, ...]
    material: tuple[str, ...]


def difference(before: MeetingDetails, after: MeetingDetails, wording_only: bool = False) -> Difference:
    """Compare a meeting as it was with what it is to be.

    A place that differs only in case, spaces and punctuation is the same place. If a host says that only the
    wording changes (`wording_only`), a place spelt differently is still the same; time, ways to come and joining link
    always matter.
    """
    changed = tuple(name for name in MeetingDetails.model_fields if getattr(before, name) != getattr(after, name))
    found = {
        "starts_at": before.starts_at != after.starts_at,
        "ends_at": before.ends_at != after.ends_at,
        "place": not wording_only and _is_elsewhere(before.in_person, after.in_person),
        "mode": before.modes != after.modes,
        "link": before.online is not None and after.online is not None and before.online.link != after.online.link,
    }
    return Difference(changed, tuple(name for name, differs in found.items() if differs))


def _is_elsewhere(before: InPerson | None, after: InPerson | None) -> bool:
    return before is not None and after is not None and _place(before) != _place(after)


def _place(part: InPerson) -> str:
    """A place without the details that do not tell two places apart."""
    return re.sub(r"[\W_]+", "", " ".join((part.place, *part.address)).casefold())
