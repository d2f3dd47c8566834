"""What hosts, schools and the duty line may ask of the bookings service: commands on meetings and bookings."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.contracts.base import Command
from shared.contracts.fields import Count, Person, Reference, ShortText, Text, Urn, Value
from shared.contracts.meetings import Attendee, Booker, Line, Link, MeetingDetails, Mode, Needs
from shared.contracts.web import WebAddress
from shared.writing.mailboxes import reachable

Coming = Annotated[Attendee, AfterValidator(reachable)]
Acting = Annotated[Booker, AfterValidator(reachable)]


class PublishMeeting(Command):
    """Put a meeting on. Its reference, M-…, is derived from this command's id."""

    type: Literal["bookings.publish_meeting.v1"] = "bookings.publish_meeting.v1"
    details: MeetingDetails
    by: Person


class MeetingCommand(Command):
    """Concerns one meeting; `by` is the host or a colleague."""

    meeting: Reference
    by: Person


class ChangeMeeting(MeetingCommand):
    """The meeting as it is from now on, whole. Whoever is coming is told of what matters to them."""

    type: Literal["bookings.change_meeting.v1"] = "bookings.change_meeting.v1"
    details: MeetingDetails
    seen: Annotated[Count, Field(ge=1)] | None = None
    """The revision that was changed; another colleague's change in between is then not undone."""
    wording_only: bool = False
    """A place's name is only spelt better: nobody is told. Time and joining link always matter."""


class CancelMeeting(MeetingCommand):
    """Call a meeting off. Everybody who was coming or waiting is told, with the reason."""

    type: Literal["bookings.cancel_meeting.v1"] = "bookings.cancel_meeting.v1"
    reason: Text


class RecordMaterials(MeetingCommand):
    """Recording and materials of a meeting that has taken place: those who came and those who missed get them."""

    type: Literal["bookings.record_materials.v1"] = "bookings.record_materials.v1"
    recording: WebAddress | None = None
    materials: Annotated[tuple[Link, ...], Field(max_length=20)] = ()


class AttendanceMark(Value):
    """What the register says of one booking."""

    booking: Reference
    status: Literal["attended", "apologies", "no_show", "not_recorded"]


class RecordAttendance(MeetingCommand):
    """Marks of a meeting's register. With `rest`, everybody not yet recorded gets that mark too."""

    type: Literal["bookings.record_attendance.v1"] = "bookings.record_attendance.v1"
    marks: Annotated[tuple[AttendanceMark, ...], Field(max_length=5000)] = ()
    rest: Literal["attended", "no_show"] | None = None


WaiveReason = Literal["told_us_otherwise", "page_does_not_open", "needs_it_now", "other"]


class WaiveEvaluation(MeetingCommand):
    """Let somebody who came have their certificate without the meeting's evaluation."""

    type: Literal["bookings.waive_evaluation.v1"] = "bookings.waive_evaluation.v1"
    booking: Reference
    reason: WaiveReason


class NudgeSchools(MeetingCommand):
    """Remind each school that the meeting is for, and that nobody has booked for, once."""

    type: Literal["bookings.nudge_schools.v1"] = "bookings.nudge_schools.v1"
    districts: tuple[ShortText, ...] = ()
    """Only schools of these districts; empty: all."""


class ReportReach(Command):
    """Say which schools no meeting has reached in a school year, district by district."""

    type: Literal["bookings.report_reach.v1"] = "bookings.report_reach.v1"
    school_year: Annotated[Count, Field(ge=2000, le=2100)]
    """The year in which it begins: 2024 is 1 September 2024 to 31 August 2025."""
    by: Person


class RequestBooking(Command):
    """Ask for a place. The booking's reference, B-…, is derived from this command's id."""

    type: Literal["bookings.request_booking.v1"] = "bookings.request_booking.v1"
    meeting: Reference
    person: Coming
    urn: Urn | None = None
    mode: Mode | None = None
    """How they come; may be left out where the meeting has one way only."""
    booked_by: Acting | None = None
    """Who books on the person's behalf; None: they do it themselves."""
    needs: Needs | None = None
    approved_by: Person | None = None
    """A colleague who lets somebody in whom the audience or the school limit would shut out."""
    source: Line | None = None
    """Where a booking made elsewhere came from."""


class BookingCommand(Command):
    """Concerns one booking. `by` is who acts for the person; None: they do it themselves."""

    booking: Reference
    by: Acting | None = None
    turn: Count | None = None
    """Whose link was used: how many people had held the booking before. A link of an earlier holder does nothing."""


CancelReason = Literal["cannot_come", "sickness", "ofsted", "safeguarding", "other"]


class CancelBooking(BookingCommand):
    """Give a place, or a position on the waiting list, back. It costs nothing, however late."""

    type: Literal["bookings.cancel_booking.v1"] = "bookings.cancel_booking.v1"
    reason: CancelReason = "cannot_come"


class Substitute(BookingCommand):
    """A colleague from the same school comes instead: the place, its history and its diary entry pass to them."""

    type: Literal["bookings.substitute.v1"] = "bookings.substitute.v1"
    person: Coming
    urn: Urn | None = None
    approved_by: Person | None = None


class ChangeBooking(BookingCommand):
    """Come the other way: online instead of in person, or the reverse."""

    type: Literal["bookings.change_booking.v1"] = "bookings.change_booking.v1"
    mode: Mode
    approved_by: Person | None = None


class AcceptOffer(BookingCommand):
    """Take the place that was offered."""

    type: Literal["bookings.accept_offer.v1"] = "bookings.accept_offer.v1"


class DeclineOffer(BookingCommand):
    """Leave the place that was offered to the next on the list."""

    type: Literal["bookings.decline_offer.v1"] = "bookings.decline_offer.v1"


class ConfirmComing(BookingCommand):
    """Still coming, after the meeting was moved or changed."""

    type: Literal["bookings.confirm_coming.v1"] = "bookings.confirm_coming.v1"


BOOKING_COMMANDS: tuple[type[BookingCommand], ...] = (
    CancelBooking,
    Substitute,
    ChangeBooking,
    AcceptOffer,
    DeclineOffer,
    ConfirmComing,
)
