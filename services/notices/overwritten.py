"""Notices of which another letter was once taken for their own, so that its day of posting overwrote theirs. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.notices.casefile import CaseFile


@dataclass(frozen=True)
class Overwritten:
    """A notice, the day on which its own letter was posted, and the other day that was kept and shown until now."""

    notice: str
    posted_on: date
    shown: date


def overwritten(file: CaseFile) -> Iterator[Overwritten]:
    """Every second, different day of posting in a file that was written before letters said what they are.

    The first day since the letter was written is the notice's own: that is how the file is read now.
    """
    own: dict[str, date] = {}
    for entry in file.history:
        if entry["what"] == "reissued":
            own.pop(entry["notice"], None)
        if entry["what"] != "letter_dispatched":
            continue
        posted_on = date.fromisoformat(entry["posted_on"])
        if own.setdefault(entry["notice"], posted_on) != posted_on:
            yield Overwritten(entry["notice"], own[entry["notice"]], posted_on)
