"""How long a survey takes: estimated from its words before launch, measured from the answers afterwards. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.surveys.questionnaire.document import Survey

_WORDS_A_MINUTE = 200  # words a minute, reading plain English silently: the lower end of common measurements
_SECONDS = {"single": 7, "multiple": 12, "scale": 6, "text": 60, "number": 12, "date": 10, "yes_no": 4}
_SECONDS_A_ROW = 6
_LONGEST = 240


@dataclass(frozen=True)
class Taken:
    """Measured minutes: half of the respondents took at most the median, nine in ten at most `ninetieth`."""

    count: int
    median: float
    ninetieth: int
    within_promise: int | None
    """How many took no longer than was promised."""


def estimate(survey: Survey) -> int:
    """The minutes for a respondent who is asked everything: reading, and answering each question."""
    words = len(survey.introduction.split())
    seconds = 0.0
    for question in survey.questions:
        texts = [question.text, question.help or "", *(option.text for option in _options(question))]
        words += sum(len(text.split()) for text in texts)
        seconds += _SECONDS_A_ROW * len(question.rows) if question.type == "matrix" else _SECONDS[question.type]
    return max(1, math.ceil(words / _WORDS_A_MINUTE + seconds / 60))


def coarse_minutes(begun_at: datetime | None, sent_at: datetime) -> int | None:
    """From the first look to the end, in whole minutes, rounded up; None if over four hours: not one sitting."""
    if begun_at is None or begun_at > sent_at:
        return None
    minutes = max(1, math.ceil((sent_at - begun_at).total_seconds() / 60))
    return minutes if minutes <= _LONGEST else None


def taken(minutes: Sequence[int], promise: int | None) -> Taken | None:
    """How long the answers took; None if nothing was measured. The 90th percentile is by nearest rank."""
    ordered = sorted(minutes)
    if not ordered:
        return None
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    within = None if promise is None else sum(each <= promise for each in ordered)
    return Taken(len(ordered), float(median), ordered[math.ceil(0.9 * len(ordered)) - 1], within)


def _options(question: Any) -> tuple[Any, ...]:
    return (*getattr(question, "options", ()), *getattr(question, "rows", ()), *getattr(question, "columns", ()))
