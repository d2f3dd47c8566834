"""The register of a meeting: who came, who sent apologies, who did not; printed, as a table, and corrected.

Apologies are not a no-show: cancelling within the freeze is listed as apologies. An edit after the meeting's day
is late, and every edit records who made it and when.
Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from services.bookings.booking.booking import Attendance, Booking
from services.bookings.places.asking import School
from services.bookings.places.meeting import Entry, Meeting, Moment
from services.bookings.places.rules import Rules
from services.bookings.places.words import WAYS, people, when, where
from shared.contracts.hosting import RecordAttendance
from shared.contracts.meetings import MeetingDetails
from shared.contracts.notices import Reason
from shared.decisions.deciding import because
from shared.time.clock import local_date, moment
from shared.writing.paper import Page, Section

COLUMNS = ("booking", "name", "role", "school", "urn", "email", "how", "attendance", "recorded", "access", "diet")
_NAMES: Mapping[Attendance, str] = {
    "attended": "attended",
    "apologies": "apologies",
    "no_show": "no-show",
    "not_recorded": "not recorded",
}
Door = Literal["open", "early", "over", "closed"]
"""What becomes of whoever opens the joining link."""
Needs = Mapping[str, Mapping[str, Any]]
"""What people need, by their booking."""


def status(booking: Booking) -> Attendance:
    """What the register says about a booking; late apologies stay until somebody records something else."""
    if booking.state == "cancelled" and booking.attendance == "not_recorded":
        return "apologies"
    return booking.attendance


def listed(bookings: Iterable[Booking]) -> list[Booking]:
    """The bookings of a register, by name."""
    return sorted((each for each in bookings if each.comes), key=lambda each: each.person.name.casefold())


def problems(bookings: Mapping[str, Booking], command: RecordAttendance, meeting: Meeting, at: Moment) -> list[Reason]:
    """Why these marks cannot be recorded; then none of them is."""
    if at.now < meeting.details.starts_at:
        return [because("has_not_begun", f"The meeting has not started: it is on {when(meeting.details)}.")]
    return [
        because("not_in_register", f"marks: {mark.booking} is not in the register of this meeting.")
        for mark in command.marks
        if mark.booking not in bookings or not bookings[mark.booking].comes
    ]


def marks(bookings: Mapping[str, Booking], command: RecordAttendance) -> dict[str, Attendance]:
    """The mark for each booking: those given, and for all others the command's mark for the rest, if it has one."""
    given: dict[str, Attendance] = {mark.booking: mark.status for mark in command.marks}
    if command.rest is not None:
        for booking in listed(bookings.values()):
            if status(booking) == "not_recorded":
                given.setdefault(booking.reference, command.rest)
    return given


def edit(booking: Booking, mark: Attendance, details: MeetingDetails, at: Moment, by: str) -> tuple[Entry, ...]:
    """A mark by the host; it withdraws a certificate that it contradicts."""
    late = local_date(at.now) > local_date(details.starts_at)
    who = {"role": "staff", "id": by}
    facts = {"status": mark, "was": status(booking), "how": "host", "late": late, "by": who}
    entry = at.entry_for(booking.reference, "attendance", **facts)
    if booking.certificate and mark != "attended":
        return entry, at.entry_for(booking.reference, "certificate_withdrawn", code=booking.certificate)
    return (entry,)


def joined(booking: Booking, at: Moment) -> tuple[Entry, ...]:
    """Somebody who opens the joining link while the meeting runs has attended."""
    if booking.attendance == "attended":
        return ()
    facts = {"status": "attended", "was": booking.attendance, "how": "joined", "late": False}
    return (at.entry_for(booking.reference, "attendance", **facts),)


def door(booking: Booking, details: MeetingDetails, now: datetime, rules: Rules) -> Door:
    """Whether the joining link opens now: `open`, `early`, `over`, or `closed` to somebody without a place online."""
    if booking.state != "confirmed" or booking.mode != "online" or details.online is None:
        return "closed"
    if now < details.starts_at - rules.join_before:
        return "early"
    return "open" if now < rules.ends_at(details) + rules.join_after else "over"


def rows(bookings: Iterable[Booking], schools: Mapping[str, School], needs: Needs) -> list[dict[str, Any]]:
    """The register as a table; cells are made safe for spreadsheets when it is written."""
    return [
        {
            "booking": each.reference,
            "name": each.person.name,
            "role": each.person.role or "",
            "school": school_of(each, schools),
            "urn": each.urn or "",
            "email": each.person.email,
            "how": WAYS[each.mode] if each.mode else "",
            "attendance": _NAMES[status(each)],
            "recorded": _recorded(each),
            "access": needs.get(each.reference, {}).get("access") or "",
            "diet": needs.get(each.reference, {}).get("diet") or "",
        }
        for each in listed(bookings)
    ]


def page(
    meeting: Meeting, bookings: Iterable[Booking], schools: Mapping[str, School], needs: Needs, now: datetime
) -> Page:
    """The register for the table at the door: who is expected, how they come, and what they need."""
    expected = listed(bookings)
    count = Counter(_NAMES[status(each)] for each in expected)
    lead = (
        f"{when(meeting.details)}, {where(meeting.details)}.",
        f"{people(len(expected))}: " + ", ".join(f"{number} {what}" for what, number in sorted(count.items())) + ".",
        f"As known on {moment(now)}. For the host only. Keep it private and destroy it after the meeting.",
    )
    sections = [
        Section(
            f"{WAYS[mode].capitalize()}", rows=tuple(_line(each, schools) for each in expected if each.mode == mode)
        )
        for mode in meeting.details.modes
    ]
    sections.append(Section("What people need", rows=tuple(_needed(expected, needs))))
    sections.append(Section("Late edits", rows=tuple(_late_edits(expected))))
    return Page(f"Register: {meeting.details.title}", lead, tuple(each for each in sections if each.rows))


def _line(booking: Booking, schools: Mapping[str, School]) -> tuple[str, str]:
    role = f", {booking.person.role}" if booking.person.role else ""
    return f"[  ] {booking.person.name}", f"{school_of(booking, schools)}{role}; {_NAMES[status(booking)]}"


def _needed(expected: Iterable[Booking], needs: Needs) -> Iterator[tuple[str, str]]:
    for booking in expected:
        known = needs.get(booking.reference, {})
        words = [f"{what}: {known[what]}" for what in ("access", "diet") if known.get(what)]
        if words:
            yield booking.person.name, "; ".join(words)


def _late_edits(expected: Iterable[Booking]) -> Iterator[tuple[str, str]]:
    for booking in expected:
        for entry in booking.history:
            if entry["what"] == "attendance" and entry["late"]:
                change = f"{_NAMES[entry['was']]} became {_NAMES[entry['status']]}"
                yield booking.person.name, f"{change}, {moment(entry['at'])}, by {entry['by']['id']}"


def school_of(booking: Booking, schools: Mapping[str, School]) -> str:
    """The school's name, its number if the name is unknown, or a note that no school was named."""
    if booking.urn is None:
        return "no school named"
    return schools[booking.urn].name if booking.urn in schools else f"school {booking.urn}"


def _recorded(booking: Booking) -> str:
    entries = [entry for entry in booking.history if entry["what"] == "attendance"]
    if not entries:
        return ""
    last = entries[-1]
    who = "by joining" if last["how"] == "joined" else f"by {last['by']['id']}"
    return f"{moment(last['at'])} {who}" + (", late" if last["late"] else "")
