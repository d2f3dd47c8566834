"""The field's words as types: UPN, URN, session, attendance code, address. Every type has bounds."""

import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)

from shared.writing.characters import check_line, check_text, without

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S: they are read as 1, 0 and 5
_DIGITS = "0123456789"


def _shares(position: int, last: str = _DIGITS) -> dict[str, int]:
    """What every possible group of three characters at a position adds to a UPN's sum."""
    values = {character: value for kind in (_UPN_LETTERS, _DIGITS) for value, character in enumerate(kind)}
    return {
        a + b + c: position * values[a] + (position + 1) * values[b] + (position + 2) * values[c]
        for a, b, c in product(_DIGITS, _DIGITS, last)
    }


# A table, since this runs for every mark of every register, and took a fifth of the register path's time.
_FROM_2, _FROM_5, _FROM_8, _FROM_11 = _shares(2), _shares(5), _shares(8), _shares(11, _DIGITS + _UPN_LETTERS)


def check_upn(upn: str) -> str:
    """Return the UPN when its check letter is right.

    The letter is the sum of the characters at positions 2 to 13, each times its position, modulo 23. A temporary
    UPN ends in a letter, which counts as its place in the same alphabet (DfE, Unique pupil numbers guide).
    Unknown local authority numbers are accepted.

    Spaces around it and lower case are accepted.

    Raises:
        ValueError: the UPN is not 13 characters of the right kind, or its check letter is wrong.
    """
    try:
        total = _FROM_2[upn[1:4]] + _FROM_5[upn[4:7]] + _FROM_8[upn[7:10]] + _FROM_11[upn[10:]]
    except KeyError:
        if (plain := upn.strip().upper()) != upn:
            return check_upn(plain)
        raise ValueError(
            "a UPN is a letter, 11 digits, and a last digit or (if temporary) letter, such as B801200005001"
        ) from None
    if upn[0] != _UPN_LETTERS[total % 23]:
        if (plain := upn.upper()) != upn:
            return check_upn(plain)
        raise ValueError("the check letter of this UPN is wrong: look for a typing mistake")
    return upn


Upn = Annotated[str, AfterValidator(check_upn)]
"""Unique pupil number: 13 characters, check letter first."""

Urn = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$", strip_whitespace=True)]
"""Unique reference number of a school: 6 digits."""

_CODE = StringConstraints(
    min_length=1, max_length=3, strip_whitespace=True, to_upper=True, pattern=r"^[\u0021-\u007e\u00a1-\u00ff]*$"
)
Code = Annotated[str, _CODE]
"""An attendance code in capitals, or a local mark of an MIS product (those are ignored and counted)."""

Reference = Annotated[str, StringConstraints(min_length=3, max_length=40), AfterValidator(check_line)]
"""A case, notice, booking or response reference as people read it aloud, or an opaque id."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
"""A language as BCP 47 writes it, such as pl, or pt-BR."""

_LONGEST = 2000
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=_LONGEST, strip_whitespace=True), AfterValidator(check_text)
]
"""Free text, of one line or several."""
ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(check_line)
]
"""A name, a title, an id: one line."""


def shortened(words: str) -> str:
    """Words cut to the length of a `Text`, with an ellipsis if something was cut off."""
    words = without(words)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 2]} …"


def _seen(text: Any) -> Any:
    """The text without invisible characters, which come with a paste and with which no letter is printed."""
    if not isinstance(text, str) or text.isprintable():
        return text
    spaced = " ".join(text.split())
    return "".join(each for each in spaced if unicodedata.category(each) not in ("Cc", "Cf"))


SeenText = Annotated[ShortText, BeforeValidator(_seen)]
"""A name or a line of an address, as a school's system sends it: one line of what can be seen."""


@dataclass(frozen=True)
class Unit:
    """The unit of a number, for people who type it, since the schema has no place for it."""

    name: str


BIGGEST = 2**53 - 1
"""The greatest whole number that every JSON reader keeps exact (RFC 8259, section 6)."""
Count = Annotated[int, Field(ge=0, le=BIGGEST)]
"""How many, or which one of a series."""

PENCE = Unit("pence")
Pence = Annotated[int, Field(ge=0, le=100_000_000), PENCE]
"""An amount, to a million pounds."""

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
"""A plausible day: adding days and weeks to it always gives a valid day."""
Time = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, 23, 59, tzinfo=UTC))
]
"""An instant, bounded like a day."""


def _with_texts(data: Any, change: Callable[[str], str]) -> Any:
    """JSON data with each text changed; raises ValueError if a number is out of bounds."""
    match data:
        case str():
            return change(data)
        case list() | tuple():
            return [_with_texts(each, change) for each in data]
        case Mapping():
            return {change(name): _with_texts(each, change) for name, each in data.items()}
        case int() | float() if not abs(data) <= BIGGEST:
            raise ValueError("a number is out of bounds")
    return data


Json = Annotated[JsonValue, AfterValidator(lambda said: _with_texts(said, without))]
"""Whatever JSON can say, in bounds; of texts, invisible characters are left out, as people paste them unknowingly."""


def _one_spelling(phase: str) -> str:
    return " ".join(phase.split()).capitalize()


Phase = Annotated[ShortText, AfterValidator(_one_spelling)]
"""A phase of education as the register of schools (GIAS) spells it, however it was typed: Primary, All-through."""


class Session(StrEnum):
    """Half of a school day."""

    AM = "AM"
    PM = "PM"

    @classmethod
    def read(cls, text: str) -> Self:
        """The session as registers write it: am, a, 1 or morning; raises ValueError."""
        plain = text.strip().lower().removesuffix(".0")  # a spreadsheet's 1.0
        found = next((each for each, written in _SESSIONS.items() if plain in written), None)
        if found is None:
            raise ValueError("write AM or PM")
        return cls(found)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        try:
            return cls.read(value) if isinstance(value, str) else None
        except ValueError:
            return None


_SESSIONS = {"AM": ("am", "a", "1", "morning"), "PM": ("pm", "p", "2", "afternoon")}


class Value(BaseModel):
    """A part of a message: frozen, tolerant of unknown fields, and silent about its data in errors."""

    NAMES: ClassVar[set[str]] = {"event", "command"}
    """Every field of messages and their parts, and handlers' parameter names: an error may name these."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    @classmethod
    def from_store(cls, data: Any) -> Self:
        """Read stored data, which may be older than today's rules for texts."""
        with suppress(ValidationError):
            return cls.model_validate(data)
        with suppress(ValidationError):
            return cls.model_validate(_with_texts(data, without))
        return cls.model_validate(_with_texts(data, _seen))

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        Value.NAMES.update(cls.model_fields)


class Address(Value):
    """A postal address without the name: 1 to 5 lines and a UK postcode (Notify prints 3 to 7 lines in all)."""

    lines: Annotated[tuple[SeenText, ...], Field(min_length=1, max_length=5)]
    postcode: Annotated[
        str,
        BeforeValidator(_seen),
        StringConstraints(min_length=5, max_length=8, strip_whitespace=True, to_upper=True),
    ]


class Person(Value):
    """An officer who acts: a named person, never a system."""

    id: ShortText
    name: ShortText
    role: ShortText


class SessionMark(Value):
    """One unauthorised session as evidence names it: when, which code, which school recorded it."""

    date: Day
    session: Session
    code: Code
    urn: Urn


class WhichSchools(Value):
    """Schools that are meant: all that are known, or those that every filter names."""

    districts: tuple[ShortText, ...] = ()
    phases: tuple[Phase, ...] = ()
    urns: tuple[Urn, ...] = ()
