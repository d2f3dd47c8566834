"""What schools' management information systems (MIS) tell us."""

from typing import Annotated, Literal, Self

from pydantic import EmailStr, Field, model_validator

from shared.contracts.fields import (
    Address,
    Code,
    Count,
    Day,
    Language,
    Phase,
    SeenText,
    Session,
    ShortText,
    Text,
    Upn,
    Urn,
    Value,
)
from shared.contracts.untidy import MisEvent


class SchoolUpdated(MisEvent):
    """A school's name and its attendance contact, as they are now."""

    type: Literal["mis.school_updated.v1"] = "mis.school_updated.v1"
    urn: Urn
    name: SeenText | None
    """None: the one before stays."""
    attendance_email: EmailStr | None
    """None: no mailbox is known that can be written to."""
    attendance_phone: SeenText | None = None
    district: SeenText | None = None
    phase: Phase | None = None


class Parent(Value):
    """A parent in the sense of s.576 Education Act 1996; `parent_id` is opaque and the MIS's own."""

    parent_id: SeenText
    name: SeenText
    address: Address | None = None
    email: EmailStr | None = None
    phone: SeenText | None = None
    day_to_day_care: bool = False
    language: Language | None = None
    """In which they wish to be written to."""


class PupilUpdated(MisEvent):
    """A pupil, the school whose roll they are on, and their parents, as they are now."""

    type: Literal["mis.pupil_updated.v1"] = "mis.pupil_updated.v1"
    upn: Upn
    urn: Urn
    given_name: SeenText | None
    family_name: SeenText | None
    """Some people have one name only: either may be null, not both."""
    date_of_birth: Day | None
    year_group: SeenText | None = None
    address: Address | None = None
    on_roll_from: Day | None = None
    left_on: Day | None = None
    looked_after: bool | None = None
    """Whether the child is looked after by the authority; None where the school does not say."""
    parents: tuple[Parent, ...] = ()

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.given_name is None and self.family_name is None:
            raise ValueError("given_name or family_name: give one of them")
        return self


class HalfDay(Value):
    """A session that does not happen on a day that otherwise does."""

    date: Day
    session: Session


class CalendarPublished(MisEvent):
    """The days on which a school is open: Monday to Friday from `first` to `last`, less `closed` and `half_days`.

    A later calendar replaces an earlier one for the dates that it spans. In a week of which a calendar spans any day,
    there is no session on days that none spans.
    """

    type: Literal["mis.calendar_published.v1"] = "mis.calendar_published.v1"
    urn: Urn
    first: Day
    last: Day
    closed: tuple[Day, ...] = ()
    half_days: tuple[HalfDay, ...] = ()

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.last < self.first:
            raise ValueError("last: must not be before first")
        return self


class Mark(Value):
    """One pupil's attendance code in a register."""

    upn: Upn
    code: Code


class RegisterTaken(MisEvent):
    """One register: a group's marks for one session. The higher revision wins, mark by mark.

    A mark sent before the session's day counts nothing, and yields to whatever is said from that day on.
    """

    type: Literal["mis.register_taken.v1"] = "mis.register_taken.v1"
    urn: Urn
    date: Day
    session: Session
    group: ShortText | None
    revision: Count
    marks: tuple[Mark, ...]


class AmendedMark(Value):
    """One corrected mark, with who corrected it and why (the law keeps original, amendment, reason, date and name)."""

    upn: Upn
    date: Day
    session: Session
    code: Code
    revision: Count
    reason: Text | None = None
    by: ShortText | None = None


class MarksAmended(MisEvent):
    """Corrections of single marks. For one pupil, school, date and session the highest revision wins; equal
    revisions: the later event time, then the greater event id."""

    type: Literal["mis.marks_amended.v1"] = "mis.marks_amended.v1"
    urn: Urn
    marks: Annotated[tuple[AmendedMark, ...], Field(min_length=1)]


class AlertSession(Value):
    """One session on which an MIS's own alert rests."""

    date: Day
    session: Session
    code: Code


class MisThresholdAlert(MisEvent):
    """An MIS's own verdict that the threshold is met. It is checked against our rule, never believed."""

    type: Literal["mis.absence_threshold_reached.v1"] = "mis.absence_threshold_reached.v1"
    upn: Upn
    urn: Urn
    sessions: tuple[AlertSession, ...] = ()
