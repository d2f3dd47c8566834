"""Whose pages these are: the authority's name and colour, and whom to ask. Pure."""

import re
from dataclasses import dataclass

_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_LEAST_CONTRAST = 4.5
"""Between a text and what is behind it (WCAG 2.2, 1.4.3): the authority's name stands in white on its colour."""


@dataclass(frozen=True)
class Authority:
    """What stands at the head and the foot of every page."""

    name: str = "Attendance Team"
    team: str = ""
    colour: str = "#12436d"
    phone: str = ""
    email: str = ""
    hours: str = ""
    """When the phone is answered."""


def check_colour(colour: str) -> str:
    """Return a colour on which white text can be read; raises ValueError."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError("write a colour as #12436d")
    against_white = 1.05 / (_luminance(colour) + 0.05)
    if against_white < _LEAST_CONTRAST:
        raise ValueError(
            f"white text on this colour has a contrast of {against_white:.1f} to 1: take a darker one, "
            f"with {_LEAST_CONTRAST} to 1 or more"
        )
    return colour


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
