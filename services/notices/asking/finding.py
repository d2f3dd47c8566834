"""Finds the name that somebody means, even when it is misspelt. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import TypeVar

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘`")

T = TypeVar("T")

_LIKE_ENOUGH = 0.66  # one name: Lartor and Larter, Jon and John, Muhamad and Mohammed; not Robert and Robin


class Words:
    """What somebody typed, to compare with very many names: each different word is compared once."""

    def __init__(self, typed: str) -> None:
        self._wanted = [SequenceMatcher(b=word, autojunk=False) for word in plain(typed).split()]
        self._likeness = lru_cache(maxsize=200_000)(self._compare)

    def likeness(self, name: str) -> float:
        """How closely every typed word matches some word of the name, from 0 to 1; 0 if any word matches none."""
        words = plain(name).split()
        if not words or not self._wanted:
            return 0
        best = [max(each) for each in zip(*(self._likeness(word) for word in words), strict=True)]
        return sum(best) / len(best) if min(best) else 0

    def _compare(self, word: str) -> tuple[float, ...]:
        return tuple(_ratio(matcher, word) for matcher in self._wanted)


def best(found: Iterable[tuple[float, str, T]], limit: int) -> list[T]:
    """The closest matches, best first; equal ones in order of name."""
    ranked = nlargest(limit, found, key=lambda each: each[0])
    return [thing for _, _, thing in sorted(ranked, key=lambda each: (-each[0], each[1]))]


def plain(text: str) -> str:
    """Without accents, case and punctuation: O'Brien is obrien, Zoë is zoe, Smith-Jones is smith jones."""
    if not text.isascii():
        text = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(_WORD.findall(text.casefold().translate(_APOSTROPHES)))


def _ratio(matcher: SequenceMatcher[str], word: str) -> float:
    """As `difflib` measures it, with its cheap upper bounds first, since most words are not alike at all."""
    matcher.set_seq1(word)
    if matcher.real_quick_ratio() < _LIKE_ENOUGH or matcher.quick_ratio() < _LIKE_ENOUGH:
        return 0
    ratio = matcher.ratio()
    return ratio if ratio >= _LIKE_ENOUGH else 0
