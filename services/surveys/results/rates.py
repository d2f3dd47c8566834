"""How many of those invited have answered: the response rate with the right denominator. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.surveys.answers.states import DONE, INVITATION
from services.surveys.results.tally import NOT_KNOWN

ALL = "all"


@dataclass
class Rates:
    """Official answers and invitations by group, district and phase; individual answers beside them."""

    invited: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Official invitations by dimension and group."""
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    begun: int = 0
    """How many have saved answers but not finished."""
    individual_invited: int = 0
    individual_answered: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    """How the answers came: by the link, or entered from email, phone and letter."""

    def add(self, document: Mapping[str, Any]) -> None:
        """Count one stored invitation."""
        about, done = document["respondent"], INVITATION.of(document) in DONE
        if done:
            self.channels[document["channel"] or "link"] += 1
        if not about["official"]:
            self.individual_invited += 1
            self.individual_answered += done
            return
        groups = [(ALL, ALL), ("group", about["group"])]
        if about["group"] == "schools":
            groups += [(name, document[name] or NOT_KNOWN) for name in ("district", "phase")]
        for each in groups:
            self.invited[each] += 1
            self.answered[each] += done
        self.begun += document.get("progress") is not None

    def of(self, dimension: str) -> list[tuple[str, int, int]]:
        """Each group with how many were invited and how many of them have answered officially."""
        names = sorted(group for each, group in self.invited if each == dimension)
        return [(name, self.invited[dimension, name], self.answered[dimension, name]) for name in names]

    @property
    def total(self) -> tuple[int, int]:
        return self.invited[ALL, ALL], self.answered[ALL, ALL]


FIELDS = ("respondent.official", "respondent.group", "district", "phase", "state", "channel", "progress.edition")
"""The fields of an invitation needed to count it."""


def rates(documents: Iterable[Mapping[str, Any]]) -> Rates:
    found = Rates()
    for document in documents:
        found.add(document)
    return found


def percent(part: int, whole: int) -> str:
    """A rate in words: 35%; a dash if nobody was invited."""
    return f"{round(100 * part / whole)}%" if whole else "–"
