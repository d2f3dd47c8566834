"""What the bookings service says of meetings, of places, and of who came: one event for each person to be told."""

from typing import Annotated, Literal

from pydantic import EmailStr, Field

from shared.contracts.base import Event
from shared.contracts.fields import Count, Day, Reference, ShortText, Text, Urn
from shared.contracts.hosting import CancelReason
from shared.contracts.meetings import (
    Attendee,
    Booker,
    BookingLinks,
    Diary,
    Instant,
    Line,
    Link,
    MeetingBefore,
    MeetingCause,
    MeetingTold,
    Mode,
)
from shared.contracts.notices import Reason
from shared.contracts.web import WebAddress

Outcome = Literal["confirmed", "waiting", "offered"]


class AboutMeeting(Event):
    """Concerns a meeting, for whoever shows or counts meetings."""

    meeting: Reference
    revision: Count
    title: Line
    kind: ShortText
    starts_at: Instant
    ends_at: Instant | None
    modes: tuple[Mode, ...]
    where: Text
    cause: MeetingCause | None = None


class MeetingPublished(AboutMeeting):
    """A meeting can be booked from now on."""

    type: Literal["bookings.meeting_published.v1"] = "bookings.meeting_published.v1"
    capacity: dict[Mode, Count | None]


class MeetingChanged(AboutMeeting):
    """A meeting is not quite what it was. Only a material change is told to the people who booked."""

    type: Literal["bookings.meeting_changed.v1"] = "bookings.meeting_changed.v1"
    changed: tuple[ShortText, ...]
    material: bool


class MeetingCancelled(AboutMeeting):
    """A meeting does not take place."""

    type: Literal["bookings.meeting_cancelled.v1"] = "bookings.meeting_cancelled.v1"
    reason: Text


class AboutBooking(Event):
    """Something that one person is to be told of their booking; it holds everything that the message needs."""

    booking: Reference
    meeting: Reference
    person: Attendee
    """Whom to tell."""
    urn: Urn | None = None
    booked_by: Booker | None = None
    about: MeetingTold
    links: BookingLinks = BookingLinks()
    diary: Diary | None = None
    """Attached to the message, so that the person's diary follows; None where there is nothing for a diary."""


class BookingConfirmed(AboutBooking):
    """A place is the person's."""

    type: Literal["bookings.booking_confirmed.v1"] = "bookings.booking_confirmed.v1"
    because: Literal["place_free", "promoted", "offer_accepted", "substituted"]


class BookingWaitlisted(AboutBooking):
    """No place is free for the person now: they are on the list, in order of acceptance."""

    type: Literal["bookings.booking_waitlisted.v1"] = "bookings.booking_waitlisted.v1"
    position: Annotated[Count, Field(ge=1)]
    because: Literal["full", "school_limit", "substituted", "changed_mode"]


class BookingOffered(AboutBooking):
    """A place became free so late that the person is asked first: it is kept for them until `offer_until`."""

    type: Literal["bookings.booking_offered.v1"] = "bookings.booking_offered.v1"
    offer_until: Instant


class BookingCancelled(AboutBooking):
    """The booking is over. `late`: within the freeze before the meeting; the reason is recorded, nothing is charged."""

    type: Literal["bookings.booking_cancelled.v1"] = "bookings.booking_cancelled.v1"
    because: Literal[
        "cancelled", "meeting_cancelled", "offer_declined", "offer_expired", "substituted", "list_closed", "taken_over"
    ]
    reason: CancelReason | None = None
    words: Text | None = None
    """What the host says of a meeting that is called off."""
    late: bool = False


class BookingChanged(AboutBooking):
    """What the person booked has changed in what matters to them: they are asked whether they are still coming."""

    type: Literal["bookings.booking_changed.v1"] = "bookings.booking_changed.v1"
    outcome: Outcome
    changed: tuple[ShortText, ...]
    was: MeetingBefore | None = None
    """How it was before."""
    position: Count | None = None
    offer_until: Instant | None = None


