"""Inputs that others have failed on, each with the right answer; a README in each folder says what its files hold."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def rows(file: str) -> list[dict[str, Any]]:
    """The rows of a file such as `notify/phones.json`."""
    found: list[dict[str, Any]] = json.loads((_FOLDER / file).read_text())
    return found


def text(pieces: list[list[Any]]) -> str:
    """`[text, how often]`, put one behind the other."""
    return "".join(piece * times for piece, times in pieces)
