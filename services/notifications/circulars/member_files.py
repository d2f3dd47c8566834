"""A list of addresses as CSV, one on each line with its source. Errors name line and field. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import ValidationError

from services.notifications.addresses.addresses import canonical, objection
from services.notifications.circulars.consent import no_consent
from shared.cli.csv_file import Columns, Line, read_csv
from shared.cli.input import Problem
from shared.cli.spelling import read_day
from shared.contracts.circulars import Member
from shared.contracts.notifications import Channel

_COLUMNS = {
    "email": ("email", "email address", "e-mail"),
    "phone": ("phone", "mobile", "phone number"),
    "name": ("name", "school"),
    "source": ("source",),
    "consent_on": ("consent_on", "consent on", "consent"),
    "language": ("language",),
}
_FIXES = {
    "email": "write an address such as robin@home.example, or give a phone",
    "phone": "write a number such as 07700 900123, or give an email",
    "source": "say where the address comes from, such as: newsletter sign-up",
    "consent_on": "write the day since when they want messages, such as 2024-09-02",
    "language": "write the language's code, such as pl or pt-BR",
}


@dataclass(frozen=True)
class MemberList:
    """A list as it was read. If there are problems, nobody on it may be written to."""

    members: tuple[Member, ...]
    """Each address once."""
    repeated: int
    """How many lines repeat an address."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """How the file was read."""


def read_members(content: bytes | str, to: Literal["parents", "schools"], today: date) -> MemberList:
    """The members of a list for parents or schools."""
    needed = ("source", "consent_on") if to == "parents" else ("source",)
    missing = "the header needs a column of this name"
    file = read_csv(content, Columns(_COLUMNS, needed, {}, words=("name", "source"), missing=missing))
    problems = list(file.problems)
    members: dict[str, Member] = {}
    count = 0
    for line in file.lines:
        found = _member(line, to, today)
        if isinstance(found, Member):
            members.setdefault(_address(found), found)
            count += 1
        else:
            problems += found
    problems.sort(key=lambda problem: problem.line)
    return MemberList(tuple(members.values()), count - len(members), tuple(problems), file.notes)


def _member(line: Line, to: Literal["parents", "schools"], today: date) -> Member | list[Problem]:
    cells: dict[str, object] = {field: value for field, value in line.cells.items() if value}
    try:
        if "consent_on" in cells:
            cells["consent_on"] = read_day(line.cells["consent_on"])
    except ValueError:
        return [Problem(line.number, "consent_on", _FIXES["consent_on"])]
    try:
        member = Member.model_validate(cells)
    except ValidationError as error:
        fields = {str(each["loc"][0]) if each["loc"] else "email" for each in error.errors(include_input=False)}
        return [Problem(line.number, each, _FIXES.get(each, "write it on one line")) for each in sorted(fields)]
    if fault := objection(*_where(member)):
        return [Problem(line.number, "email" if member.email else "phone", fault)]
    why = no_consent(to, member.consent_on, today)
    return [Problem(line.number, "consent_on", why)] if why else member


def parts(members: Sequence[Member], size: int = 500) -> list[Sequence[Member]]:
    """The list in parts, each as large as one command can carry."""
    return [members[start : start + size] for start in range(0, len(members), size)]


def _where(member: Member) -> tuple[Channel, str]:
    return ("email", member.email) if member.email else ("sms", str(member.phone))


def _address(member: Member) -> str:
    return str(canonical(*_where(member)))
