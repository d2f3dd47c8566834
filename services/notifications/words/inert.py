"""Typed words, escaped so that no program takes them for anything else. Pure.

Emails and texts are read by programs that look for mark-up: HTML, Markdown, GOV.UK Notify's own dialect with its
`((placeholders))`, and mail programs that turn anything like an address into a link. A letter needs none of this:
its words are set as data.
"""

import re
import unicodedata
from collections.abc import Collection

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # what a backslash escapes in CommonMark
_DOTS = "[.\u2024\u3002\uff0e\uff61]"  # what mail programs take as the dot of an address
_LOOKS_LIKE_AN_ADDRESS = re.compile(rf"://|@|\w{_DOTS}[^\W\d_]|www{_DOTS}", re.IGNORECASE)
_PIECES = re.compile(rf"(?<=\w)({_DOTS})(?=\w)|(?<=:)(?=//)|(?<=\w)(?=@)")
_PAIRS = ("((", "))", "](", "][")  # they open or close a placeholder or a link


def one_line(text: str) -> str:
    """The text without line breaks, runs of spaces and invisible characters."""
    seen = (" " if each.isspace() else each for each in text)
    return " ".join("".join(each for each in seen if unicodedata.category(each) not in _INVISIBLE).split())


def plain(text: str, own_domains: Collection[str] = ()) -> str:
    """One line that no program turns into a link; addresses at our own domains stay whole.

    Anything like another address is broken up with spaces: evil.example becomes evil. example.
    """
    return " ".join(_taken_apart(each, own_domains) for each in one_line(text).split(" "))


def apart(message: str) -> str:
    """A whole message with GOV.UK Notify's placeholders and links broken up: our templates make none."""
    for pair in _PAIRS:
        while pair in message:
            message = message.replace(pair, f"{pair[0]} {pair[1]}")
    return message


def escaped(text: str) -> str:
    """The same text in Markdown: every character that could mean something is escaped with a backslash."""
    return _PUNCTUATION.sub(r"\\\1", text)


def _taken_apart(word: str, own_domains: Collection[str]) -> str:
    if not _LOOKS_LIKE_AN_ADDRESS.search(word) or _is_ours(word, own_domains):
        return word
    return _PIECES.sub(lambda found: f"{found[0]} ", word)


def _is_ours(word: str, own_domains: Collection[str]) -> bool:
    """Whether it is a web or mail address at one of our domains."""
    hosts = "|".join(re.escape(domain) for domain in own_domains)
    address = rf"(https://)?(www\.)?({hosts})(/[A-Za-z0-9/_-]*)*|[A-Za-z0-9._-]+@({hosts})"
    return bool(hosts and re.fullmatch(rf"[(]?({address})[).,;:?!]*", word))
