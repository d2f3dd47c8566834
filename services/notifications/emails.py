"""Emails to schools: their words from templates."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.clock import in_words
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached

_BECAUSE = {
    "marks_changed": "Since then, marks have been corrected.",
    "school_weeks_changed": "Since then, the school weeks that we count by have changed.",
}
_TEMPLATES = Environment(
    loader=PackageLoader("services.notifications"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  plain text: there is no mark-up that a value could become
    keep_trailing_newline=True,
    trim_blocks=True,
)
_TEMPLATES.filters["in_words"] = in_words


@dataclass(frozen=True)
class Mail:
    """What an email says. The subject holds no personal data: it is seen on locked screens and in logs."""

    subject: str
    text: str


def threshold_reached(event: AbsenceThresholdReached, school_name: str) -> Mail:
    """Tell a school that a pupil has met the national threshold, what was counted, and what to do."""
    return _written(
        "threshold_reached.txt",
        school=_one_line(school_name),
        case=event.case,
        upn=event.upn,
        urn=event.urn,
        count=event.count,
        sessions=event.sessions,
        school_weeks=event.school_weeks,
        policy=event.policy,
        evidence_hash=event.evidence_hash,
    )


def threshold_cleared(event: AbsenceThresholdCleared, school_name: str) -> Mail:
    """Tell a school that the threshold is no longer met, and why."""
    return _written(
        "threshold_cleared.txt",
        school=_one_line(school_name),
        case=event.case,
        upn=event.upn,
        count=event.count,
        why=_BECAUSE[event.because],
    )


def _written(template: str, **facts: object) -> Mail:
    """A template's first line is the subject, the rest after an empty line the text."""
    subject, text = _TEMPLATES.get_template(template).render(facts).split("\n\n", 1)
    return Mail(subject.removeprefix("Subject: "), text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
