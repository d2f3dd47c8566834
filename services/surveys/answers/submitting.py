"""Answers decided: saved, submitted, entered, withdrawn; or refused, with question and fix. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.surveys.answers.answering import Checked, Problem, check
from services.surveys.answers.invitation import Invitation, saved, spent, unspent
from services.surveys.answers.running import Moment, Running
from services.surveys.answers.states import DONE
from services.surveys.questionnaire.document import Survey
from shared.contracts.base import Command, Event
from shared.contracts.surveys import (
    Done,
    EnterResponse,
    InvitationIssued,
    ResponseAccepted,
    ResponseRefused,
    ResponseWithdrawn,
    ResultsAnnounced,
    SaveProgress,
    SubmitResponse,
    SurveyReminderDue,
    WithdrawResponse,
)
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived, derived_reference
from shared.time.clock import LONDON

Link = Callable[[str, str], str]
"""Makes a link for a purpose and a reference."""
Said = SubmitResponse | SaveProgress | EnterResponse | WithdrawResponse
"""A message about one answer."""


def _itself(submission: UUID) -> UUID:
    return submission


@dataclass(frozen=True)
class Asked:
    """The survey that an invitation belongs to, in the version that its answer is for."""

    running: Running
    survey: Survey
    edition: int
    link: Link
    response: str | None = None
    """The reference of the answer, if the derived one turned out to be taken."""
    known_as: Callable[[UUID], UUID] = _itself
    """The id under which a submission is remembered; an anonymous one's own would lead from a log to its invitation."""


@dataclass(frozen=True)
class Kept:
    """An invitation after a decision, the events, and which of the answers so far were not saved."""

    invitation: Invitation
    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()


