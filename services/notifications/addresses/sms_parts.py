"""How long a text message is, how many parts it is charged for, and which characters cost extra. Pure.

The alphabet is that of 3GPP TS 23.038. A text that fits it is sent in 7 bits: 160 characters in one part, 153 in each
of several, those of the extension table counting 2. One other character turns the whole text into UCS-2: 70 and 67.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

LONGEST = 918
"""The most characters of a text that we write: six parts. Each provider states its own limit."""

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLED = frozenset("^{}\\[~]|€\f")
_PLAINER = {
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...",
    "•": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\u200b": "", "\u00ad": "", "`": "'", "´": "'",
    "[": "(", "]": ")", "{": "(", "}": ")", "~": "-", "|": "/",
}  # fmt: skip


@dataclass(frozen=True)
class Dear:
    """A character that makes a text cost more: its position (from 0), and what could be written instead."""

    position: int
    character: str
    name: str
    """Its Unicode name, for people who cannot see the difference."""
    instead: str | None
    """A cheaper character with the same meaning; None if there is none."""
    why: Literal["not in the text message alphabet", "counts as 2 characters"]


@dataclass(frozen=True)
class Size:
    """What a text message costs. `characters` as the encoding counts them."""

    encoding: Encoding
    characters: int
    parts: int
    dear: tuple[Dear, ...]

    def price(self, pence_per_part: Decimal, multiplier: int = 1) -> Decimal:
        """Pence for one recipient; abroad a part costs several times as much."""
        return self.parts * pence_per_part * multiplier


def size(text: str) -> Size:
    """The size of a text message; an empty one still counts as one part."""
    outside = [place for place, each in enumerate(text) if each not in ALPHABET and each not in DOUBLED]
    if outside:
        characters = len(text.encode("utf-16-be", "surrogatepass")) // 2
        dear = tuple(_dear(text, place, "not in the text message alphabet") for place in outside)
        return Size("UCS-2", characters, parts(characters, "UCS-2"), dear)
    doubled = [place for place, each in enumerate(text) if each in DOUBLED]
    characters = len(text) + len(doubled)
    dear = tuple(_dear(text, place, "counts as 2 characters") for place in doubled)
    return Size("GSM-7", characters, parts(characters, "GSM-7"), dear)


def cost(measured: Size, pence_per_part: Decimal, multiplier: int = 1) -> Iterator[str]:
    """What a text costs, and which characters make it dearer, as lines for people."""
    counted = "1 part" if measured.parts == 1 else f"{measured.parts} parts"
    abroad = "" if multiplier == 1 else f" ({multiplier} times the price of a part, to this country)"
    price = measured.price(pence_per_part, multiplier)
    yield f"{measured.encoding}, {measured.characters} characters, {counted}, {price} pence for each recipient{abroad}"
    places: dict[str, list[int]] = {}
    for each in measured.dear:
        places.setdefault(each.character, []).append(each.position + 1)
    for each in {dear.character: dear for dear in measured.dear}.values():
        where = ", ".join(map(str, places[each.character]))
        better = "" if each.instead is None else f'; write "{each.instead}" instead'
        yield f"  {each.character} ({each.name}), at character {where}: {each.why}{better}"


def parts(characters: int, encoding: Encoding) -> int:
    """How many parts so many characters need, as the encoding counts them."""
    alone, of_several = (160, 153) if encoding == "GSM-7" else (70, 67)
    return 1 if characters <= alone else -(-characters // of_several)


def _dear(text: str, place: int, why: Literal["not in the text message alphabet", "counts as 2 characters"]) -> Dear:
    character = text[place]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    return Dear(place, character, name, _instead(character), why)


def _instead(character: str) -> str | None:
    """A plainer character, or the letter without its accent, if that is in the alphabet."""
    if character in _PLAINER:
        return _PLAINER[character]
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base in ALPHABET and base != character else None
