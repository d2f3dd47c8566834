"""Phone numbers as GOV.UK Notify reads them, and the price of a text to each, as a multiple of the UK price. Pure.

The rules are those of Notify's own code (`PhoneNumber` in its notifications-utils), which goes by libphonenumber: what
it accepts is what any of our providers is asked to carry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

Fault = Literal["letters", "too_short", "too_long", "country", "unreal"]

MULTIPLIERS: Mapping[str, int] = {"crown": 2, "33": 2, "40": 2, "48": 1, "92": 12, "370": 2}
"""Notify's price abroad as a multiple of the UK price, by country prefix, from its code of August 2026."""
ELSEWHERE = 3
"""For a prefix that is not in the table: a guess on the high side. Notify's pricing page has them all."""

_UK = 44
_PLAIN = frozenset("0123456789()-+ \t\n\r\f\v\u00a0\u200b\u202f")
_TAKEN = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.UAN,
    PhoneNumberType.PERSONAL_NUMBER,
}
_LANDLINES = {PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UAN}
_LENGTHS: Mapping[int, Fault] = {
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    ValidationResult.INVALID_COUNTRY_CODE: "country",
}


class NoNumber(ValueError):
    """This is not a number that a text could go to. The text never repeats it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True)
class Number:
    """A number that exists as far as libphonenumber knows."""

    e164: str
    """Such as +447700900123."""
    is_landline: bool
    """Whether it is a UK landline, which takes no texts. Abroad nobody can tell, and Notify does not ask."""
    is_abroad: bool
    """Outside the country code 44: such texts have a limit of their own at Notify, and a permission."""
    is_crown: bool
    """Whether it is in Jersey, Guernsey or the Isle of Man: they have the UK's country code but not its price."""

    def multiplier(self, table: Mapping[str, int] = MULTIPLIERS) -> int:
        """The price of a text there, as a multiple of the UK price."""
        if self.is_crown:
            return table.get("crown", ELSEWHERE)
        if not self.is_abroad:
            return 1
        prefix = next((self.e164[1 : 1 + size] for size in (4, 3, 2, 1) if self.e164[1 : 1 + size] in table), "")
        return table.get(prefix, ELSEWHERE)


def read(text: str) -> Number:
    """A number as somebody typed it; raises NoNumber. Only digits, spaces, brackets, hyphens and a plus."""
    try:
        return _read(text)
    except NoNumber:
        return _read(text.replace("+", "").lstrip("0"))  # a stray zero or plus before a number that is right otherwise


def _read(text: str) -> Number:
    if set(text) - _PLAIN:
        raise NoNumber("letters")
    if not text.strip():
        raise NoNumber("too_short")
    number = _parsed(text, "GB")
    if number is None:
        raise NoNumber("unreal")
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        abroad = _parsed(f"+{text}", None)  # a spreadsheet has removed the plus
        if abroad is None or not phonenumbers.is_possible_number(abroad):
            raise NoNumber(_LENGTHS.get(length, "unreal"))
        number = abroad
    kind, region = phonenumbers.number_type(number), phonenumbers.region_code_for_number(number)
    is_uk = number.country_code == _UK
    is_of_films = is_uk and str(number.national_number).startswith("7700")  # Ofcom keeps 07700 900 for made-up people
    if not is_of_films and not (phonenumbers.is_valid_number(number) and kind in _TAKEN):
        raise NoNumber("unreal")
    if region == "001":
        raise NoNumber("country")  # satellites and so on: nobody carries texts there
    return Number(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        is_landline=is_uk and kind in _LANDLINES,
        is_abroad=not is_uk,
        is_crown=is_uk and not is_of_films and region != "GB",
    )


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
