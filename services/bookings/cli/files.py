"""A meeting as a host writes it down: a TOML or JSON file, with day and time as people write them."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from shared.cli.input import Twice, once
from shared.contracts.fields import Value
from shared.contracts.meetings import (
    Audience,
    InPerson,
    Mailbox,
    MeetingCause,
    MeetingDetails,
    Online,
    Question,
    SchoolLimit,
)
from shared.time.clock import LONDON

_TIME = re.compile(r"([0-9]{1,2})(?:[.:]([0-9]{2}))?\s*(am|pm)?", re.IGNORECASE)
_WHEN = ("date", "from", "to")
_PARTS: Mapping[str, type[Value]] = {
    "in_person": InPerson,
    "online": Online,
    "audience": Audience,
    "school_limit": SchoolLimit,
    "cause": MeetingCause,
    "organiser": Mailbox,
}


class FileWrong(ValueError):
    """What is wrong with a meeting's file, naming field and fix."""


def read_details(text: str, name: str) -> dict[str, Any]:
    """The details of a meeting, as a command carries them, still to be checked by the contract.

    `date`, `from` and `to` (2024-06-13, 9.30am, 12.30pm; London time) stand for `starts_at` and `ends_at`.

    Raises:
        FileWrong: it is neither TOML nor JSON, or a day or time cannot be read.
    """
    try:
        written = json.loads(text, object_pairs_hook=once) if name.lower().endswith(".json") else tomllib.loads(text)
    except Twice as twice:
        raise FileWrong(f"{twice.name}: stands here twice: keep one of them") from None
    except json.JSONDecodeError as error:
        raise FileWrong(f"line {error.lineno}: this is not JSON: {error.msg}") from None
    except tomllib.TOMLDecodeError as error:
        raise FileWrong(f"this is not TOML: {error}") from None
    if not isinstance(written, dict):
        raise FileWrong("write the fields of one meeting, such as title and date")
    _refuse_unknown(written, {*MeetingDetails.model_fields, *_WHEN})
    for part, kind in _PARTS.items():
        if isinstance(written.get(part), dict):
            _refuse_unknown(written[part], set(kind.model_fields), f"{part}.")
    for number, question in enumerate(written.get("evaluation") or [], start=1):
        if isinstance(question, dict):
            _refuse_unknown(question, set(Question.model_fields), f"evaluation.{number}.")
    return with_instants(written)


def with_instants(written: Mapping[str, Any]) -> dict[str, Any]:
    """The same with `starts_at` and `ends_at` instead of a day and times; raises FileWrong."""
    facts = {name: _plain(value) for name, value in written.items() if name not in _WHEN}
    if not any(name in written for name in _WHEN):
        return facts
    for name in ("date", "from"):
        if name not in written:
            raise FileWrong(f"{name}: is missing: give a meeting's date and from, such as 2024-06-13 and 9.30am")
    day = _day(written["date"])
    facts["starts_at"] = _instant(day, written["from"], "from")
    if written.get("to"):
        facts["ends_at"] = _instant(day, written["to"], "to")
    return facts


def clock(text: str) -> time:
    """A time of day as people write it: 9.30am, 9:30, 11am, 14:00. Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError("write a time of day such as 9.30am or 14:00")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        raise ValueError("write a time of day such as 9.30am or 14:00")
    if not half and found[2] is None:
        raise ValueError("say whether it is am or pm, or write 14:00")
    return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute)


def _refuse_unknown(written: Mapping[str, Any], known: set[str], part: str = "") -> None:
    """A field with another name would be ignored, and its author would not notice."""
    for name in written:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"use one of {', '.join(sorted(known))}"
            raise FileWrong(f"{part}{name}: there is no such field: {meant}")


def _instant(day: date, typed: Any, field: str) -> str:
    try:
        hour = typed if isinstance(typed, time) else clock(str(typed))
    except ValueError as error:
        raise FileWrong(f"{field}: {error}") from None
    return datetime.combine(day, hour, LONDON).isoformat()


def _day(typed: Any) -> date:
    try:
        day = date.fromisoformat(str(typed))
    except ValueError:
        raise FileWrong("date: write it as 2024-06-13") from None
    if day.year // 100 != 20:
        raise FileWrong("date: no meeting is on such a day: look at the year")
    return day


def _plain(value: Any) -> Any:
    """The value as JSON has it; an instant without an offset is London time."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=LONDON)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