class Unanswerable(Refused):
    """The answers cannot be accepted as they are; every problem by question."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(because("answers_wrong", checked.words))
        self.problems = checked.problems


def take(invitation: Invitation, command: Said, asked: Asked, at: Moment) -> Kept:
    """The outcome of a message about an answer. A message that was already decided changes nothing when it comes again.

    Raises:
        Refused: it cannot be done; `unchanged` remembers that it was asked.
        Repeated: it was already decided, or a later message overtook it.
    """
    if str(command.id) in invitation.heard:
        raise Repeated
    kept = _DECIDES[type(command)](invitation, command, asked, at)
    sent_at = min(command.time, at.now)
    word_at = max(invitation.word_at or sent_at, sent_at)
    heard = [str(command.id), *([str(command.submission)] if isinstance(command, SubmitResponse) else [])]
    return replace(kept, invitation=replace(kept.invitation, word_at=word_at).having_heard(*heard))


def unchanged(invitation: Invitation, command: Said, refused: Refused, running: Running, at: Moment) -> Kept:
    """The same invitation after a refused message, which gets no second chance by coming again."""
    return Kept(invitation.having_heard(str(command.id)), (refusal(invitation, refused, running, at),))


def submit(invitation: Invitation, command: SubmitResponse, asked: Asked, at: Moment) -> Kept:
    """Accept a finished answer: in time or within the grace period, complete, and the first for its invitation."""
    if _is_known(invitation, command.submission, asked):
        raise Repeated
    if invitation.state in DONE:
        raise Refused(because("already_answered", "You have already answered. Each link is for one answer."))
    sent_at = min(command.time, at.now)
    begun_at = _begun(invitation, command.begun_at)
    _require_window(asked.running, sent_at, begun_at)
    answers = _complete(asked, command.answers, nothing_to_say=command.nothing_to_say, entered=False)
    answer = {
        "edition": asked.edition,
        "answers": answers,
        "nothing_to_say": command.nothing_to_say,
        "minutes": command.minutes,
        "channel": "link",
        "at": sent_at,
    }
    return _accepted(invitation, answer, command.submission, asked, at)


def save(invitation: Invitation, command: SaveProgress, asked: Asked, at: Moment) -> Kept:
    """Save the valid part of answers so far, and name the rest; a message that a later one overtook is ignored."""
    _require_news(invitation, command, at)
    if invitation.state in DONE:
        raise Refused(because("already_answered", "You have already answered, so there is nothing left to save."))
    sent_at = min(command.time, at.now)
    begun_at = _begun(invitation, command.begun_at)
    _require_window(asked.running, sent_at, begun_at)
    checked = check(asked.survey, command.answers, finished=False)
    after = saved(invitation, checked.answers, asked.edition, begun_at or sent_at, at)
    if not checked.problems:
        return Kept(after)
    left_out = Unanswerable(checked)
    return Kept(after, (refusal(invitation, left_out, asked.running, at),), left_out.problems)


def enter(invitation: Invitation, command: EnterResponse, asked: Asked, at: Moment) -> Kept:
    """Accept an answer that a member of staff enters; the day it was received decides whether it was in time."""
    if _is_known(invitation, command.id, asked):
        raise Repeated
    if invitation.state in DONE:
        raise Refused(because("already_answered", "You have already answered. Each link is for one answer."))
    window = asked.running.window
    if not window.first_day <= command.received_on <= min(window.last_day, at.today):
        words = f"received_on: this day is outside the survey, which {window.opening} and {window.closing}."
        raise Refused(because("not_in_time", words))
    anonymous = asked.running.mode == "anonymous"  # then a gap would say that it came on paper
    answers = _complete(asked, command.answers, nothing_to_say=command.nothing_to_say, entered=not anonymous)
    answer = {
        "edition": asked.edition,
        "answers": answers,
        "nothing_to_say": command.nothing_to_say,
        "minutes": None,
        "channel": command.channel,
        "at": datetime.combine(command.received_on, time(12), LONDON).astimezone(UTC),
    }
    if anonymous:
        return _accepted(invitation, answer, command.id, asked, at)
    clerk = command.officer.model_dump()
    by_staff = replace(invitation, channel=command.channel)
    return _accepted(by_staff, {**answer, "clerk": clerk}, command.id, asked, at, clerk=clerk)


def withdraw(invitation: Invitation, command: WithdrawResponse, asked: Asked, at: Moment) -> Kept:
    """Withdraw an answer while the survey is open."""
    _require_news(invitation, command, at)
    if asked.running.mode == "anonymous":
        words = "This survey is anonymous. Nobody can tell which answer is yours, so you cannot withdraw it."
        raise Refused(because("anonymous", words))
    if invitation.state != "answered" or invitation.response is None:
        raise Refused(because("not_answered", "There is no answer to withdraw."))
    if asked.running.window.phase(min(command.time, at.now)) != "open":
        raise Refused(because("closed", f"The survey {asked.running.window.closed}. Answers can no longer be changed."))
    facts = {"invitation": invitation.id, "response": invitation.response}
    purpose = f"withdrawn:{invitation.submission}"
    event = asked.running.event(ResponseWithdrawn, at, purpose, **facts)
    return Kept(unspent(invitation, command.to_change, at), (event,))


def refusal(invitation: Invitation, refused: Refused, running: Running, at: Moment) -> Event:
    """The event about a refused answer."""
    who = {} if running.mode == "anonymous" else {"invitation": invitation.id}
    return running.event(ResponseRefused, at, "refused", code=refused.code, words=str(refused), **who)


def invited(invitation: Invitation, asked: Asked, words: Mapping[str, Any], at: Moment) -> InvitationIssued:
    """What to tell somebody who is invited."""
    survey = asked.survey
    facts = {
        "consultation": asked.running.consultation,
        "introduction": survey.introduction,
        "mode": asked.running.mode,
        "promise_minutes": survey.promise_minutes,
        "papers": asked.running.pack,
        **words,
    }
    return asked.running.event(InvitationIssued, at, "invited", **addressed(invitation, asked), **facts)


def reminded(invitation: Invitation, asked: Asked, number: int, last_call: bool, at: Moment) -> SurveyReminderDue:
    """What to tell somebody who has not answered."""
    facts = {"number": number, "last_call": last_call}
    return asked.running.event(SurveyReminderDue, at, f"reminder:{number}", **addressed(invitation, asked), **facts)


def announced(
    invitation: Invitation, asked: Asked, publication: int, done: tuple[Done, ...], at: Moment
) -> ResultsAnnounced:
    """What to tell everybody who was invited once the results are there."""
    facts = addressed(invitation, asked) | {"link": asked.link("results", asked.running.reference)}
    facts |= {"closing": asked.running.window.closed, "closes_at": None, "publication": publication, "done": done}
    return asked.running.event(ResultsAnnounced, at, "announced", **facts)


def addressed(invitation: Invitation, asked: Asked) -> dict[str, Any]:
    """Everything that a message to an invited person needs."""
    return {
        "invitation": invitation.id,
        "recipient": invitation.recipient,
        "title": asked.survey.title,
        "closing": asked.running.window.closing,
        "closes_at": asked.running.window.closes_at,
        "link": asked.link("answer", invitation.id),
        "contact_name": asked.survey.contact.name,
        "contact_email": asked.survey.contact.email,
    }


_DECIDES: Mapping[type[Command], Callable[[Invitation, Any, Asked, Moment], Kept]] = {
    SubmitResponse: submit,
    SaveProgress: save,
    EnterResponse: enter,
    WithdrawResponse: withdraw,
}
SAID: tuple[type[Command], ...] = tuple(_DECIDES)
"""Every kind of message about one answer."""


def _accepted(
    invitation: Invitation, answer: dict[str, Any], submission: UUID, asked: Asked, at: Moment, **clerk: Any
) -> Kept:
    if asked.running.mode == "anonymous":
        return _given_anonymously(invitation, answer, asked.known_as(submission), asked, at)
    day = answer["at"].astimezone(LONDON).date()
    del answer["channel"]
    reference = asked.response or derived_reference("R", submission)
    entry = at.entry("responded", response=reference, edition=answer["edition"], channel=invitation.channel, **clerk)
    after = spent(invitation, answer, str(submission), reference, entry)
    event = asked.running.event(
        ResponseAccepted,
        replace(at, cause=submission),
        "accepted",
        day=day,
        invitation=invitation.id,
        response=reference,
        recipient=invitation.recipient,
        title=asked.survey.title,
        copy_link=asked.link("copy", invitation.id),
        channel=invitation.channel,
        nothing_to_say=answer["nothing_to_say"],
    )
    return Kept(after, (event,))


def _given_anonymously(
    invitation: Invitation, answer: dict[str, Any], known_as: UUID, asked: Asked, at: Moment
) -> Kept:
    """However it came, it looks the same: its day is the day it is accepted, and its box holds the rest."""
    del answer["at"]
    after = spent(invitation, answer, str(known_as), None, {})
    event = ResponseAccepted(
        id=derived(known_as, "accepted"),
        time=datetime.combine(at.today, time(), UTC),
        subject=asked.running.reference,
        correlation_id=UUID(asked.running.correlation_id),
        survey=asked.running.reference,
        day=at.today,
    )
    return Kept(after, (event,))


def _is_known(invitation: Invitation, submission: UUID, asked: Asked) -> bool:
    """Whether this very submission was already accepted."""
    names = {str(submission), str(asked.known_as(submission))}
    return not names.isdisjoint((invitation.submission or "", *invitation.heard))


def _complete(asked: Asked, given: Mapping[str, Any], *, nothing_to_say: bool, entered: bool) -> dict[str, Any]:
    if nothing_to_say:
        if not asked.survey.nothing_to_say:
            raise Refused(because("no_nil_return", "This survey needs at least one answer."))
        if given:
            raise Refused(because("nil_with_answers", "Either give answers, or say that you have no comments."))
        return {}
    checked = check(asked.survey, given, finished=True, entered=entered)
    if checked.problems:
        raise Unanswerable(checked)
    if not checked.answers:
        raise Refused(because("empty", "Answer at least one question, or say that you have no comments."))
    return dict(checked.answers)


def _begun(invitation: Invitation, begun_at: datetime | None) -> datetime | None:
    """When the answer was begun: at the first look that we know of."""
    known = [each for each in (begun_at, (invitation.progress or {}).get("begun_at")) if each is not None]
    return min(known, default=None)


def _require_news(invitation: Invitation, command: SaveProgress | WithdrawResponse, at: Moment) -> None:
    """Raise Repeated for a message sent before the latest one about this invitation: it came late."""
    if invitation.word_at is not None and min(command.time, at.now) < invitation.word_at:
        raise Repeated


def _require_window(running: Running, sent_at: datetime, begun_at: datetime | None) -> None:
    window = running.window
    if window.phase(sent_at) == "waiting":
        raise Refused(because("not_open", f"The survey {window.opening}."))
    if not window.accepts(sent_at, begun_at):
        late = timedelta() < window.grace and window.phase(sent_at) == "grace"
        words = f"The survey {window.closed}" + (", and you started this answer after that." if late else ".")
        raise Refused(because("closed", words))
