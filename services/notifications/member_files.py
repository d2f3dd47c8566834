"""A list of addresses as a CSV, a line for each, with where it comes from. Errors name line and field. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import ValidationError

from services.notifications.addresses import canonical, objection
from services.notifications.consent import no_consent
from shared.cli.columns import find_columns, open_csv
from shared.cli.input import Problem
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


def read_members(text: str, to: Literal["parents", "schools"], today: date) -> tuple[list[Member], int, list[Problem]]:
    """The members of a list for parents or schools, each address once; how many lines repeat one; and what is wrong."""
    needed = ("source", "consent_on") if to == "parents" else ("source",)
    rows = open_csv(text)
    columns, problems = find_columns(rows.fieldnames or (), _COLUMNS, {}, needed)
    if problems:
        return [], 0, [Problem(1, each.field, "the header needs a column of this name") for each in problems]
    members: dict[str, Member] = {}
    count = 0
    for line, row in enumerate(rows, start=2):
        given = {field: str(row[column]).strip() for field, column in columns.items()}
        said = {field: value for field, value in given.items() if value}
        try:
            member = Member.model_validate(said)
        except ValidationError as error:
            fields = {str(each["loc"][0]) if each["loc"] else "email" for each in error.errors(include_input=False)}
            problems += [Problem(line, field, _FIXES.get(field, "write it on one line")) for field in sorted(fields)]
            continue
        if fault := objection(*_where(member)):
            problems.append(Problem(line, "email" if member.email else "phone", fault))
            continue
        if why := no_consent(to, member.consent_on, today):
            problems.append(Problem(line, "consent_on", why))
            continue
        members.setdefault(_address(member), member)
        count += 1
    return list(members.values()), count - len(members), problems


def parts(members: Sequence[Member], size: int = 500) -> list[Sequence[Member]]:
    """As many as one command takes, each time."""
    return [members[start : start + size] for start in range(0, len(members), size)]


def _where(member: Member) -> tuple[Channel, str]:
    return ("email", member.email) if member.email else ("sms", str(member.phone))


def _address(member: Member) -> str:
    return str(canonical(*_where(member)))
