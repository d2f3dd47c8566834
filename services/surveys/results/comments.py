"""The comments of a consultation, and the decision on each: conscientious consideration, written down.

A comment is one respondent's words to one question; it may hold several points, each decided on by itself. The fourth
Gunning principle asks that what was said is conscientiously taken into account. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.surveys.answers.running import Moment
from services.surveys.questionnaire.document import Survey
from shared.contracts.surveys import DisposeComment
from shared.decisions.deciding import Refused, because

Disposition = Mapping[str, Any]


@dataclass(frozen=True)
class Comment:
    """What somebody wrote, without who it was."""

    reference: str
    """The answer's reference, a slash, and the question's id."""
    question: str
    text: str
    scope: str
    """`local` (open to change) or `national` (fixed)."""


def comments_of(reference: str, answers: Mapping[str, Any], survey: Survey) -> Iterator[Comment]:
    """The comments of one answer."""
    for question in survey.questions:
        if question.type == "text" and question.id in answers:
            scope = question.scope or "local"
            yield Comment(f"{reference}/{question.id}", question.text, answers[question.id], scope)


def dispose(
    command: DisposeComment, comment: Comment, survey: Survey, earlier: Disposition | None, at: Moment
) -> Disposition:
    """The decision on a comment or one of its points; earlier decisions stay in its history.

    Raises:
        Refused: no reason is given, and there is no standard reply.
    """
    reason = command.reason
    if reason is None and command.outcome == "out_of_scope":
        question = survey.question(comment.reference.split("/")[1])
        consultation = survey.consultation
        reason = question.standard_reply or (consultation.standard_reply if consultation else None)
    if reason is None:
        raise Refused(because("no_reason", "reason: give a reason. Everybody who commented is owed one."))
    decision = {
        "at": at.now,
        "cause": str(at.cause),
        "outcome": command.outcome,
        "reason": reason,
        "summary": command.summary,
        "clause": command.clause,
        "theme": command.theme,
        "owner": command.officer.model_dump(),
        "decided_on": at.today.isoformat(),
    }
    history = [*(earlier or {}).get("history", ()), decision]
    return {
        "survey": command.survey,
        "comment": comment.reference,
        "point": command.point,
        "scope": comment.scope,
        **{name: value for name, value in decision.items() if name not in ("at", "cause")},
        "history": history,
    }


def undecided(comments: Iterable[Comment], decided: Iterable[Disposition]) -> list[Comment]:
    """The comments that nobody has decided yet."""
    done = {disposition["comment"] for disposition in decided}
    return [comment for comment in comments if comment.reference not in done]
