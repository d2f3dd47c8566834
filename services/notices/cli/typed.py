"""What somebody types as `field=value`, read by the fields of the command: pounds, days, people, papers, lists."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from shared.cli.money import read_pounds
from shared.contracts.base import Command
from shared.contracts.casework import Paper, Shortcoming
from shared.contracts.fields import PENCE, Address, Person, Value
from shared.writing.characters import is_number

FILLED_IN = frozenset({"case", "notice", "officer", "entered_by"})
"""Fields that nobody types: the reference and the officer give them."""


def fields(kind: type[Command]) -> dict[str, FieldInfo]:
    """The fields of a command that a person says."""
    own = kind.model_fields.items()
    return {name: field for name, field in own if name not in Command.model_fields and name not in FILLED_IN}


def is_money(field: FieldInfo) -> bool:
    return PENCE in field.metadata


def read(text: str, field: FieldInfo) -> Any:
    """A value as the contract takes it; raises ValueError that says how to write it.

    A value that begins like JSON is JSON; else it is text, pounds, a person's `name, role`, an address, or a list.
    """
    if is_money(field):
        return read_pounds(text)
    if text.lstrip().startswith(("{", "[")):
        return _json(text)
    kinds = list(_kinds(field.annotation))
    for kind, reader in _READERS.items():
        if any(isinstance(each, type) and issubclass(each, kind) for each in kinds):
            return reader(text)
    return int(text) if int in kinds and is_number(text) else text


def choices(field: FieldInfo) -> list[str]:
    """The words that a field accepts; empty if it accepts others too."""
    return [kind for kind in _kinds(field.annotation) if isinstance(kind, str)]


def example(name: str, field: FieldInfo) -> str:
    """How a field is typed, for a list of all of them."""
    kinds = list(_kinds(field.annotation))
    if is_money(field):
        value = "80"
    elif words := choices(field):
        value = " | ".join(words)
    elif Person in kinds:
        value = '"Name, role"'
    elif Paper in kinds:
        value = "KIND:WHERE,…"
    elif Shortcoming in kinds:
        value = '"CODE: words; …"'
    elif Address in kinds:
        value = '"1 High Street, Norwich, NR1 1AA"'
    elif date in kinds:
        value = "2024-10-30"
    elif bool in kinds:
        value = "yes|no"
    elif any(isinstance(kind, type) and issubclass(kind, Value) for kind in kinds):
        value = "JSON"
    else:
        value = "…,…" if tuple in kinds else "1" if int in kinds else "…"
    return f"{name}={value}" if field.is_required() else f"({name}={value})"


def _kinds(annotation: Any) -> Iterator[Any]:
    """Every type inside an annotation, and the choices of a Literal as text."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inside = inside[:1]
    elif origin is not None:
        yield origin
    if not inside:
        yield annotation
    for each in inside:
        yield from _kinds(each)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _person(text: str) -> dict[str, str]:
    name, comma, role = (part.strip() for part in text.partition(","))
    if not (name and comma and role):
        raise ValueError('write name and role, such as "Chris Amis, Attendance Lead"')
    return {"id": re.sub(r"\W+", "-", f"{name} {role}".casefold()).strip("-"), "name": name, "role": role}


def _address(text: str) -> dict[str, Any]:
    *lines, postcode = _listed(text) or [""]
    if not lines or not re.search("[0-9]", postcode):
        raise ValueError('write its lines and the postcode last, such as "1 High Street, Norwich, NR1 1AA"')
    return {"lines": lines, "postcode": postcode}


def _papers(text: str) -> list[dict[str, str]]:
    how = "write what each paper is and where it is: leave_application:file-7, …"
    return [{"kind": kind, "reference": where} for kind, where in (_pair(each, how) for each in _listed(text))]


def _shortcomings(text: str) -> list[dict[str, str]]:
    how = 'write a code and words, such as "papers_missing: Send the refusal of leave."'
    return [{"code": code, "words": words} for code, words in (_pair(each, how) for each in text.split(";"))]


def _pair(text: str, how: str) -> tuple[str, str]:
    first, colon, second = (part.strip() for part in text.partition(":"))
    if not (first and colon and second):
        raise ValueError(how)
    return first, second


def _yes_or_no(text: str) -> bool:
    try:
        return {"yes": True, "true": True, "no": False, "false": False}[text.strip().casefold()]
    except KeyError:
        raise ValueError("write yes or no") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON, from its character {error.pos + 1} on") from None


def _only_json(text: str) -> None:
    raise ValueError("write it as JSON, with the fields that the contract names")


_READERS: Mapping[type, Callable[[str], Any]] = {
    Address: _address, Person: _person, Paper: _papers, Shortcoming: _shortcomings, Value: _only_json,
    tuple: _listed, bool: _yes_or_no,
}  # fmt: skip
"""By what a field's type contains; the first that fits."""
