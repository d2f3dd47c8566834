"""A text message as GOV.UK Notify sends it: what it replaces, what arrives as a question mark, its charge. Pure.

The rules are those of Notify's own code (`SanitiseSMS` and `SMSMessageTemplate` in its notifications-utils): it
replaces first and counts afterwards. A letter that it neither keeps nor can replace becomes "?".
"""

import re
import unicodedata
from dataclasses import replace

from services.notifications.addresses.sms_parts import ALPHABET, DOUBLED, Size, parts, size

LONGEST = 918
"""Characters that Notify takes, counted after replacing and without the service's name."""

_WELSH = frozenset("àèìòùẁỳÀÈÌÒÙẀỲáéíóúẃýÁÉÍÓÚẂÝäëïöüẅÿÄËÏÖÜẄŸâêîôûŵŷÂÊÎÔÛŴŶ")
_KEPT = ALPHABET | DOUBLED | _WELSH
_REPLACED = {
    "‑": "-", "–": "-", "—": "-", "−": "-", "…": "...", "‘": "'", "’": "'", "“": '"', "”": '"', "‚": "'", "„": '"',
    "\u00a0": " ", "\u202f": " ", "\t": " ", "Ł": "L", "ł": "l",
    **dict.fromkeys("\u180e\u200b\u200c\u200d\u2060\ufeff\u2028\u2029", ""),
}  # fmt: skip
_SPACE_BEFORE = re.compile(r"[ \t]+([,.])")
_SPACES = re.compile(r"[ \t\f\v\u180e\u200b\u200c\u200d\u2060\ufeff\u00a0\u202f]+")
_LINES = re.compile(r"\n{3,}")
_LOST = "?"


def arriving(text: str, prefix: str = "") -> str:
    """What the phone shows. `prefix` is the service's name where Notify puts it before each text."""
    kept = "".join(map(_sent, _tidied(f"{prefix}: {text}" if prefix else text)))
    return _LINES.sub("\n\n", kept).strip()


def lost(text: str) -> tuple[str, ...]:
    """The characters that would arrive as a question mark, each once."""
    return tuple(dict.fromkeys(each for each in _tidied(text) if each != _LOST and _sent(each) == _LOST))


def charged(text: str, prefix: str = "") -> Size:
    """The size that Notify charges for: a character of the extension table counts 2, whatever the alphabet."""
    measured = size(arriving(text, prefix))
    if measured.encoding == "GSM-7":
        return measured
    characters = measured.characters + sum(map(arriving(text, prefix).count, DOUBLED))
    return replace(measured, characters=characters, parts=parts(characters, "UCS-2"))


def unfit(text: str) -> str | None:
    """Why Notify must not be given this text; None if it may."""
    if gone := lost(text):
        named = ", ".join(unicodedata.name(each, f"U+{ord(each):04X}") for each in gone[:3])
        return f"by GOV.UK Notify {len(gone)} of its characters would arrive as question marks ({named})"
    count = len(arriving(text))
    return f"GOV.UK Notify takes {LONGEST} characters, and this has {count}" if count > LONGEST else None


def _tidied(text: str) -> str:
    lines = (_SPACES.sub(" ", line.strip()) for line in _SPACE_BEFORE.sub(r"\1", text).splitlines())
    return "\n".join(lines)


def _sent(each: str) -> str:
    if each in _KEPT:
        return each
    made_of = unicodedata.decomposition(each)
    if made_of and "<" not in made_of:
        bare = chr(int(made_of.split()[0], 16))
        return bare if bare in _KEPT else _LOST
    return _REPLACED.get(each, _LOST)
