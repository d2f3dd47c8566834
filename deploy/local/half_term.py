"""A seeded half-term of three invented schools as an MIS would send it, late and corrected registers included."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
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
from shared.time.clock import LONDON

FIRST, LAST = date(2024, 9, 5), date(2024, 10, 25)  # Norfolk, first half of the autumn term 2024/25
INSET = date(2024, 9, 6)
_CLOSED = (INSET, *(date(2024, 10, 28) + timedelta(days=n) for n in range(5)))
_TERM_ENDS = date(2024, 12, 20)
_IDS = UUID("b7e7f2c4-1d34-4a53-9a8e-3e2a4a7b9c55")
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_SCHOOLS = (  # URN, name, phase, year groups, share of the pupils
    ("990001", "Marsh Lane Primary School", "Primary", range(7), 0.280),
    ("990002", "Brackenfield High School", "Secondary", range(7, 12), 0.653),
    ("990003", "Little Sallowby Church School", "Primary", range(7), 0.067),
)
# fmt: off
_GIVEN = (
    "Noah", "Oscar", "Freya", "Arthur", "Zara", "Finley", "Amelie", "Jude", "Priya", "Tomasz", "Kofi", "Elsie",
    "Harriet", "Matilda", "Jasper", "Florence", "Beatrix", "Martha", "Hamza", "Aisha", "Dominik", "Zofia", "Samuel",
    "Imogen", "Rowan", "Lottie", "Wilfred", "Daisy", "Reuben", "Nancy",
)
_FAMILY = (
    "Larter", "Bunn", "Gooch", "Howes", "Mackender", "Nudd", "Thirtle", "Wymer", "Kowalski", "Okafor", "Patel", "Silva",
    "Gaze", "Sadd", "Tooke", "Bloomfield", "Rix", "Catchpole", "Dack", "Fiddy", "Goulder", "Huggins", "Jermy", "Kett",
)
_STREETS = ("Chapel Lane", "Mill Road", "Station Road", "The Street", "Church Close", "Heath Drive", "Orchard Way")
_TOWNS = (
    ("Norwich", "NR3"), ("Dereham", "NR19"), ("Fakenham", "NR21"), ("Cromer", "NR27"), ("King's Lynn", "PE30"),
    ("Hunstanton", "PE36"), ("Thetford", "IP24"), ("Diss", "IP22"),
)
# fmt: on
_ABSENT = {"I": 0.038, "M": 0.009, "L": 0.010, "C": 0.004, "V": 0.003, "N": 0.001, "O": 0.004, "U": 0.002}
_UNKNOWN_AT_FIRST = {"I": 0.10, "O": 0.35, "G": 0.05}  # how often a register says N before the school knows better
_PURE = {"O": 0.006, "G": 0.004, "N": 0.003, "U": 0.002}


@dataclass(frozen=True)
class _Family:
    name: str
    home: Address | None
    parents: tuple[Parent, ...]
    away: tuple[date, ...] = ()
    """Days of a holiday in term time, for which the school has not given leave."""
    granted: bool = False
    """The school gives leave afterwards, and corrects what its registers say."""
    known: bool = False
    """The reason for every absence is known at once: no code N."""


@dataclass(frozen=True, eq=False)
class _Child:
    upn: str
    given: str
    born: date
    year: int
    group: str
    family: _Family
    irregular: bool


@dataclass(frozen=True)
class _Ids:
    seed: int
    pupils: int

    def of(self, what: str) -> UUID:
        return uuid5(_IDS, f"{self.seed}:{self.pupils}:{what}")


def half_term(seed: int = 2024, pupils: int = 1500) -> Iterator[Message]:
    """Every message of the half-term in the order in which it is sent, the same for the same seed and size.

    `time` is when the school's MIS sent the message; everything has been sent by 17.00 on the last day. For 1,500
    pupils some 6 to 15 meet the national threshold. The first family of each school that is away has two parents with
    addresses and no code N: a case in which an officer can decide.

    Raises:
        ValueError: fewer than 150 or more than 4,500 pupils (a UPN has room for 999 a year).
    """
    if not 150 <= pupils <= 4500:
        raise ValueError("from 150 to 4,500 pupils")
    chance, ids = random.Random(f"{seed}:{pupils}"), _Ids(seed, pupils)
    messages: list[Message] = []
    for place, (urn, name, phase, years, share) in enumerate(_SCHOOLS, start=1):
        children = list(_children(chance, ids, place, years, round(pupils * share)))
        messages += _school(ids, place, urn, name, phase, children)
        messages += _registers(chance, ids, urn, children)
        messages += _leave_given(ids, urn, children)
    yield from sorted(messages, key=lambda message: message.time)


def pure_registers(n: int, schools: int = 430, seed: int = 2024) -> Iterator[RegisterTaken]:
    """`n` registers of 30 marks for a bench, all different: nine groups a school, some 1.5 % of marks unauthorised."""
    chance, ids = random.Random(f"{seed}:{schools}:pure"), _Ids(seed, schools)
    roll = {
        (place, group): [_upn(f"{5000 + place}", 20, group * 30 + number) for number in range(1, 31)]
        for place in range(schools)
        for group in range(9)
    }
    weekdays = (day for n_ in count() if (day := FIRST + timedelta(days=n_)).weekday() < 5)
    everywhere = (
        _register(ids, f"{980000 + place}", day, session, f"{group + 1}", [
            Mark(upn=upn, code=_draw(chance, _PURE, session)) for upn in upns
        ], _at(day, 9 if session is Session.AM else 13, 15 + group))
        for day in weekdays
        for session in Session
        for (place, group), upns in roll.items()
    )  # fmt: skip
    return islice(everywhere, n)


def _school_days() -> list[date]:
    span = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    return [day for day in span if day.weekday() < 5 and day not in _CLOSED]


def _children(chance: random.Random, ids: _Ids, place: int, years: range, size: int) -> Iterator[_Child]:
    """A school's roll, siblings together: a few families away in term time, a few children who often stay away."""
    sizes: list[int] = []
    while sum(sizes) < size:
        sizes.append(min(chance.choices((1, 2), (3, 1))[0], size - sum(sizes)))
    families = range(len(sizes))
    away = chance.sample(families, max(1, round(size / 250)) + max(1, round(size / 200)) + 1)
    weeks_away, leave_given = set(away[: max(1, round(size / 250))]), away[-1]
    irregular = set(chance.sample(sorted(set(families) - set(away)), round(size / 400)))
    seats = _seats(years, size)
    chance.shuffle(seats)
    for index, siblings in enumerate(sizes):
        days = _some_days(chance, index in weeks_away or index == leave_given) if index in away else ()
        family = _family(chance, ids.of(f"{place}:family {index}"), days, index == away[0], index == leave_given)
        for sibling in range(siblings):
            year, group, serial = seats.pop()
            yield _Child(
                upn=_upn(f"{9900 + place}", 24 - year, serial),
                given=chance.choice(_GIVEN),
                born=date(2019 - year, 9, 1) + timedelta(days=chance.randrange(365)),
                year=year,
                group=group,
                family=family,
                irregular=index in irregular and sibling == 0,
            )


