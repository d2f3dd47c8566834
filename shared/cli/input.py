"""JSON lines as people and systems write them: every line is checked before any is sent."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from shared.contracts import CATALOGUE, Message

_LINES = UUID("7d4f5b0e-93a4-4f0d-8a57-1c1f4b2b8e10")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a line, and how to mend it. Never repeats the line's data."""

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


def _read(number: int, text: str, now: datetime) -> Message | list[Problem]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem(number, f"column {error.colno}", f"this is not JSON: {error.msg}")]
    if not isinstance(data, dict):
        return [Problem(number, "line", "write one JSON object, in braces, on each line")]
    kind = data.get("type")
    if kind not in CATALOGUE:
        return [Problem(number, "type", _name_a_type(kind))]
    return _message(number, data, now)


def _message(number: int, data: dict[str, Any], now: datetime) -> Message | list[Problem]:
    content = json.dumps(data, sort_keys=True, separators=(",", ":"))
    whole = {"id": str(uuid5(_LINES, content)), "time": now.isoformat(), **data}
    try:
        return CATALOGUE[data["type"]].model_validate_json(json.dumps(whole))
    except ValidationError as error:
        return [
            Problem(number, ".".join(str(part) for part in each["loc"]) or "line", _fix(each["msg"]))
            for each in error.errors(include_input=False, include_url=False, include_context=False)
        ]


def _name_a_type(kind: object) -> str:
    if not isinstance(kind, str):
        return f"say what the line is, for example {', '.join(sorted(CATALOGUE)[:3])}"
    near = difflib.get_close_matches(kind, CATALOGUE, n=2, cutoff=0.4)
    return f"there is no such type; did you mean {' or '.join(near)}?" if near else "there is no such type"


def _fix(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Field required", "is missing: add it")
