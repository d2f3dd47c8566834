"""What falls due for one booking: reminders before the meeting, the certificate and the follow-up, then forgetting.

Reminders come 7 days and 1 working day before, in London time, and 1 hour before an online meeting. Two that
fall close together become one, at the later time; one that would come straight after the confirmation is left out.
Pure.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.bookings.booking.booking import NOTHING_TO_ASK, Booking
from services.bookings.places.meeting import Entry, Moment
from services.bookings.places.rules import Rules
from shared.contracts.meetings import MeetingDetails, Mode
from shared.time.clock import LONDON, local_date
from shared.time.working_days import add_working_days

Kind = Literal["7_days", "1_working_day", "1_hour"]

_CLOSE = timedelta(days=2)  # the second of two reminders this close would say nothing new
_JUST_TOLD = timedelta(hours=12)  # the confirmation is still at the top of the inbox


@dataclass(frozen=True)
class Reminder:
    """One message, for one or more of the usual occasions."""

    due_at: datetime
    kinds: tuple[Kind, ...]


def reminders(details: MeetingDetails, mode: Mode | None, told_at: datetime | None, rules: Rules) -> list[Reminder]:
    """The reminders for somebody who was last told about the meeting at an instant, the earliest first."""
    day = local_date(details.starts_at)
    found = [
        Reminder(_morning(day - timedelta(days=7), rules), ("7_days",)),
        Reminder(_morning(add_working_days(day, -1), rules), ("1_working_day",)),
    ]
    merged: list[Reminder] = []
    for each in sorted(found, key=lambda reminder: reminder.due_at):
        if merged and each.due_at - merged[-1].due_at <= _CLOSE:
            each = Reminder(each.due_at, (*merged.pop().kinds, *each.kinds))  # noqa: PLW2901
        merged.append(each)
    wanted = [each for each in merged if told_at is None or each.due_at > told_at + _JUST_TOLD]
    last = Reminder(details.starts_at - timedelta(hours=1), ("1_hour",))
    if mode == "online" and (told_at is None or last.due_at > told_at):
        wanted.append(last)
    return wanted


def next_due(booking: Booking, details: MeetingDetails, now: datetime, rules: Rules) -> datetime | None:
    """When something next falls due for a booking; None if nothing will."""
    if booking.is_forgotten:
        return None
    due = [rules.forgets_at(details), *(each.due_at for each in _open_reminders(booking, details, now, rules))]
    if _at_the_end(booking, details):
        due.append(rules.ends_at(details))
    if _wants_follow_up(booking):
        due.append(booking.materials_at or rules.ends_at(details) + rules.follow_up_after)
    return min(due)


def due(booking: Booking, details: MeetingDetails, at: Moment, code: str) -> tuple[Entry, ...]:
    """Everything that has fallen due; missed reminders become one. `code`: of a new certificate."""
    if booking.is_forgotten:
        return ()
    if at.rules.forgets_at(details) <= at.now:
        return (at.entry_for(booking.reference, "forgotten"),)
    entries: list[Entry] = []
    overdue = [each for each in _open_reminders(booking, details, at.now, at.rules) if each.due_at <= at.now]
    if overdue:
        kinds = [kind for each in overdue for kind in each.kinds]
        facts = {"reminders": kinds, "starts_at": details.starts_at.isoformat()}
        entries.append(at.entry_for(booking.reference, "reminded", **facts))
    what = _at_the_end(booking, details)
    if what and at.rules.ends_at(details) <= at.now:
        entries.append(at.entry_for(booking.reference, what, **({"code": code} if what == "certified" else {})))
    follow_up_at = booking.materials_at or at.rules.ends_at(details) + at.rules.follow_up_after
    if _wants_follow_up(booking) and follow_up_at <= at.now:
        entries.append(at.entry_for(booking.reference, "followed_up"))
    return tuple(entries)


def _open_reminders(booking: Booking, details: MeetingDetails, now: datetime, rules: Rules) -> list[Reminder]:
    if booking.state != "confirmed" or now >= details.starts_at:
        return []
    sent = {
        kind
        for entry in booking.history
        if entry["what"] == "reminded" and entry["starts_at"] == details.starts_at.isoformat()
        for kind in entry["reminders"]
    }
    planned = reminders(details, booking.mode, booking.told_at, rules)
    return [each for each in planned if not sent.issuperset(each.kinds)]


def _at_the_end(booking: Booking, details: MeetingDetails) -> Literal["certified", "evaluation_asked"] | None:
    """What who came is due at the end: the certificate, or first the question how it was; None: nothing more."""
    if booking.attendance != "attended" or booking.certificate is not None:
        return None
    if not details.evaluation or booking.evaluation in NOTHING_TO_ASK:
        return "certified"
    return "evaluation_asked" if booking.evaluation == "not_asked" else None


def _wants_follow_up(booking: Booking) -> bool:
    """People who came, who missed it, and who never got a place."""
    missed_or_came = booking.comes or booking.state == "list_closed"
    return missed_or_came and not any(entry["what"] == "followed_up" for entry in booking.history)


def _morning(day: date, rules: Rules) -> datetime:
    return datetime.combine(day, rules.remind_at, LONDON)
