"""Who is told of what happens to surveys and consultations. Pure.

An anonymous answer is confirmed to nobody: its event names no invitation or recipient, and nothing about it is kept.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from services.notifications.rules.rule import Recipient, Rule, spoken, to_team
from shared.contracts import surveys
from shared.contracts.base import Event
from shared.contracts.web import is_address

NOBODY: Mapping[type[Event], str] = {
    surveys.SurveyPublished: "the officer who publishes it sees the warnings at once",
    surveys.SurveyOpened: "those who are invited are told by their invitations",
    surveys.SurveyClosed: "its close is in every message about it; the team sees it with `everyday surveys list`",
    surveys.ResponseRefused: "people who answer by a link see it on the page; staff are told by command_refused",
    surveys.ResponseWithdrawn: "people who withdraw an answer see it at once on the page",
    surveys.CommentDisposed: "decisions on comments are published together, as “you said, we did”",
    surveys.ThemeRecorded: "it is published with the results, as “you said, we did”",
    surveys.ResultsPublished: "everybody who was invited is told by results_announced",
}
"""Events that nobody is told about, and why."""

ASKING = ("survey_invitation", "consultation_invitation", "survey_reminder")
"""Rules that ask for an answer: people who have answered are not asked again."""


def _recipient(event: surveys.Addressed) -> tuple[Recipient, ...]:
    return (Recipient(f"invitation:{event.invitation}", event.recipient.name, event.recipient.email),)


def _respondent(event: surveys.ResponseAccepted) -> tuple[Recipient, ...]:
    """The respondent; nobody for an anonymous answer, or for one without an address."""
    if event.invitation is None or event.recipient is None:
        return ()
    return (Recipient(f"invitation:{event.invitation}", event.recipient.name, event.recipient.email),)


def _fields(event: surveys.Addressed) -> Mapping[str, Any]:
    """Everything that the event says, plus whose answer it asks for."""
    others = {"recipient", "invitation", "survey", "closes_at", "link", "contact_email"}
    return {
        **event.model_dump(exclude={*Event.model_fields, *others}),
        "address": event.link,
        "answer_by": event.closing.removeprefix("closes at "),
        "contact_link": f"mailto:{quote(event.contact_email, safe='@')}",
        "name": event.recipient.name,
        "official": event.recipient.official,
        "organisation": event.recipient.organisation,
    }


def _consulted(event: surveys.InvitationIssued) -> Mapping[str, Any]:
    return {**_fields(event), "papers": [_paper(each) for each in event.papers]}


def _paper(paper: surveys.PackPaper) -> Mapping[str, Any]:
    """A paper's place may be a web address, or words such as `attached to our letter of 30 April`."""
    is_link = paper.address is not None and is_address(paper.address)
    found = {"link": paper.address if is_link else None, "place": None if is_link else paper.address}
    return {**paper.model_dump(include={"name", "label", "sha256"}), **found}


def _received(event: surveys.ResponseAccepted) -> Mapping[str, Any]:
    names = {"day", "response", "title", "copy_link", "channel", "nothing_to_say"}
    return {**event.model_dump(include=names), "name": event.recipient.name if event.recipient else None}


def _refusal(event: surveys.SurveyCommandRefused) -> Mapping[str, Any]:
    return {
        "reference": event.survey,
        "command": spoken(event.command),
        "asked_by": event.asked_by,
        "reasons": [event.words],
        "see": f"everyday surveys show {event.survey}",
    }


def _asking(event: type[Event], template: str, **more: Any) -> Rule:
    options: dict[str, Any] = {"whom": _recipient, "facts": _fields, "until": lambda message: message.closes_at} | more
    return Rule(template, event, "invited", "service", ("email",), template, **options)


RULES = (
    _asking(
        surveys.InvitationIssued,
        "survey_invitation",
        whom=lambda event: () if event.consultation else _recipient(event),
    ),
    _asking(
        surveys.InvitationIssued,
        "consultation_invitation",
        whom=lambda event: _recipient(event) if event.consultation else (),
        facts=_consulted,
    ),
    _asking(surveys.SurveyReminderDue, "survey_reminder", overtakes=("survey_reminder",)),
    _asking(
        surveys.ResponseAccepted,
        "survey_receipt",
        whom=_respondent,
        facts=_received,
        overtakes=ASKING,
        at_any_time=True,
        until=None,
    ),
    _asking(surveys.ResultsAnnounced, "survey_results", overtakes=(*ASKING, "survey_results"), until=None),
    to_team("survey_command_refused", surveys.SurveyCommandRefused, "command_refused", _refusal),
)
