"""Which schools a meeting has not reached yet, and which no meeting has reached in a school year. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, get_args

from services.bookings.booking.booking import Attendance, Booking
from services.bookings.booking.register import status
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting
from shared.time.clock import LONDON

NOWHERE = "district not known"
STATUSES: tuple[Attendance, ...] = get_args(Attendance)


@dataclass(frozen=True)
class District:
    """A district's schools: all of them, and those from which nobody came."""

    name: str
    schools: tuple[School, ...]
    never_reached: tuple[School, ...]


def school_year(day: date) -> int:
    """The year in which a day's school year began; it begins on 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def span(year: int) -> tuple[datetime, datetime]:
    """The instants at which a school year begins and ends, the end not included."""
    first, last = (datetime.combine(date(each, 9, 1), time(), LONDON) for each in (year, year + 1))
    return first.astimezone(UTC), last.astimezone(UTC)


def is_meant(school: School, meeting: Meeting) -> bool:
    """Whether a meeting is for a school; an unknown detail excludes no school."""
    audience = meeting.details.audience
    return _fits(school.phase, audience.phases) and _fits(school.district, audience.districts)


def not_yet_booked(meeting: Meeting, schools: Iterable[School], districts: Iterable[str] = ()) -> list[School]:
    """The schools that a meeting is for and from which nobody is booked, waiting or being offered a place, by name."""
    booked = {place.urn for place in meeting.live()}
    wanted = tuple(districts)
    found = [
        school
        for school in schools
        if school.urn not in booked
        and is_meant(school, meeting)
        and (not wanted or (school.district is not None and _fits(school.district, wanted)))
    ]
    return sorted(found, key=lambda school: school.name)


def by_district(schools: Iterable[School], reached: frozenset[str]) -> list[District]:
    """Every district with the schools from which nobody has attended anything."""
    found: Mapping[str, list[School]] = defaultdict(list)
    for school in sorted(schools, key=lambda each: each.name):
        found[school.district or NOWHERE].append(school)
    return [
        District(name, tuple(members), tuple(each for each in members if each.urn not in reached))
        for name, members in sorted(found.items())
    ]


def pattern(bookings: Iterable[Booking]) -> list[dict[str, Any]]:
    """How the people of each school kept their bookings: who came, sent apologies late, or stayed away."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for booking in bookings:
        if booking.urn is not None and booking.comes:
            found[booking.urn][status(booking)] += 1
    return [
        {"urn": urn, "booked": count.total(), **{name: count[name] for name in STATUSES}}
        for urn, count in sorted(found.items())
    ]


def _fits(known: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or known is None or known.casefold() in {each.casefold() for each in wanted}
