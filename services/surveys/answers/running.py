"""A survey as it runs: its versions, window and state, and who decided what about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from services.surveys.answers.reminders import next_round
from services.surveys.answers.states import SURVEY, SurveyState, What
from services.surveys.questionnaire.window import Window
from shared.contracts.base import Event
from shared.contracts.surveys import Mode
from shared.decisions import deciding
from shared.decisions.deciding import Entry
from shared.identity import derived

E = TypeVar("E", bound=Event)
Moment = deciding.Moment[What]


@dataclass(frozen=True)
class Edition:
    """One published version of a survey's document: where it is kept, and the hash of its canonical form."""

    number: int
    key: str
    sha256: str


@dataclass(frozen=True)
class Running:
    """How a survey stands."""

    reference: str
    correlation_id: str
    title: str
    mode: Mode
    consultation: bool
    window: Window
    editions: tuple[Edition, ...]
    state: SurveyState = SURVEY.start
    trail: tuple[Entry, ...] = ()
    pending: tuple[Mapping[str, Any], ...] = ()
    """Invitations that are still to be issued."""
    last_round: date | None = None
    """The last day for which reminders were checked."""
    publications: int = 0
    tidied: bool = False
    """Whether unsent saved answers have been removed."""

    @property
    def newest(self) -> Edition:
        return self.editions[-1]

    def edition(self, number: int | None) -> Edition | None:
        """A version by its number; without a number the newest."""
        if number is None:
            return self.newest
        return next((each for each in self.editions if each.number == number), None)

    @property
    def heard(self) -> frozenset[str]:
        """The messages already decided."""
        return frozenset(entry["cause"] for entry in self.trail)

    @property
    def papers(self) -> tuple[Entry, ...]:
        """The document pack: every version of every document, in order."""
        return tuple(entry for entry in self.trail if entry["what"] == "paper_added")

    @property
    def pack(self) -> tuple[Entry, ...]:
        """The current pack: the latest version of every document."""
        return tuple({paper["name"]: paper for paper in self.papers}.values())

    def published_by(self, cause: str) -> int | None:
        """The number of the publication that a message caused; None if it caused none."""
        made = (entry for entry in self.trail if entry["what"] == "results_published" and entry["cause"] == cause)
        return next((int(entry["number"]) for entry in made), None)

    def with_entry(self, entry: Entry, **changed: Any) -> "Running":
        return replace(self, trail=(*self.trail, entry), **changed)

    def moved(self, entry: Entry, **changed: Any) -> "Running":
        """The survey in its next state. Raises NoSuchMove."""
        state = SURVEY.after(self.state, entry["what"])
        return replace(self.with_entry(entry, **changed), state=state)

    def due_at(self) -> datetime | None:
        """When something next falls due."""
        if self.state == "waiting":
            return self.window.opens_at
        if self.state == "closed":
            return None if self.tidied else self.window.settled_at
        if self.pending:
            return self.window.opens_at
        round_ = next_round(self.last_round or self.window.first_day, self.window)
        return round_ or self.window.closes_at

    def event(self, kind: type[E], at: Moment, purpose: str, **facts: Any) -> E:
        """An event about the survey, under its own correlation id; its id is derived from the cause."""
        envelope = {
            "id": derived(at.cause, purpose),
            "time": at.now,
            "subject": self.reference,
            "correlation_id": self.correlation_id,
            "causation_id": at.cause,
            "survey": self.reference,
        }
        return kind.model_validate(envelope | facts)


def until(running: Running, closes_at: datetime) -> Running:
    """The same survey with a new close; the grace period stays as stated."""
    return replace(running, window=replace(running.window, closes_at=closes_at))


def is_settled(running: Running, now: datetime) -> bool:
    """Whether it is closed and the grace period is over too: no answer can come any more."""
    return running.state == "closed" and now >= running.window.settled_at


def settled_words(running: Running, now: datetime) -> str:
    """Why there are no results yet."""
    if running.state != "closed":
        return f"The survey {running.window.closing}; results can be published after that."
    left = max(running.window.settled_at - now, timedelta()).total_seconds() / 60
    return f"Answers started in time can still arrive for {max(1, round(left))} minutes. Try again after that."
