"""Whether a consultation gives enough time: calendar and working days, holidays, and warnings.

“Adequate time” is the third of the Gunning principles (R v Brent ex parte Gunning [1985] 84 LGR 168). Pure.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.terms import Terms
from shared.time.clock import in_words
from shared.time.working_days import is_working_day, why_no_working_day, working_days


@dataclass(frozen=True)
class Adequacy:
    """The days of a window, both ends included, and what its author should look at."""

    first: date
    last: date
    calendar_days: int
    working_days: int
    bank_holidays: tuple[tuple[date, str], ...]
    no_school: tuple[tuple[date, str], ...]
    """Working days on which no school is held, with why."""
    warnings: tuple[str, ...]

    @property
    def words(self) -> str:
        return (
            f"{in_words(self.first)} to {in_words(self.last)}: "
            f"{self.calendar_days} calendar days, {self.working_days} working days"
        )


def adequacy(survey: Survey, terms: Terms) -> Adequacy:
    """Count the days of a survey's window."""
    window = survey.window
    first, last = window.first_day, window.last_day
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    banks = tuple(
        (day, why) for day in days if day.weekday() < 5 and (why := why_no_working_day(day)) and not is_working_day(day)
    )
    closed = tuple((day, why) for day in days if is_working_day(day) and (why := terms.why_no_school(day)))
    count = working_days(first, last)
    return Adequacy(first, last, len(days), count, banks, closed, tuple(_warnings(survey, count, banks, closed, last)))


def _warnings(
    survey: Survey,
    count: int,
    banks: tuple[tuple[date, str], ...],
    closed: tuple[tuple[date, str], ...],
    last: date,
) -> list[str]:
    warnings = [f"includes a bank holiday: {in_words(day)} ({why})" for day, why in banks]
    if closed:
        kinds = " and ".join(sorted({why for _, why in closed}))
        warnings.append(f"{len(closed)} of its working days are in the holidays ({kinds}), when schools do not answer")
    if not is_working_day(last) or any(day == last for day, _ in closed):
        warnings.append(f"its last day, {in_words(last)}, is not a school day, so nobody can help on that day")
    if survey.consultation and count < survey.consultation.least_working_days:
        warnings.append(
            f"{count} working days; a consultation should have at least {survey.consultation.least_working_days}"
        )
    return warnings
