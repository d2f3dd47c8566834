"""JSON lines as people and systems write them: every line is checked before any is sent."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from shared.contracts import CATALOGUE, Message

_LINES = UUID("7d4f5b0e-93a4-4f0d-8a57-1c1f4b2b8e10")
_FIXES = {
    "missing": "is missing: add it",
    "timezone_aware": "say the offset, such as 2024-09-30T09:15:00+01:00",
    "string_type": 'write it as text, in quotes: "123456"',
    "date_type": "write a date as 2024-09-30, in quotes",
    "date_from_datetime_parsing": "write a date as 2024-09-30",
    "date_from_datetime_inexact": "write a date as 2024-09-30, without a time",
    "date_parsing": "write a date as 2024-09-30",
    "datetime_parsing": "write an instant as 2024-09-30T09:15:00+01:00",
    "datetime_from_date_parsing": "write an instant as 2024-09-30T09:15:00+01:00",
    "uuid_parsing": "write a UUID, or leave it out: it is then derived from the line",
    "uuid_type": "write a UUID, or leave it out: it is then derived from the line",
    "tuple_type": "write a list, in square brackets",
    "int_parsing": "write a whole number, such as 60",
    "int_type": "write a whole number, such as 60",
    "int_parsing_size": "write a whole number, such as 60",
}
_PATTERNS = {
    "urn": "a URN has 6 digits",
    "code": "write a code of the regulations, such as O, or the system's own mark",
    "school": "a URN has 6 digits",
    "language": "write a language's code, such as pl or pt-BR",
    "attendance_email": "write an address such as office@school.example",
}
_ENVELOPE = ("id", "time", "correlation_id")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a line, and how to fix it. Never repeats the line's data."""

    line: int
    field: str
    fix: str


def read_lines(lines: Iterable[str], now: datetime) -> tuple[list[Message], list[Problem]]:
    """Read messages from JSON lines.

    A line needs its `type` and its facts. A missing `id` is derived from the line's content, so that a file sent twice
    is the same messages twice; a missing `time` is `now`.
    """
    messages: list[Message] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        text = line.lstrip("\ufeff").strip()
        if not text:
            continue
        found = _read(number, text, now)
        if isinstance(found, Message):
            messages.append(found)
        else:
            problems += found
    return messages, problems


class Twice(ValueError):
    """A name that an object has twice; JSON readers would take the last one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON `object_pairs_hook` that raises Twice if an object has a name twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Twice(name)
        found[name] = value
    return found


def _read(number: int, text: str, now: datetime) -> Message | list[Problem]:
    try:
        data = json.loads(text, object_pairs_hook=once)
    except Twice as twice:
        return [Problem(number, twice.name, "stands here twice: keep one of them")]
    except json.JSONDecodeError as error:
        return [Problem(number, f"column {error.colno}", f"this is not JSON: {error.msg}")]
    except (ValueError, RecursionError):
        return [Problem(number, "line", "no message is nested so deeply or holds so long a number")]
    if not isinstance(data, dict):
        return [Problem(number, "line", "write one JSON object, in braces, on each line")]
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in CATALOGUE:
        return [Problem(number, "type", _name_a_type(kind))]
    return _message(number, CATALOGUE[kind], data, now)


def _message(number: int, contract: type[Message], data: Mapping[str, Any], now: datetime) -> Message | list[Problem]:
    content_fields = {name: value for name, value in data.items() if value is not None or name not in _ENVELOPE}
    content = json.dumps(content_fields, sort_keys=True, separators=(",", ":"))
    whole = {"id": str(uuid5(_LINES, content)), "time": now.isoformat(), **content_fields}
    try:
        return contract.model_validate_json(json.dumps(whole))
    except ValidationError as error:
        return [
            Problem(number, _field(each["loc"]), _fix(each["type"], each["msg"], each["loc"]))
            for each in error.errors(include_input=False, include_url=False, include_context=False)
            if each["loc"] != ("correlation_id",)
            or "correlation_id" in content_fields  # else it repeats what is wrong with id
        ]


def _field(loc: tuple[int | str, ...]) -> str:
    """Where it is, counted from 1: `marks.2.upn` is the UPN of the second mark."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in loc) or "line"


def _fix(kind: str, message: str, loc: tuple[int | str, ...]) -> str:
    if kind == "literal_error":
        return message.replace("Input should be", "write one of", 1)
    if "valid email" in message:  # the validator's own words repeat parts of the address
        return _PATTERNS["attendance_email"]
    if kind == "string_pattern_mismatch" and loc and loc[-1] in _PATTERNS:
        return _PATTERNS[str(loc[-1])]
    return _FIXES.get(kind, message.removeprefix("Value error, "))


def _name_a_type(kind: object) -> str:
    if not isinstance(kind, str):
        return f"say what the line is, for example {', '.join(sorted(CATALOGUE)[:3])}"
    near = difflib.get_close_matches(kind, CATALOGUE, n=2, cutoff=0.4)
    return f"there is no such type; did you mean {' or '.join(near)}?" if near else "there is no such type"
