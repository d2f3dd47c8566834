"""Web addresses: one check for every input. Every message can write what it accepts."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

_NEVER = frozenset(' "<>\\^`{|}')  # no address holds these unescaped (RFC 3986)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
"""A name or four numbers: no message keeps the brackets of an IPv6 address intact."""


def check_address(text: str) -> str:
    """Return a web address that a browser can open; raises ValueError that says how to write one."""
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme in {"http", "https"}
            and _HOST.fullmatch(parts.hostname or "")
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        good = False
    if not good or not text.isascii() or any(not each.isprintable() or each in _NEVER for each in text):
        raise ValueError("write a whole web address, such as https://example.org/meeting/123")
    return text


def is_address(text: str) -> bool:
    """Whether a text is a web address, and nothing else."""
    try:
        check_address(text)
    except ValueError:
        return False
    return True


WebAddress = Annotated[
    str, StringConstraints(min_length=8, max_length=1000, strip_whitespace=True), AfterValidator(check_address)
]