def _seats(years: range, size: int) -> list[tuple[int, str, int]]:
    """Year, group and place in the year of everyone on roll; a small school has classes of mixed age."""
    in_year = [[(year, number) for number in range(size // len(years) + 1)] for year in years]
    everyone = sorted((seat for each in in_year for seat in each), key=lambda seat: seat[1])[:size]
    small = size / len(years) < 20
    seats: list[tuple[int, str, int]] = []
    for band in [sorted(everyone)] if small else [[s for s in everyone if s[0] == year] for year in years]:
        groups = max(1, round(len(band) / 27))
        for index, (year, number) in enumerate(band):
            group = index * groups // len(band)
            seats.append((year, f"Class {group + 1}" if small else f"{year}{_LETTERS[group]}", number + 1))
    return seats


def _some_days(chance: random.Random, weeks: bool) -> tuple[date, ...]:
    """School days in a row: a week or more, or a long weekend; early enough for the school to hear of it in time."""
    days = _school_days()
    length = chance.choice((5, 5, 7, 10)) if weeks else chance.choice((1, 2, 3))
    start = chance.randrange(2, len(days) - length - 4)
    return tuple(days[start : start + length])


def _family(chance: random.Random, key: UUID, away: tuple[date, ...], clear: bool, granted: bool) -> _Family:
    name, home = chance.choice(_FAMILY), _address(chance)
    together = 1 if clear else chance.choices((1, 2, 3), (62, 20, 18))[0]  # together, one parent, living apart
    homes = {1: [home, home], 2: [home], 3: [home, _address(chance)]}[together]
    parents = tuple(
        Parent(
            parent_id=f"P-{uuid5(key, f'parent {number}').hex[:10]}",
            name=f"{chance.choice(_GIVEN)} {name}",
            address=lives_at if clear or chance.random() > 0.015 else None,
            day_to_day_care=number == 0 or together == 1,
        )
        for number, lives_at in enumerate(homes)
    )
    known_home = home if clear or chance.random() > 0.01 else None
    return _Family(name, known_home, parents, away, granted=granted, known=clear or granted)


def _school(ids: _Ids, place: int, urn: str, name: str, phase: str, children: Sequence[_Child]) -> Iterator[Message]:
    key, start = ids.of(urn), _at(date(2024, 9, 2), 8, place)
    yield SchoolUpdated(
        id=key, time=start, subject=urn, correlation_id=key, urn=urn, name=name, phase=phase,
        attendance_email=f"attendance@school{place}.example.org",
    )  # fmt: skip
    key = ids.of(f"{urn}:calendar")
    yield CalendarPublished(
        id=key, time=start + timedelta(minutes=10), subject=urn, correlation_id=key, urn=urn, first=FIRST,
        last=_TERM_ENDS, closed=_CLOSED,
    )  # fmt: skip
    for number, child in enumerate(children):
        key = ids.of(f"{urn}:{child.upn}")
        yield PupilUpdated(
            id=key, time=start + timedelta(hours=1, seconds=number), subject=urn, correlation_id=key, upn=child.upn,
            urn=urn, given_name=child.given, family_name=child.family.name, date_of_birth=child.born,
            year_group="R" if child.year == 0 else str(child.year), address=child.family.home,
            parents=child.family.parents, on_roll_from=date(2024 - child.year % 7, 9, 2),
        )  # fmt: skip


def _registers(chance: random.Random, ids: _Ids, urn: str, children: Sequence[_Child]) -> Iterator[Message]:
    days = _school_days()
    groups = {
        name: [child for child in children if child.group == name] for name in sorted({c.group for c in children})
    }
    for index, day in enumerate(days):
        for (group, members), session in ((each, half) for each in groups.items() for half in Session):
            true = {child: _code(chance, child, day, session) for child in members}
            said = {child: _as_first_said(chance, child, code) for child, code in true.items()}
            sent = _at(day, 9 if session is Session.AM else 13, chance.randint(10, 45))
            if chance.random() < 0.02:  # the MIS was cut off, and sends it days later
                sent = _at(_later(chance, days, index, 2, 6), 16, chance.randint(0, 59))
            marks = [Mark(upn=child.upn, code=code) for child, code in said.items()]
            yield _register(ids, urn, day, session, group, marks, sent)
            learnt = {c: code for c, code in true.items() if code != said[c] and not c.family.granted}
            if learnt:
                at = _at(_later(chance, days, index, 1, 4), 15, chance.randint(0, 59))
                if chance.random() < 0.3:
                    marks = [Mark(upn=child.upn, code=learnt.get(child, code)) for child, code in said.items()]
                    yield _register(ids, urn, day, session, group, marks, at, revision=2)
                else:
                    yield _amended(ids, urn, f"{day}:{session}:{group}", [
                        AmendedMark(upn=child.upn, date=day, session=session, code=code, revision=2, by="School office",
                                    reason="reason for absence established")
                        for child, code in learnt.items()
                    ], at)  # fmt: skip


def _leave_given(ids: _Ids, urn: str, children: Sequence[_Child]) -> Iterator[MarksAmended]:
    """Corrections after the return that take back an absence: they un-reach the threshold."""
    days = _school_days()
    for child in children:
        if child.family.granted:
            back = days[min(days.index(child.family.away[-1]) + 3, len(days) - 1)]
            yield _amended(ids, urn, f"leave:{child.upn}", [
                AmendedMark(upn=child.upn, date=day, session=session, code="C", revision=3, by="Head teacher",
                            reason="leave of absence given for exceptional circumstances")
                for day in child.family.away for session in Session
            ], _at(back, 16, 30))  # fmt: skip


def _code(chance: random.Random, child: _Child, day: date, session: Session) -> str:
    """The code that is right in the end."""
    if day in child.family.away:
        return "C" if child.family.granted else "G"
    if child.irregular and chance.random() < 0.22:
        return "O"
    code = _draw(chance, _ABSENT, session)
    return "I" if code == "N" and child.family.known else code


def _as_first_said(chance: random.Random, child: _Child, code: str) -> str:
    if child.family.granted and code == "C":
        return "G"
    unknown = not child.family.known and chance.random() < _UNKNOWN_AT_FIRST.get(code, 0)
    return "N" if unknown else code


def _draw(chance: random.Random, rates: dict[str, float], session: Session) -> str:
    draw = chance.random()
    for code, rate in rates.items():
        draw -= rate
        if draw < 0:
            return code
    return "/" if session is Session.AM else "\\"


def _later(chance: random.Random, days: Sequence[date], index: int, least: int, most: int) -> date:
    return days[min(index + chance.randint(least, most), len(days) - 1)]


def _register(
    ids: _Ids,
    urn: str,
    day: date,
    session: Session,
    group: str,
    marks: Sequence[Mark],
    sent: datetime,
    revision: int = 1,
) -> RegisterTaken:
    key = ids.of(f"{urn}:{day}:{session}:{group}:{revision}")
    return RegisterTaken(
        id=key, time=sent, subject=f"{urn}/{day}/{session}", correlation_id=key, urn=urn, date=day, session=session,
        group=group, revision=revision, marks=tuple(marks),
    )  # fmt: skip


def _amended(ids: _Ids, urn: str, what: str, marks: Sequence[AmendedMark], sent: datetime) -> MarksAmended:
    key = ids.of(f"{urn}:{what}:amended")
    return MarksAmended(id=key, time=sent, subject=urn, correlation_id=key, urn=urn, marks=tuple(marks))


def _address(chance: random.Random) -> Address:
    town, district = chance.choice(_TOWNS)
    inward = f"{chance.randint(1, 9)}{''.join(chance.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
    return Address(lines=(f"{chance.randint(1, 140)} {chance.choice(_STREETS)}", town), postcode=f"{district} {inward}")


def _upn(school: str, year: int, serial: int) -> str:
    return with_check_letter(f"926{school}{year:02d}{serial:03d}")


def with_check_letter(digits: str) -> str:
    """The UPN of twelve digits."""
    total = sum(position * int(digit) for position, digit in enumerate(digits, start=2))
    return _LETTERS[total % 23] + digits


def _at(day: date, hour: int, minute: int) -> datetime:
    """An instant by the school's own clock."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)
