"""Characters that none of our texts may contain: they move a terminal's cursor, or disguise a text. Pure.

C0 except tabs and line ends, DEL, C1, and characters that change the direction of text (Unicode Annex 9;
CVE-2021-42574). Other format characters are part of how people write: joiners in names and emoji (U+200C, U+200D),
marks beside a word (U+200E, U+200F, U+061C), a soft hyphen, the tags of a flag.
"""

import re

_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]")
_ENDS = re.compile("[\t\n\r\u2028\u2029]")


def check_text(text: str) -> str:
    """Return a text that may have several lines; raises ValueError, naming the forbidden character."""
    if found := _NEVER.search(text):
        raise ValueError(f"take out the control character {_name(found)}")
    return text


def check_line(text: str) -> str:
    """Return a text of one line: a name, a title, an id. Raises ValueError."""
    if _ENDS.search(text):
        raise ValueError("write it on one line, without tabs")
    return check_text(text)


def is_number(text: str) -> bool:
    """Whether a text is only digits from 0 to 9, not those of other scripts."""
    return text.isascii() and text.isdecimal()


def without(text: str) -> str:
    """The text without these characters."""
    return _NEVER.sub("", text)


def in_one_line(text: str) -> str:
    """The text without them, and every run of spaces and line ends one space."""
    return " ".join(without(text).split())


def shown(text: str) -> str:
    """The text with these characters made visible, such as \\x1b or U+202E: for a terminal."""
    return _NEVER.sub(_name, text.replace("\r\n", "\n").replace("\r", "\\x0d"))


def _name(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"U+{code:04X}"
