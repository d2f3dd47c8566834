"""From when to when a survey takes answers: stated instants in Europe/London, with their wording.

Pure.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from services.surveys.questionnaire.part import Part
from shared.time.clock import LONDON, in_words, local_date
from shared.writing.counting import number_of


def london(value: Any) -> Any:
    """A date (its first instant) or a local time as an instant in UTC; a time that says its offset stays.

    Raises:
        ValueError: this is not an instant, or the clocks skip or repeat this local time.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("write a date such as 2024-05-17, or a time such as 2024-05-16 17:00") from None
    if not isinstance(value, datetime):
        raise ValueError("write a date such as 2024-05-17, or a time such as 2024-05-16 17:00")
    if value.tzinfo is not None:
        return value.astimezone(UTC)
    first, second = (value.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        happens = "twice" if first < second else "never"
        raise ValueError(
            f"the clocks change: this time happens {happens} on that day; write its offset too, such as +01:00"
        )
    return first


Instant = Annotated[datetime, BeforeValidator(london)]


class Closes(Part):
    """How a document says when its survey closes: exactly one of the three.

    `before: 2024-05-17` closes at the end of the 16th; `to: 2024-05-17` includes the 17th; `at` is a time of day.
    """

    before: date | None = None
    to: date | None = None
    at: Instant | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum(each is not None for each in (self.before, self.to, self.at)) != 1:
            raise ValueError("say exactly one of before (the day is not included), to (it is) and at (a time of day)")
        return self

    @property
    def instant(self) -> datetime:
        """The first instant at which the survey is closed."""
        if self.at is not None:
            return self.at
        day = self.before or (self.to or date.max) + timedelta(days=1)
        return datetime.combine(day, time(), LONDON).astimezone(UTC)


Phase = Literal["waiting", "open", "grace", "closed"]
NOT_OVER: frozenset[Phase] = frozenset({"waiting", "open"})


@dataclass(frozen=True)
class Window:
    """When a survey takes answers: from `opens_at` and before `closes_at`; begun ones for the grace period longer."""

    opens_at: datetime
    closes_at: datetime
    grace: timedelta

    @property
    def settled_at(self) -> datetime:
        """From this instant on no answer is accepted any more."""
        return self.closes_at + self.grace

    def phase(self, now: datetime) -> Phase:
        if now < self.opens_at:
            return "waiting"
        if now < self.closes_at:
            return "open"
        return "grace" if now < self.settled_at else "closed"

    def accepts(self, sent_at: datetime, begun_at: datetime | None) -> bool:
        """Whether an answer sent now counts: in time, or begun in time and sent within the grace period."""
        phase = self.phase(sent_at)
        begun = begun_at is not None and self.opens_at <= begun_at < self.closes_at
        return phase == "open" or (phase == "grace" and begun)

    @property
    def first_day(self) -> date:
        return local_date(self.opens_at)

    @property
    def last_day(self) -> date:
        """The last day on which it is open, at least for a while."""
        return local_date(self.closes_at - timedelta(microseconds=1))

    @property
    def closing(self) -> str:
        """Such as `closes at 11:59pm on Thursday 16 May 2024`: the last minute, if it is open to a day's end."""
        return f"closes at {_at(self._last_shown)}"

    @property
    def closed(self) -> str:
        return f"closed at {_at(self._last_shown)}"

    @property
    def opening(self) -> str:
        local = self.opens_at.astimezone(LONDON)
        return f"opens on {in_words(local.date())}" if local.time() == time() else f"opens at {_at(self.opens_at)}"

    @property
    def grace_words(self) -> str:
        minutes = int(self.grace.total_seconds() // 60)
        if not minutes:
            return "Please send your answer before the survey closes."
        late = number_of(minutes, "minute")
        return f"If you have started by then, you can send your answer up to {late} after the survey closes."

    @property
    def _last_shown(self) -> datetime:
        ends_a_day = self.closes_at.astimezone(LONDON).time() == time()
        return self.closes_at - timedelta(minutes=1) if ends_a_day else self.closes_at


def _at(instant: datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{time_of_day(local.time())} on {in_words(local.date())}"


def time_of_day(at: time) -> str:
    """A time as people write it: 9am, 11:59pm, midday."""
    if at == time(12):
        return "midday"
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"
