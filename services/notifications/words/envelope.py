"""The lines that show through an envelope's window, as GOV.UK Notify reads and prints them. Pure.

The rules are those of Notify's own code (`PostalAddress` in its notifications-utils, and the letter checks of its
template preview): a precompiled letter that breaks one is accepted first and stopped later.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Fault = Literal[
    "address-is-empty",
    "not-enough-address-lines",
    "too-many-address-lines",
    "invalid-address-line-1-or-2",
    "not-a-real-uk-postcode",
    "invalid-char-in-address",
    "no-fixed-abode-address",
    "has-country-for-bfpo-address",
]
"""By Notify's own names."""

FIXES: Mapping[Fault, tuple[str, str]] = {
    "address-is-empty": ("recipient", "a letter needs a name and an address"),
    "not-enough-address-lines": ("recipient.address.lines", "with the name and the postcode it has 3 to 7 lines"),
    "too-many-address-lines": ("recipient.address.lines", "with the name and the postcode it has 3 to 7 lines"),
    "invalid-address-line-1-or-2": (
        "recipient",
        "the name and the first line of the address each need a letter from A to Z or a digit",
    ),
    "not-a-real-uk-postcode": ("recipient.address.postcode", "it must be a UK postcode of an area that exists"),
    "invalid-char-in-address": (
        "recipient.address.lines",
        'a line begins with a character that Notify refuses, one of @ ( ) = [ ] " \\ / , < > ~',
    ),
    "no-fixed-abode-address": (
        "recipient.address.lines",
        "no letter can be sent to no fixed abode: find an address at which the parent is reached",
    ),
    "has-country-for-bfpo-address": (
        "recipient.address",
        "after a BFPO number there may be a UK postcode only: leave the country out",
    ),
}
"""For each fault the field, and what to write there."""

_AREAS = (
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E "
    "EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS "
    "LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR "
    "SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
)
_POSTCODE = re.compile(rf"(?:{'|'.join(_AREAS.split())})[0-9][0-9A-Z]?[0-9][A-BD-HJLNP-UW-Z]{{2}}")
_UK = frozenset({"united kingdom", "uk", "u.k.", "great britain", "england", "scotland", "wales", "northern ireland"})
_BFPO = re.compile(r"bfpo\s*(?:c/o)?(?:\s*([0-9]+))?", re.IGNORECASE)
_FORBIDDEN_STARTS = tuple('@()=[]"\\/,<>~')
_SPACE_BEFORE = re.compile(r"[ \t]+([,.])")
_NOWHERE = re.compile(r"no fixed (?:abode|address)|^nfa$", re.IGNORECASE)


def printed(lines: Sequence[str]) -> list[str]:
    """The lines that Notify prints in the window, whatever the letter had there: tidied, the postcode in one form."""
    tidy = [_SPACE_BEFORE.sub(r"\1", " ".join(line.split()).rstrip(" ,")) for line in lines]
    lines_left = [line for line in tidy if line]
    numbers = [number for line in lines_left if (number := _number(line))]
    kept = [line for line in lines_left if not _BFPO.fullmatch(line)] if numbers else list(lines_left)
    while len(kept) > 1 and kept[-1].lower() in _UK:
        kept.pop()
    postcode = _postcode(kept[-1]) if kept else None
    if postcode:
        kept[-1] = postcode
    if not numbers:
        return kept
    abroad = [kept.pop()] if kept and not postcode and kept[-1] == lines_left[-1] else []
    return [*kept, f"BFPO {int(numbers[0])}", *abroad]


def fault(lines: Sequence[str]) -> Fault | None:
    """What Notify finds wrong with these lines, name first and postcode last; None if a letter can be sent there."""
    shown = printed(lines)
    is_forces, is_abroad = (any(map(_number, part)) for part in (shown[-1:], shown[:-1]))
    checks: tuple[tuple[Fault, bool], ...] = (
        ("address-is-empty", not shown),
        ("not-enough-address-lines", len(shown) < 3),
        ("too-many-address-lines", len(shown) > 7),
        ("invalid-address-line-1-or-2", not all(re.search(r"[A-Za-z0-9]", line) for line in shown[:2])),
        ("has-country-for-bfpo-address", is_abroad),
        ("not-a-real-uk-postcode", bool(shown) and not is_forces and _postcode(shown[-1]) is None),
        ("invalid-char-in-address", any(line.startswith(_FORBIDDEN_STARTS) for line in shown)),
        ("no-fixed-abode-address", any(_NOWHERE.search(line) for line in shown)),
    )
    return next((each for each, is_so in checks if is_so), None)


def _number(line: str) -> str | None:
    """The number of a forces' post office (BFPO), if the line is one."""
    found = _BFPO.fullmatch(line)
    return found[1] if found else None


def _postcode(text: str) -> str | None:
    """A postcode with one space and in capitals, as sorting machines read it; None if it is not one."""
    joined = "".join(text.split()).upper()
    return f"{joined[:-3]} {joined[-3:]}" if _POSTCODE.fullmatch(joined) else None
