"""What a survey led to: the meetings that its themes caused, who booked for them and who came. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.time.clock import period
from shared.writing.counting import number_of

Kept = Mapping[str, Any]
BookingState = Literal["booked", "waiting", "ended"]


@dataclass(frozen=True)
class Turnout:
    """One meeting with its bookings, counted in people and in schools; nobody is named."""

    meeting: str
    theme: str | None
    """The theme that caused it, T-…; None if only the survey is known."""
    because: str
    title: str
    starts_at: datetime
    ends_at: datetime | None
    cancelled: bool
    booked: int
    waiting: int
    came: int
    schools_booked: int
    schools_came: int

    @property
    def when(self) -> str:
        return period(self.starts_at, self.ends_at)

    @property
    def words(self) -> str:
        """How many booked and came, as people say it."""
        if self.cancelled:
            return "cancelled"
        parts = [f"{self.booked} booked{_of_schools(self.schools_booked)}"]
        if self.waiting:
            parts.append(f"{self.waiting} waiting for a place")
        if self.came:
            parts.append(f"{self.came} came{_of_schools(self.schools_came)}")
        return ", ".join(parts)


def turnout(meeting: Kept, places: Iterable[Kept]) -> Turnout:
    """A meeting and its bookings, counted. Anybody who came counts as having had a place."""
    came = [each for each in places if each.get("attendance") == "attended"]
    booked = [each for each in places if _standing(each) == "booked" or each in came]
    return Turnout(
        meeting=meeting["_id"],
        theme=meeting["theme"],
        because=meeting["because"],
        title=meeting["title"],
        starts_at=meeting["starts_at"],
        ends_at=meeting["ends_at"],
        cancelled=meeting["cancelled"],
        booked=len(booked),
        waiting=sum(_standing(each) == "waiting" for each in places),
        came=len(came),
        schools_booked=_schools(booked),
        schools_came=_schools(came),
    )


def stands(kept: Kept | None, state: BookingState, is_news: bool) -> bool:
    """Whether a message about a booking is the one to keep: an end is final, otherwise the latest counts."""
    if kept is None or "state" not in kept:
        return True
    if _standing(kept) == "ended":
        return False
    return state == "ended" or is_news


def _standing(kept: Kept) -> BookingState | None:
    """How a booking stands; None where only its attendance is known."""
    standing: BookingState | None = kept.get("state")
    return standing


def _schools(places: Iterable[Kept]) -> int:
    return len({each["urn"] for each in places if each["urn"]})


def _of_schools(count: int) -> str:
    return f" from {number_of(count, 'school')}" if count else ""
