"""A seeded half-term of three invented schools: registers as an MIS would send them, late and corrected ones included."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from shared.contracts.base import Message
from shared.contracts.fields import Address, Session
from shared.contracts.mis import (
    AmendedMark,
    CalendarPublished,
    Mark,
    MarksAmended,
    Parent,
    PupilUpdated,
    RegisterTaken,
    SchoolUpdated,
)

FIRST, LAST = date(2024, 9, 5), date(2024, 10, 25)  # Norfolk, first half of the autumn term 2024/25
INSET = date(2024, 9, 6)
_IDS = UUID("b7e7f2c4-1d34-4a53-9a8e-3e2a4a7b9c55")
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_SCHOOLS = (
    ("990001", "Marsh Lane Primary School", "Primary", 420),
    ("990002", "Brackenfield High School", "Secondary", 980),
    ("990003", "Little Sallowby Church School", "Primary", 100),
)
_GIVEN = "Ava Noah Isla Leo Maya Oscar Freya Arthur Zara Finley Amelie Jude Priya Tomasz Ines Kofi Elsie Ravi".split()
_FAMILY = "Larter Bunn Gooch Howes Mackender Nudd Pye Thirtle Utting Wymer Kowalski Okafor Patel Silva Eke Gaze".split()
_STREETS = "Chapel Lane,Mill Road,Station Road,The Street,Church Close,Heath Drive,Orchard Way".split(",")
_TOWNS = (("Norwich", "NR3 1AB"), ("Dereham", "NR19 2DH"), ("King's Lynn", "PE30 5DD"), ("Thetford", "IP24 1AA"))
_ABSENT = (("I", 0.030), ("M", 0.008), ("L", 0.010), ("C", 0.002), ("N", 0.004), ("O", 0.004), ("U", 0.002))


@dataclass
class _Child:
    upn: str
    family: str
    given: str
    group: str
    away: frozenset[date]
    """Days of a holiday in term time that the school has not granted."""
    truant: float


def half_term(seed: int = 2024) -> Iterator[Message]:
    """Every message of the half-term in the order in which it is sent, the same for the same seed."""
    chance = random.Random(seed)
    late: list[tuple[date, Message]] = []
    schools = []
    for place, (urn, name, phase, size) in enumerate(_SCHOOLS, start=1):
        start = datetime(2024, 9, 2, 8, place, tzinfo=UTC)
        yield SchoolUpdated(
            id=_id(seed, urn), time=start, subject=urn, correlation_id=_id(seed, urn), urn=urn, name=name, phase=phase,
            attendance_email=f"attendance@school{place}.example.org",
        )  # fmt: skip
        key = _id(seed, f"{urn}:calendar")
        yield CalendarPublished(
            id=key, time=start, subject=urn, correlation_id=key, urn=urn, first=FIRST, last=date(2024, 12, 20),
            closed=(INSET, *(date(2024, 10, 28) + timedelta(days=n) for n in range(5))),
        )  # fmt: skip
        children = [_child(chance, place, number, size) for number in range(size)]
        for child in children:
            yield _pupil(chance, seed, urn, child, start)
        schools.append((urn, children))
    day = FIRST
    while day <= LAST:
        if day.weekday() < 5 and day != INSET:
            yield from _school_day(chance, seed, schools, day, late)
        yield from (message for due, message in late if due == day)
        day += timedelta(days=1)
    yield from (message for due, message in late if due > LAST)


def _school_day(
    chance: random.Random,
    seed: int,
    schools: list[tuple[str, list[_Child]]],
    day: date,
    late: list[tuple[date, Message]],
) -> Iterator[Message]:
    for urn, children in schools:
        for group in sorted({child.group for child in children}):
            for session in Session:
                marks = {child.upn: _code(chance, child, day, session) for child in children if child.group == group}
                taken = _register(seed, urn, day, session, group, marks)
                if chance.random() < 0.02:
                    late.append((day + timedelta(days=chance.randint(2, 6)), taken))
                else:
                    yield taken
                unknown = [upn for upn, code in marks.items() if code == "N"]
                if unknown:
                    after = day + timedelta(days=chance.randint(1, 4))
                    late.append((after, _corrections(chance, seed, urn, day, session, group, unknown, after)))


def _code(chance: random.Random, child: _Child, day: date, session: Session) -> str:
    if day in child.away:
        return "G"
    if chance.random() < child.truant:
        return "O"
    draw = chance.random()
    for code, rate in _ABSENT:
        draw -= rate
        if draw < 0:
            return code
    return "/" if session is Session.AM else "\\"


def _register(seed: int, urn: str, day: date, session: Session, group: str, marks: dict[str, str]) -> RegisterTaken:
    key = _id(seed, f"{urn}:{day}:{session}:{group}")
    return RegisterTaken(
        id=key, time=datetime(day.year, day.month, day.day, 9 if session is Session.AM else 13, 15, tzinfo=UTC),
        subject=f"{urn}/{day}/{session}", correlation_id=key, urn=urn, date=day, session=session, group=group,
        revision=1, marks=tuple(Mark(upn=upn, code=code) for upn, code in marks.items()),
    )  # fmt: skip


def _corrections(
    chance: random.Random, seed: int, urn: str, day: date, session: Session, group: str, upns: list[str], on: date
) -> MarksAmended:
    """The reasons that the school has found out by then."""
    key = _id(seed, f"{urn}:{day}:{session}:{group}:corrected")
    return MarksAmended(
        id=key, time=datetime(on.year, on.month, on.day, 15, 0, tzinfo=UTC), subject=urn, correlation_id=key, urn=urn,
        marks=tuple(
            AmendedMark(
                upn=upn, date=day, session=session, code=chance.choice("IIIO"), revision=2, reason="reason established",
                by="School office",
            )
            for upn in upns
        ),
    )  # fmt: skip


def _child(chance: random.Random, place: int, number: int, size: int) -> _Child:
    away: frozenset[date] = frozenset()
    if number % 150 == 7:  # a week or two away in term time
        start = date(2024, 9, 23) + timedelta(days=7 * chance.randint(0, 1))
        away = frozenset(start + timedelta(days=n) for n in range(5 if chance.random() < 0.6 else 12))
    return _Child(
        upn=_upn(place, number),
        family=chance.choice(_FAMILY),
        given=chance.choice(_GIVEN),
        group=f"{number * max(1, size // 28) // size + 1:02d}",
        away=away,
        truant=0.25 if number % 400 == 33 else 0.0,
    )


def _pupil(chance: random.Random, seed: int, urn: str, child: _Child, time: datetime) -> PupilUpdated:
    key = _id(seed, f"{urn}:{child.upn}")
    homes = [_address(chance), _address(chance)]
    apart = chance.random() < 0.2
    parents = tuple(
        Parent(
            parent_id=str(uuid5(key, f"parent {n}"))[:13],
            name=f"{chance.choice(_GIVEN)} {child.family}",
            address=None if chance.random() < 0.02 else homes[n if apart else 0],
            day_to_day_care=n == 0 or not apart,
        )
        for n in range(1 if chance.random() < 0.2 else 2)
    )
    return PupilUpdated(
        id=key, time=time, subject=urn, correlation_id=key, upn=child.upn, urn=urn, given_name=child.given,
        family_name=child.family, date_of_birth=date(2012, 1, 1) + timedelta(days=chance.randint(0, 1500)),
        address=homes[0], parents=parents, on_roll_from=date(2023, 9, 4),
    )  # fmt: skip


def _address(chance: random.Random) -> Address:
    town, postcode = chance.choice(_TOWNS)
    return Address(lines=(f"{chance.randint(1, 140)} {chance.choice(_STREETS)}", town), postcode=postcode)


def _upn(place: int, number: int) -> str:
    digits = f"926{4000 + place}23{number:03d}"
    total = sum(position * int(digit) for position, digit in enumerate(digits, start=2))
    return _LETTERS[total % 23] + digits


def _id(seed: int, what: str) -> UUID:
    return uuid5(_IDS, f"{seed}:{what}")
