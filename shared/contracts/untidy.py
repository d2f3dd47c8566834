"""An untidy field costs only that field, not the record: how services read messages from schools' systems.

The contract itself stays strict: `everyday send` refuses what is read tolerantly here. A field that may be left
out is left out, one that may be null becomes null, and a list entry is dropped if nothing less makes the rest valid.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Any, Self, get_args

from pydantic import BaseModel, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, from_json

from shared.contracts.base import Event
from shared.contracts.fields import Session, check_upn

_Place = tuple[int | str, ...]
_OUT_OF_BOUNDS = {"greater_than_equal", "less_than_equal"}


@dataclass(frozen=True, slots=True)
class Untidy:
    """A field that was left out, and why. It never repeats the field's content."""

    field: str
    """Where it was, counted from 1: `marks.2.upn` is the UPN of the second mark."""
    reason: str
    """A code: empty, missing, unreadable; of marks subcode, unknown_code, twice, never_on_roll; no_such_day; of times
    to_come."""
    upn: str | None = None
    """The pupil of a mark."""
    day: str | None = None
    session: str | None = None


def loads(body: bytes | str) -> Any:
    """A body's data, even if a system has cut a text in the middle of an emoji: then only that field is lost.

    The fast JSON readers refuse the whole body in that case. Raises ValueError or RecursionError.
    """
    return json.loads(body, parse_constant=_no_number)


def _no_number(literal: str) -> None:
    raise ValueError(f"{literal} is no number")


class MisEvent(Event):
    """A message from a school's system. Its untidy fields are left out, and named in `untidy`."""

    _untidy: tuple[Untidy, ...] = PrivateAttr(default=())

    @property
    def untidy(self) -> tuple[Untidy, ...]:
        """The fields that were left out on reading."""
        return self._untidy

    def leave_out(self, *untidy: Untidy) -> None:
        """Note a part that cannot be used."""
        self._untidy = (*self._untidy, *untidy)

    @classmethod
    def parse(cls, body: bytes | str) -> Self:
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            if any(each["type"] == "json_invalid" for each in error.errors(include_input=False)):
                try:
                    return cls.tolerantly(loads(body), cls.model_validate)
                except (ValueError, RecursionError):
                    raise error from None
            return cls._tidied(from_json(body), cls.model_validate, error)

    @classmethod
    def tolerantly(cls, data: Any, read: Callable[[Any], Self]) -> Self:
        """Read an already decoded message."""
        try:
            return read(data)
        except ValidationError as error:
            return cls._tidied(data, read, error)

    @classmethod
    def _tidied(cls, data: Any, read: Callable[[Any], Self], error: ValidationError) -> Self:
        errors = error.errors(include_input=False, include_url=False)
        wrong = {_costs(cls, each["loc"]): each for each in errors if not _follows(each["loc"], errors)}
        if None in wrong or says_another_type(error):
            raise error
        untidy = tuple(_named(data, place, each["loc"], each["type"]) for place, each in wrong.items() if place)
        try:
            message = read(cls._with_nulls(_without(data, [place for place in wrong if place])))
        except ValidationError:  # the rest is not a message either: the first reasons are the ones to fix
            raise error from None
        message.leave_out(*untidy)
        return message

    @classmethod
    def _with_nulls(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {name: None for name, field in cls.model_fields.items() if field.is_required()} | data


def says_another_type(error: ValidationError) -> bool:
    """Whether a message claims another type than it is read as, alone or as an argument."""
    return any(
        each["loc"][-1:] == ("type",) and len(each["loc"]) <= 2 and isinstance(each["input"], str) and each["input"]
        for each in error.errors(include_url=False, include_context=False)
    )


def _follows(loc: _Place, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a list counts as too short only because wrong entries were dropped, which are named themselves."""
    return any(len(other) > len(loc) and other[: len(loc)] == loc for other in (each["loc"] for each in errors))


def _costs(model: type[BaseModel], place: Sequence[int | str]) -> _Place | None:
    """The smallest part to drop for an error; None if the whole message has to go."""
    field = model.model_fields.get(str(place[0])) if place else None
    if field is None:
        return None
    if len(place) > 1 and isinstance(place[1], int):
        [entry, *_] = get_args(field.annotation)
        inside = _costs(entry, place[2:]) if isinstance(entry, type) and issubclass(entry, BaseModel) else None
        return (*place[:2], *(inside or ()))
    return (place[0],) if not field.is_required() or _may_be_null(field) else None


def _may_be_null(field: FieldInfo) -> bool:
    return NoneType in get_args(field.annotation)


def _without(data: Mapping[str, Any], places: Sequence[_Place]) -> dict[str, Any]:
    """The message without these places."""
    left = dict(data)
    for name in {place[0] for place in places}:
        inside = [place[1:] for place in places if place[0] == name]
        if () in inside:
            left.pop(str(name), None)
            continue
        gone = {place[0] for place in inside if len(place) == 1}
        left[str(name)] = [
            _without(entry, [place[1:] for place in inside if place[0] == n and len(place) > 1])
            if isinstance(entry, Mapping)
            else entry
            for n, entry in enumerate(data[str(name)])
            if n not in gone
        ]
    return left


def _named(data: Mapping[str, Any], place: _Place, loc: _Place, kind: str) -> Untidy:
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    entry = data[str(place[0])][place[1]] if len(place) > 1 else {}
    about = dict(_about(entry)) if isinstance(entry, Mapping) else {}
    return Untidy(field, _reason(data, loc, kind), **about)


def _about(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Whose session a list entry is about, as far as it can be read."""
    reads: dict[str, Callable[[str], str]] = {
        "upn": check_upn,
        "date": lambda text: date.fromisoformat(text).isoformat(),
        "session": lambda text: Session(text).value,
    }
    for name, read in reads.items():
        try:
            yield ("day" if name == "date" else name), read(entry[name])
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _reason(data: Any, loc: _Place, kind: str) -> str:
    if kind == "missing":
        return "missing"
    value = data
    try:
        for part in loc:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return "unreadable"
    if isinstance(value, str) and kind in _OUT_OF_BOUNDS:
        return "no_such_day"
    return (
        "empty"
        if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())
        else "unreadable"
    )
