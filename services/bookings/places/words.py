"""A meeting, and what was decided, in words for people. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.bookings.places.states import Happened
from shared.contracts.meetings import MeetingDetails, Mode
from shared.time.clock import moment, period
from shared.writing.counting import number_of

WAYS: Mapping[Mode, str] = {"in_person": "in person", "online": "online"}
KINDS = {"network_meeting": "network meeting", "webcast": "webcast", "support_meeting": "Targeting Support Meeting"}


def when(details: MeetingDetails) -> str:
    """The day and time as people write them: Thursday 13 June 2024, 9.30am to 12.30pm."""
    return period(details.starts_at, details.ends_at)


def where(details: MeetingDetails, mode: Mode | None = None) -> str:
    """Place and address on one line; "online" for people who join remotely."""
    room = ", ".join((details.in_person.place, *details.in_person.address)) if details.in_person else ""
    if mode is not None:
        return room if mode == "in_person" else "online"
    return f"{room}, or online" if room and details.online else room or "online"


def as_it_was(details: MeetingDetails, mode: Mode | None) -> dict[str, Any]:
    """What somebody who comes this way was told before, to show beside how it is now."""
    kept = {"starts_at": details.starts_at, "ends_at": details.ends_at}
    return {**kept, "mode": mode, "where": where(details, mode)}


def changes(before: MeetingDetails, after: MeetingDetails, changed: Iterable[str]) -> list[str]:
    """Each change of a meeting, one on a line, as it was and as it will be; start and end count as one."""
    found = {}
    for name in changed:
        if name in ("starts_at", "ends_at"):
            found["when"] = (when(before), when(after))
        else:
            found[name] = (_listed(getattr(before, name)), _listed(getattr(after, name)))
    return [f"{name.replace('_', ' ')}: {was} → {now}" for name, (was, now) in found.items()]


def _listed(value: Any) -> str:
    """A part of a meeting's description on one line, without empty fields."""
    if value in (None, (), ""):
        return "nothing"
    if isinstance(value, BaseModel):
        given = {name: each for name, each in value if each not in (None, ())}
        return ", ".join(f"{name.replace('_', ' ')} {_listed(each)}" for name, each in given.items()) or "open to all"
    if isinstance(value, tuple):
        return "; ".join(map(_listed, value))
    return str(value)


def length(details: MeetingDetails) -> str:
    """How long a meeting is: 3 hours, 1 hour 30 minutes, or "not stated"."""
    if details.ends_at is None:
        return "not stated"
    hours, minutes = divmod(int((details.ends_at - details.starts_at).total_seconds()) // 60, 60)
    parts = [number_of(hours, "hour")] if hours else []
    return " ".join([*parts, number_of(minutes, "minute")] if minutes else parts)


def people(count: int) -> str:
    return number_of(count, "person", "people")


def places(count: int) -> str:
    return number_of(count, "place")


_BECAUSE = {
    "place_free": "a place was free",
    "promoted": "a place became free",
    "offer_accepted": "the offered place was accepted",
    "full": "the meeting was full",
    "school_limit": "the school already has as many places as each school can have for now",
    "school_has_places": "schools without a place come first, and this school has one",
    "erased": "its person asked for their data to be erased",
    "taken_over": "the person took over a colleague's place",
}
_FREED = {
    "cancelled": "somebody cancelled",
    "offer_declined": "somebody declined an offer",
    "offer_expired": "an offer was not answered in time",
    "changed_mode": "somebody changed between online and in person",
    "more_places": "the meeting was changed",
    "limit_ended": "the limit per school ended",
}
_CHANGED = {
    "starts_at": "the start time",
    "ends_at": "the end time",
    "place": "the venue",
    "mode": "how people come",
    "link": "the joining link",
}
_REASONS = {
    "cannot_come": "cannot come",
    "sickness": "sickness",
    "ofsted": "Ofsted",
    "safeguarding": "safeguarding",
    "told_us_otherwise": "they told us in another way",
    "page_does_not_open": "they cannot open the page",
    "needs_it_now": "they need it now",
    "other": "another reason",
}
_SENTENCES: Mapping[Happened, str] = {
    "refused": "Not booked",
    "confirmed": "Confirmed",
    "waitlisted": "Put on the waiting list at position {position}",
    "offered": "Offered a place until {until}",
    "offer_declined": "They declined the place; it went to the next person",
    "offer_expired": "They did not answer the offer in time; the place went to the next person",
    "list_closed": "The meeting started and no place had become free",
    "cancelled": "Cancelled",
    "substituted": "Handed to a colleague from the same school",
    "changed_mode": "Changed to coming {mode}",
    "meeting_changed": "The meeting changed: {changed}",
    "passed_over": "A place went to the person at number {given_to}",
    "change_refused": "A change could not be made",
    "still_coming": "They are still coming",
    "materials_recorded": "Recording and materials were shared",
    "reminded": "Reminded: {reminders}",
    "followed_up": "The follow-up email was sent",
    "attendance": "Register: {status}",
    "evaluation_asked": "Asked for feedback before the certificate",
    "evaluated": "Gave feedback",
    "evaluation_waived": "May have the certificate without giving feedback",
    "certified": "A certificate was issued",
    "certificate_withdrawn": "The certificate was withdrawn",
    "undelivered": "A message ({template}) could not be delivered: {why}",
    "forgotten": "The names were deleted at the end of the time for which they are kept",
}
ENTRY_KINDS = frozenset(_SENTENCES)


def sentence(entry: Mapping[str, Any]) -> str:
    """One entry of a booking's history in words. It names nobody."""
    what = entry["what"]
    text = _SENTENCES[what].format_map({name: _plain(name, value) for name, value in entry.items()})
    if entry.get("because") == "meeting_cancelled":
        text += f" with the whole meeting: {entry['words']}"
    elif entry.get("because") in _BECAUSE:
        text += f": {_BECAUSE[entry['because']]}"
    if entry.get("freed"):
        text += f" ({_FREED[entry['freed']]})"
    if entry.get("reason"):
        text += f" ({_REASONS[entry['reason']]}{', late' if entry.get('late') else ''})"
    elif what == "attendance" and entry.get("late"):
        text += " (a late edit)"
    if "reasons" in entry:
        text += ": " + " ".join(reason["words"] for reason in entry["reasons"])
    by = entry.get("by")
    if by and by["role"] != "attendee":
        text += f", by {'a colleague at the school' if by['role'] == 'school' else 'staff'}"
        text += f" {by['id']}" if by.get("id") else ""
    return text if text.endswith(".") else text + "."


def _plain(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if name == "changed":
        return " and ".join(_CHANGED[each] for each in value)
    if name == "mode" and value in WAYS:
        return WAYS[value]
    if isinstance(value, list):
        return " and ".join(str(each).replace("_", " ") for each in value)
    return str(value).replace("_", " ")
