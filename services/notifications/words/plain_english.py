"""Whether words are easy to read: no banned words, no long sentences, and a reading measure. Pure.

The measure is the automated readability index (Senter and Smith, 1967): it counts letters, words and sentences, and
needs no guess at syllables. It is the American school year in which a text is understood: 5 is an age of 10 to 11.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How long a sentence may be, in words, and how high the index."""

    sentence: int
    index: float


EVERYDAY = Limits(sentence=25, index=5.0)
"""The GOV.UK style guide asks to look at every sentence of more than 25 words."""
STATUTORY = Limits(sentence=30, index=7.0)
"""For texts that have to use the law's own words."""

_BETTER = {
    "additional": "more",
    "advise": "tell",
    "approximately": "about",
    "ascertain": "find out",
    "as per": "as in",
    "assist": "help",
    "at the earliest convenience": "as soon as you can",
    "commence": "begin",
    "dispatch": "send",
    "due to the fact that": "because",
    "endeavour": "try",
    "ensure": "make sure",
    "facilitate": "help",
    "failure to": "if you do not",
    "forthwith": "now",
    "furthermore": "also",
    "hereby": "(leave it out)",
    "in accordance with": "by",
    "in order to": "to",
    "in respect of": "for",
    "in the event of": "if",
    "leverage": "use",
    "obtain": "get",
    "prior to": "before",
    "purchase": "buy",
    "pursuant": "under",
    "regarding": "about",
    "remittance": "payment",
    "shall": "will or must",
    "subsequently": "then",
    "terminate": "end",
    "therein": "in it",
    "thereof": "of it",
    "utilise": "use",
    "whilst": "while",
    "with regard to": "about",
}
_BANNED = re.compile(rf"\b({'|'.join(map(re.escape, _BETTER))})\b", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?:])\s+|\n+")
_LIST_MARK = re.compile(r"^(?:[0-9]+[.)]|-) +", re.MULTILINE)
_ADDRESS = re.compile(r"https://\S+")
_WORD = re.compile(r"[A-Za-z0-9£][\w£.,'’/@-]*")
_FIELD_WORDS = {"attendance", "authorisation", "unauthorised", "authorised", "reference", "registration", "certificate"}
"""The field's words that every reader knows or is told: they count as short ones."""
_TOO_FEW = 30  # words: with fewer, the measure says nothing


@dataclass(frozen=True)
class Reading:
    """How hard a text is to read."""

    words: int
    sentences: int
    index: float


def faults(text: str, limits: Limits = EVERYDAY) -> Iterator[str]:
    """What in a text is too hard to read, each with the words that it is about."""
    for found in _BANNED.finditer(text):
        yield f"“{found[0]}”: write “{_BETTER[found[0].lower()]}”"
    for sentence in sentences(text):
        count = len(_WORD.findall(sentence))
        if count > limits.sentence:
            yield f"a sentence of {count} words, at most {limits.sentence}: “{sentence[:60]}…”"
    measured = reading(text)
    if measured.words > _TOO_FEW and measured.index > limits.index:
        yield f"the reading measure is {measured.index:.1f}, at most {limits.index:.0f}"


def sentences(text: str) -> list[str]:
    """The sentences; a line that ends without a full stop, such as a heading, counts as one."""
    bare = _ADDRESS.sub("", _LIST_MARK.sub("", text))
    return [each.strip() for each in _SENTENCE_ENDS.split(bare) if _WORD.search(each)]


def reading(text: str) -> Reading:
    """The measure, over complete sentences."""
    whole = [each for each in sentences(text) if each.endswith((".", "!", "?", ":"))]
    words = [word for each in whole for word in _WORD.findall(each)]
    if not words:
        return Reading(0, 0, 0.0)
    letters = sum(5 if word.lower().strip(".,") in _FIELD_WORDS else len(word.strip(".,'’")) for word in words)
    index = 4.71 * letters / len(words) + 0.5 * len(words) / len(whole) - 21.43
    return Reading(len(words), len(whole), index)