class BookingRefused(AboutBooking):
    """The person could not be booked in; every reason why, in words for them."""

    type: Literal["bookings.booking_refused.v1"] = "bookings.booking_refused.v1"
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class BookedOnBehalf(AboutBooking):
    """What came of a booking, for whoever made it on the person's behalf: at first, and of each later turn once.

    `to` is told, and has a link to cancel it while it stands.
    """

    type: Literal["bookings.booked_on_behalf.v1"] = "bookings.booked_on_behalf.v1"
    to: Booker
    outcome: Outcome | Literal["refused", "ended"]
    because: ShortText | None = None
    """Why it is confirmed or ended, as BookingConfirmed and BookingCancelled say it."""
    position: Count | None = None
    offer_until: Instant | None = None
    changed: tuple[ShortText, ...] = ()
    """What of the meeting has changed, where that is what is told."""
    was: MeetingBefore | None = None
    """How it was before."""
    words: Text | None = None
    """What the host says of a meeting that is called off."""
    reasons: tuple[Reason, ...] = ()


class ChangeRefused(AboutBooking):
    """What a person, or somebody for them, asked of a booking, and the rules or its state forbid. Nothing changed."""

    type: Literal["bookings.change_refused.v1"] = "bookings.change_refused.v1"
    command: ShortText
    asked_by: Literal["attendee", "school", "staff"] | None = None
    """Who asked; staff see the answer at once, and the person is not troubled with it."""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class HostRefused(Event):
    """What a host asked of a meeting, and its bookings or its state forbid. Nothing changed."""

    type: Literal["bookings.host_refused.v1"] = "bookings.host_refused.v1"
    meeting: Reference
    command: ShortText
    asked_by: ShortText
    """The staff id of whom it came from."""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class ReminderDue(AboutBooking):
    """Time to remind a person; several reminders that fall together are one."""

    type: Literal["bookings.reminder_due.v1"] = "bookings.reminder_due.v1"
    reminders: Annotated[tuple[Literal["7_days", "1_working_day", "1_hour"], ...], Field(min_length=1)]


class FollowUpDue(AboutBooking):
    """After a meeting: what those who came and those who missed are sent, each in their own words."""

    type: Literal["bookings.follow_up_due.v1"] = "bookings.follow_up_due.v1"
    attendance: Literal["attended", "apologies", "no_show", "not_recorded"]
    recording: WebAddress | None = None
    materials: tuple[Link, ...] = ()


class StandingChanged(Event):
    """How a booking stands from now on, for whoever counts: of meetings that a survey caused. It names nobody."""

    type: Literal["bookings.standing_changed.v1"] = "bookings.standing_changed.v1"
    booking: Reference
    meeting: Reference
    urn: Urn | None = None
    standing: Literal["booked", "waiting", "ended"]
    cause: MeetingCause


class AttendanceRecorded(Event):
    """What the register says of one booking, from now on."""

    type: Literal["bookings.attendance_recorded.v1"] = "bookings.attendance_recorded.v1"
    booking: Reference
    meeting: Reference
    urn: Urn | None = None
    status: Literal["attended", "apologies", "no_show", "not_recorded"]
    how: Literal["joined", "host"]
    late: bool
    """Recorded after the day of the meeting."""
    cause: MeetingCause | None = None
    """Why the meeting was put on."""


class EvaluationAsked(AboutBooking):
    """Somebody came, and the host wants to know how it was before they have their certificate: `links.evaluate`."""

    type: Literal["bookings.evaluation_asked.v1"] = "bookings.evaluation_asked.v1"
    questions: Annotated[Count, Field(ge=1)]
    """How many."""


class CertificateIssued(AboutBooking):
    """A person's attendance is certified: the PDF is behind `links.certificate`.

    The code means nothing; whoever has it can have it checked at `check`.
    """

    type: Literal["bookings.certificate_issued.v1"] = "bookings.certificate_issued.v1"
    code: Reference
    held_on: Day
    hours: ShortText
    """How long it was, in words; "not stated" where no end was given."""
    check: WebAddress


class SchoolNudged(Event):
    """A school has not booked for a meeting yet: one friendly reminder, once for each meeting."""

    type: Literal["bookings.school_nudged.v1"] = "bookings.school_nudged.v1"
    meeting: Reference
    urn: Urn
    school: ShortText
    email: EmailStr
    about: MeetingTold


class ReachReported(Event):
    """The schools of one district that no meeting has reached in a school year: feeds Targeting Support Meetings."""

    type: Literal["bookings.reach_reported.v1"] = "bookings.reach_reported.v1"
    school_year: Count
    district: ShortText
    schools: Count
    """How many schools the district has."""
    never_reached: tuple[Urn, ...]
