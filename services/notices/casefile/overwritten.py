"""Notices for which another letter was once mistaken for their own, and its day of posting overwrote theirs. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from shared.time.clock import in_words


@dataclass(frozen=True)
class Overwritten:
    """A notice, the days on which its own letter was posted and served, and the others that were shown until now."""

    case: str
    notice: str
    posted_on: date
    served_on: date
    shown: date
    """The day of posting of the other letter."""
    shown_served: date

    @property
    def words(self) -> str:
        """What was wrong, and what it means for the records of regulation 20."""
        return (
            f"{self.notice} (case {self.case}): its own letter was posted on {in_words(self.posted_on)} and counts as "
            f"served on {in_words(self.served_on)}. {in_words(self.shown)} was shown instead, the posting of another "
            f"letter. The records of regulation 20 say {in_words(self.served_on)} now; what was made of them "
            f"before says {in_words(self.shown_served)}, and has to be made again (everyday papers records)."
        )


def overwritten(file: CaseFile) -> Iterator[Overwritten]:
    """Every second, different day of posting in a file from before letters said what kind they are.

    The first day after the letter was written is the notice's own: the file is now read that way.
    """
    own: dict[str, Entry] = {}
    for entry in file.history:
        if entry["what"] == "reissued":
            own.pop(entry["notice"], None)
        if entry["what"] != "letter_dispatched":
            continue
        first = own.setdefault(entry["notice"], entry)
        if first["posted_on"] != entry["posted_on"]:
            days = (date.fromisoformat(each[name]) for each in (first, entry) for name in ("posted_on", "served_on"))
            yield Overwritten(file.reference, entry["notice"], *days)
