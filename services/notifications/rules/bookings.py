"""Who is told of what happens to meetings and bookings. Pure.

Each message gives a booking's full state, so a later one makes every earlier one stale. Answers to somebody,
and messages with a time of their own, do not wait for working hours; those after a meeting do.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.notifications.rules.rule import Recipient, Rule, school, spoken, to_team
from services.notifications.words.attachments import Attachment
from shared.contracts import bookings
from shared.contracts.base import Event
from shared.contracts.meetings import Link
from shared.people.invitations import MEDIA_TYPE, invitation

NOBODY: Mapping[type[Event], str] = {
    bookings.MeetingPublished: "schools hear of meetings by an MI Sheet, and once by a nudge",
    bookings.MeetingChanged: "each person whom the change concerns is told by booking_changed",
    bookings.MeetingCancelled: "each person who was coming or waiting is told by booking_cancelled",
    bookings.StandingChanged: "the same turn of a booking is told to its person; this one is for counting",
    bookings.AttendanceRecorded: "people who came get a certificate, and everybody gets the follow-up",
    bookings.ReachReported: "the team looks at it with `everyday bookings reach`",
}
"""Events that nobody is told about, and why."""

STANDINGS = ("booking_confirmed", "booking_waitlisted", "booking_offered", "booking_changed", "meeting_reminder")
"""Rules about a booking's state: any later decision makes them stale."""

Facts = Callable[[Any], Mapping[str, Any]]


def _person(event: Any) -> tuple[Recipient, ...]:
    return (Recipient(f"booking:{event.booking}", event.person.name, event.person.email),)


def _booker(event: bookings.BookedOnBehalf) -> tuple[Recipient, ...]:
    return (Recipient(f"booker:{event.booking}", event.to.name, event.to.email),)


def _only(wanted: Callable[[Any], bool]) -> Callable[[Any], tuple[Recipient, ...]]:
    """The person, for events that meet this condition; nobody for the others."""
    return lambda event: _person(event) if wanted(event) else ()


def _fields(*names: str) -> Facts:
    """The booking and its meeting, with these further fields of the event."""

    def facts(event: bookings.AboutBooking) -> Mapping[str, Any]:
        return {
            "booking": event.booking,
            "name": event.person.name,
            "title": event.about.title,
            "meeting": _meeting(event),
            "links": event.links.model_dump(),
            "has_diary": event.diary is not None,
            **event.model_dump(include=set(names)),
        }

    return facts


def _meeting(event: bookings.AboutBooking | bookings.SchoolNudged) -> Mapping[str, Any]:
    return {**event.about.model_dump(), "agenda": _links(event.about.agenda)}


def _links(links: tuple[Link, ...]) -> list[Mapping[str, str]]:
    return [{"words": link.title, "address": link.url} for link in links]


def _followed_up(event: bookings.FollowUpDue) -> Mapping[str, Any]:
    facts = {"recording": event.recording, "materials": _links(event.materials), "attendance": event.attendance}
    return {**_fields()(event), **facts}


def _has_something(event: bookings.FollowUpDue) -> bool:
    return bool(event.recording or event.materials)


def _diary(event: bookings.AboutBooking) -> tuple[Attachment, ...]:
    """The entry for the person's diary, if there is one; its method is in the media type too."""
    if event.diary is None:
        return ()
    name = "cancellation.ics" if event.diary.method == "CANCEL" else "invitation.ics"
    return (Attachment(name, invitation(event.diary), MEDIA_TYPE, event.diary.method),)


def _starts(event: Any) -> datetime:
    instant: datetime = event.about.starts_at
    return instant


def _answer(
    event: type[Event], template: str, *facts: str, whom: Any = _person, overtakes: tuple[str, ...] = (), **more: Any
) -> Rule:
    """A message about the person's own booking."""
    options: dict[str, Any] = {"facts": _fields(*facts), "at_any_time": True, "overtakes": overtakes} | more
    return Rule(template, event, "attendee", "service", ("email",), template, whom, attach=_diary, **options)


def _standing(event: type[Event], template: str, *facts: str, **more: Any) -> Rule:
    return _answer(event, template, *facts, overtakes=STANDINGS, **more)


def _refusal(event: bookings.HostRefused) -> Mapping[str, Any]:
    return {
        "reference": event.meeting,
        "command": spoken(event.command),
        "asked_by": event.asked_by,
        "reasons": [reason.words for reason in event.reasons],
        "see": f"everyday bookings show {event.meeting}",
    }


RULES = (
    _standing(bookings.BookingConfirmed, "booking_confirmed", "because"),
    _standing(bookings.BookingWaitlisted, "booking_waitlisted", "because", "position", until=_starts),
    _standing(bookings.BookingOffered, "booking_offered", "offer_until", until=lambda event: event.offer_until),
    _standing(
        bookings.BookingChanged,
        "booking_changed",
        "outcome",
        "changed",
        "was",
        "position",
        "offer_until",
        until=_starts,
    ),
    _standing(
        bookings.BookingCancelled,
        "booking_cancelled",
        *("because", "late"),
        whom=_only(lambda event: event.because not in {"substituted", "meeting_cancelled"}),
    ),
    _standing(
        bookings.BookingCancelled,
        "booking_handed_over",
        whom=_only(lambda event: event.because == "substituted"),
    ),
    _standing(
        bookings.BookingCancelled,
        "meeting_cancelled",
        "words",
        whom=_only(lambda event: event.because == "meeting_cancelled"),
    ),
    _answer(bookings.BookingRefused, "booking_refused", "reasons"),
    _answer(
        bookings.ChangeRefused,
        "booking_change_refused",
        "reasons",
        whom=_only(lambda event: event.asked_by != "staff"),
    ),
    _answer(
        bookings.ReminderDue,
        "meeting_reminder",
        "reminders",
        overtakes=("meeting_reminder",),
        until=_starts,
    ),
    _answer(
        bookings.FollowUpDue,
        "follow_up_attended",
        whom=_only(
            lambda event: event.attendance == "attended" and (_has_something(event) or bool(event.links.evaluate))
        ),
        facts=_followed_up,
        at_any_time=False,
    ),
    _answer(
        bookings.FollowUpDue,
        "follow_up_missed",
        whom=_only(lambda event: event.attendance != "attended" and _has_something(event)),
        facts=_followed_up,
        at_any_time=False,
    ),
    _answer(
        bookings.EvaluationAsked, "evaluation_asked", "questions", overtakes=("evaluation_asked",), at_any_time=False
    ),
    _answer(
        bookings.CertificateIssued,
        "certificate_issued",
        *("code", "held_on", "hours", "check"),
        overtakes=("evaluation_asked",),
        at_any_time=False,
    ),
    Rule(
        "booked_on_behalf",
        bookings.BookedOnBehalf,
        "booker",
        "service",
        ("email",),
        "booked_on_behalf",
        _booker,
        lambda event: {
            **_fields("outcome", "because", "position", "offer_until", "changed", "was", "words", "reasons")(event),
            "booker": event.to.name,
        },
        overtakes=("booked_on_behalf",),
        at_any_time=True,
    ),
    Rule(
        "school_nudged",
        bookings.SchoolNudged,
        "school",
        "service",
        ("email",),
        "school_nudged",
        lambda event: school(event.urn),
        lambda event: {"title": event.about.title, "meeting": _meeting(event)},
        until=_starts,
    ),
    to_team("host_refused", bookings.HostRefused, "command_refused", _refusal),
)
