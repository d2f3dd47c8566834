"""Bookings made elsewhere, from a CSV export: matched to schools, each person once, in order of their booking. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.bookings.booking.booking import Booking
from services.bookings.places.asking import School
from services.bookings.places.meeting import Meeting, holder_of, holders_of
from shared.cli.csv_file import Columns, Line, Wrong, read_csv
from shared.cli.input import Problem
from shared.cli.spelling import near, read_moment, read_urn
from shared.contracts.meetings import Attendee, Mode
from shared.time.clock import LONDON, local_date
from shared.writing.mailboxes import NoMailbox, on_the_wire

NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "full name", "delegate", "delegate name", "attendee"),
    "first": ("first name", "forename", "delegate first name"),
    "last": ("last name", "surname", "delegate surname", "delegate last name"),
    "email": ("email", "email address", "e-mail", "delegate email"),
    "role": ("role", "job title", "job role", "position"),
    "school": ("school", "school name", "establishment", "organisation", "setting"),
    "urn": ("urn", "school urn", "establishment urn"),
    "how": ("how", "attending", "attendance type", "mode"),
    "status": ("status", "booking status"),
    "booked": ("booked", "booked on", "booking date", "date booked"),
}
_GONE = ("cancel", "withdrawn", "declined", "deleted")
_ENGLAND = re.compile(r"\b(church of england|c ?of ?e|cofe|c\.? ?e\.?)(?=\W|$)")
_LEFT_OUT = frozenset({"the", "school", "academy"})
_WORDS = ("name", "first", "last", "role", "school", "how", "status")
_FIXES = {
    "name": "write a name on one line",
    "email": "write an address such as office@school.example",
    "role": "write a role on one line",
}


@dataclass(frozen=True)
class Row:
    """One booking from the export, to be made here."""

    line: int
    person: dict[str, str]
    urn: str | None
    mode: Mode
    booked: datetime | None

    def facts(self, meeting: str, source: str) -> dict[str, Any]:
        """The command's facts. Its id, and so the booking's reference, reveals nothing about the person."""
        known = {"meeting": meeting, "person": self.person, "mode": self.mode, "source": source}
        return known | ({"urn": self.urn} if self.urn else {})


@dataclass(frozen=True)
class Report:
    """The result of an import, by line of the file; it repeats nobody's name."""

    new: tuple[Row, ...] = ()
    already: tuple[int, ...] = ()
    """Lines of people who are booked here already, or were imported before, whatever became of that since."""
    twice: tuple[int, ...] = ()
    """Lines of people whom an earlier line names."""
    gone: tuple[int, ...] = ()
    """Lines of bookings that were cancelled there."""
    by_name: tuple[int, ...] = ()
    """Lines whose school was found by its name."""
    unknown: tuple[int, ...] = ()
    """Lines with a valid URN of a school that is not known here."""
    unmatched: tuple[tuple[int, str], ...] = ()
    """Lines whose school was not found, with likely matches."""
    problems: tuple[Problem, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """How the file was read."""


def read_bookings(
    content: bytes | str,
    columns: Mapping[str, str],
    schools: Iterable[School],
    meeting: Meeting,
    bookings: Iterable[Booking],
    now: datetime,
) -> Report:
    """Read an export. `columns` names unusual headings, such as `{"school": "Setting name"}`.

    `bookings` are the meeting's: nobody imported before is booked again, even if they cancelled or sent a substitute.
    If there are problems, nothing should be booked.
    """
    file = read_csv(content, Columns(NAMES, ("email",), columns, words=_WORDS))
    problems = list(file.problems)
    if file.fields and "name" not in file.fields and not {"first", "last"} <= file.fields:
        words = "no column for it: name it with --name NAME, or --first and --last"
        return Report(problems=(*problems, Problem(file.header, "name", words)), notes=file.notes)
    known = {place.holder for place in meeting.live()} | {booking.first_holder for booking in bookings}
    report = _sorted_out(file.lines, _Schools(schools), meeting, known, now)
    every = sorted((*problems, *report.problems), key=lambda problem: problem.line)
    return replace(report, problems=tuple(every), notes=file.notes)


def _sorted_out(
    lines: Iterable[Line], schools: "_Schools", meeting: Meeting, known: set[str | None], now: datetime
) -> Report:
    seen: set[str] = set()
    rows: list[Row] = []
    found: dict[str, list[Any]] = {
        name: [] for name in ("already", "twice", "gone", "by_name", "unknown", "unmatched", "problems")
    }
    for each in lines:
        line, cells = each.number, {name: " ".join(cell.split()) for name, cell in each.cells.items()}
        if any(word in cells.get("status", "").casefold() for word in _GONE):
            found["gone"].append(line)
            continue
        try:
            row = _row(line, cells, meeting, now)
        except Wrong as wrong:
            found["problems"].append(Problem(line, wrong.field, wrong.fix))
            continue
        holder = holder_of(meeting.reference, row.person["email"], row.person["name"])
        if holder in seen:
            found["twice"].append(line)
        elif known & holders_of(meeting.reference, row.person["email"], row.person["name"]):
            found["already"].append(line)
        else:
            urn, how = schools.find(cells.get("urn", ""), cells.get("school", ""))
            if how in ("by_name", "unknown"):
                found[how].append(line)
            elif how is not None and how != "by_urn":
                found["unmatched"].append((line, how))
            rows.append(replace(row, urn=urn))
        seen.add(holder)
    rows.sort(key=lambda row: (row.booked or datetime.max.replace(tzinfo=LONDON), row.line))
    return Report(tuple(rows), **{name: tuple(lines) for name, lines in found.items()})


class _Schools:
    """Finds schools by number, or by a name that no other school has."""

    def __init__(self, schools: Iterable[School]) -> None:
        known = list(schools)
        self._urns = {school.urn for school in known}
        self._names: dict[str, list[School]] = {}
        for school in known:
            self._names.setdefault(_plain(school.name), []).append(school)

    def find(self, urn: str, name: str) -> tuple[str | None, str | None]:
        """A school's URN and how it was found: `by_urn`, `unknown`, `by_name`, or a message with likely matches."""
        try:
            plain = read_urn(urn) if urn else ""
        except ValueError as error:
            return (None, str(error)) if not name else self.find("", name)
        if plain:
            return plain, "by_urn" if plain in self._urns else "unknown"
        if not name:
            return None, None
        same = self._names.get(_plain(name), [])
        if len(same) == 1:
            return same[0].urn, "by_name"
        if same:
            return None, f"several schools have this name: {', '.join(school.urn for school in same)}"
        near = difflib.get_close_matches(_plain(name), self._names, n=2, cutoff=0.75)
        meant = [f"{self._names[each][0].name} ({self._names[each][0].urn})" for each in near]
        return None, f"did you mean {' or '.join(meant)}?" if meant else "no school of this name is known"


def _row(line: int, cells: Mapping[str, str], meeting: Meeting, now: datetime) -> Row:
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    if not name:
        raise Wrong("name", "is missing: add it")
    person = {"name": name[:200], "email": cells["email"]}
    if cells.get("role"):
        person["role"] = cells["role"][:200]
    try:
        person["email"] = Attendee.model_validate(person).email  # what the command will be checked against
        on_the_wire(person["email"])
    except NoMailbox as error:
        raise Wrong("email", str(error)) from None
    except ValidationError as error:
        [first, *_] = error.errors(include_input=False)
        raise Wrong(str(first["loc"][0]), _FIXES[str(first["loc"][0])]) from None
    return Row(line, person, None, _mode(cells.get("how", ""), meeting), _booked(cells.get("booked", ""), now))


def _mode(text: str, meeting: Meeting) -> Mode:
    """How somebody comes; if the export does not say, in the first way that the meeting offers."""
    modes = meeting.details.modes
    wanted: Mode = "online" if re.search(r"online|virtual|remote|teams|zoom", text.casefold()) else "in_person"
    return wanted if wanted in modes else modes[0]


def _booked(text: str, now: datetime) -> datetime | None:
    """When somebody booked there, which decides their place in the order."""
    if not text:
        return None
    try:
        booked = read_moment(text)
        near(local_date(booked), local_date(now))
    except ValueError as error:
        raise Wrong("booked", str(error)) from None
    if local_date(booked) > local_date(now):
        raise Wrong("booked", "this day is still to come: look at the date")
    return booked


def _plain(name: str) -> str:
    """A school's name without the parts that people leave out or add."""
    text = name.casefold().replace("&", " and ").replace("'", "").replace("’", "")
    text = _ENGLAND.sub(" ", text)
    words = ("saint" if word == "st" else word for word in re.findall(r"[a-z0-9]+", text))
    return " ".join(word for word in words if word not in _LEFT_OUT)
