"""Decides what officers ask of a survey: publish, invite, close, reopen; and what falls due by its calendar. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from services.surveys.answers.running import Edition, Moment, Running, until
from services.surveys.questionnaire.adequacy import adequacy
from services.surveys.questionnaire.document import Survey, sha256
from services.surveys.questionnaire.terms import Terms
from services.surveys.questionnaire.timing import estimate
from services.surveys.questionnaire.window import Closes
from shared.contracts.base import Command, Event
from shared.contracts.surveys import (
    AddPaper,
    CloseSurvey,
    Invite,
    PublishSurvey,
    RecordExport,
    ReopenSurvey,
    SurveyClosed,
    SurveyOpened,
    SurveyPublished,
)
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived_reference
from shared.writing.counting import number_of


@dataclass(frozen=True)
class Decided:
    """A survey after a decision, and the events."""

    running: Running
    events: tuple[Event, ...] = ()


def survey_of(command: PublishSurvey) -> str:
    """The reference of the survey that a command publishes, unless it is already taken."""
    return command.survey or derived_reference("S", command.id)


def edition_key(reference: str, command: PublishSurvey) -> str:
    """The key of this command's document: from the command, so that two authors cannot overwrite each other."""
    return f"{reference}:{command.id}"


def publish(
    running: Running | None, command: PublishSurvey, reference: str, survey: Survey, terms: Terms, at: Moment
) -> Decided:
    """A new survey under this reference, or the next version of one."""
    number = running.newest.number + 1 if running else 1
    edition = Edition(number, edition_key(reference, command), sha256(survey))
    if running is None:
        if survey.window.closes_at <= at.now:
            raise Refused(
                because("already_over", f"closes: this survey {survey.window.closed}. Give it a later closing date.")
            )
        after = Running(
            reference=reference,
            correlation_id=str(command.correlation_id),
            title=survey.title,
            mode=survey.mode,
            consultation=survey.consultation is not None,
            window=survey.window,
            editions=(edition,),
        )
    else:
        after = _next_version(running, survey, edition, at)
    warnings = cautions(survey, terms)
    entry = at.entry(
        "published",
        edition=number,
        sha256=edition.sha256,
        warnings=list(warnings),
        officer=command.officer.model_dump(),
    )
    after = after.with_entry(entry)
    facts = {"edition": number, "title": survey.title, "sha256": edition.sha256}
    shown = tuple(warning[:200] for warning in warnings)
    return Decided(after, (after.event(SurveyPublished, at, "published", warnings=shown, **facts),))


def cautions(survey: Survey, terms: Terms) -> tuple[str, ...]:
    """What an author should look at before and after publishing; none of it forbids publishing."""
    found = list(adequacy(survey, terms).warnings)
    minutes = estimate(survey)
    if survey.promise_minutes is not None and minutes > survey.promise_minutes:
        found.append(f"it is likely to take {number_of(minutes, 'minute')}; {survey.promise_minutes} are promised")
    for number, question in enumerate(survey.questions, start=1):
        if question.scope == "national":
            found.append(f"question {number} “{question.id}” asks about what is fixed nationally and cannot be changed")
    return tuple(found)


def _next_version(running: Running, survey: Survey, edition: Edition, at: Moment) -> Running:
    if edition.sha256 == running.newest.sha256:
        raise Repeated
    if running.state == "closed":
        raise Refused(because("closed", f"The survey {running.window.closed}. Reopen it before you change it."))
    if survey.mode != running.mode:
        raise Refused(
            because(
                "mode_changed", f"mode: people were told that answers are {running.mode}. Publish a new survey instead."
            )
        )
    if (survey.consultation is not None) != running.consultation:
        raise Refused(
            because("kind_changed", "consultation: a survey cannot become a consultation, nor the other way round.")
        )
    if survey.window.closes_at <= at.now:
        raise Refused(
            because("already_over", f"closes: this version {survey.window.closed}. Give it a later closing date.")
        )
    window = survey.window
    if running.state == "open":  # opening it cannot be undone
        window = replace(window, opens_at=running.window.opens_at)
    return replace(running, title=survey.title, window=window, editions=(*running.editions, edition))


def invite(running: Running, command: Invite, at: Moment) -> Decided:
    """Record whom to invite; the survey's next step issues the invitations."""
    if running.state == "closed":
        raise Refused(because("closed", f"The survey {running.window.closed}. Nobody can be invited to it now."))
    if command.schools is None and not command.recipients:
        raise Refused(because("nobody", "schools, recipients: say whom to invite."))
    asked = {
        "cause": str(at.cause),
        "schools": command.schools.model_dump() if command.schools else None,
        "recipients": [recipient.model_dump() for recipient in command.recipients],
    }
    entry = at.entry(
        "invited",
        schools=asked["schools"],
        recipients=len(command.recipients),
        officer=command.officer.model_dump(),
    )
    return Decided(running.with_entry(entry, pending=(*running.pending, asked)))


def close(running: Running, command: CloseSurvey, at: Moment) -> Decided:
    """Close before its time."""
    if running.state == "closed":
        raise Refused(because("closed", f"The survey {running.window.closed}."))
    if running.state == "waiting":
        raise Refused(
            because("not_open", f"The survey {running.window.opening}. To change its dates, publish a new version.")
        )
    early = until(running, at.now)
    entry = at.entry("closed", early=True, reason=command.reason, officer=command.officer.model_dump())
    after = early.moved(entry, pending=())
    return Decided(after, (_closed(after, at, early=True),))


def reopen(running: Running, command: ReopenSurvey, at: Moment) -> Decided:
    """Open again until a new close. Unused links work again; so do reminders."""
    if running.state != "closed":
        raise Refused(
            because("not_closed", f"The survey {running.window.closing}. To change its dates, publish a new version.")
        )
    try:
        closes = Closes.model_validate(dict(command.closes))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise Refused(because("closes_wrong", f"closes: {problem}")) from None
    if closes.instant <= at.now:
        raise Refused(because("already_over", "closes: give a closing date in the future."))
    after = until(running, closes.instant)
    facts = {"closes_at": closes.instant, "reason": command.reason, "officer": command.officer.model_dump()}
    after = after.moved(at.entry("reopened", **facts), last_round=at.today, tidied=False)
    return Decided(after, (_opened(after, at, again=True),))


def add_paper(running: Running, command: AddPaper, at: Moment) -> Decided:
    """Put a version of a document into the pack. A label always names the same content."""
    for paper in running.papers:
        if (paper["name"], paper["label"]) == (command.name, command.label):
            if paper["sha256"] == command.sha256:
                raise Repeated
            raise Refused(
                because(
                    "label_taken",
                    f"label: this document already has a “{command.label}”. Give the new one another label.",
                )
            )
    facts = command.model_dump(include={"name", "label", "sha256", "size", "address"})
    entry = at.entry("paper_added", **facts, officer=command.officer.model_dump())
    return Decided(running.with_entry(entry))


def record_export(running: Running, command: RecordExport, at: Moment) -> Decided:
    """Record the head of an integrity export."""
    facts = {"head": command.head, "entries": command.entries, "officer": command.officer.model_dump()}
    return Decided(running.with_entry(at.entry("exported", **facts)))


def tick(running: Running, at: Moment) -> Decided | None:
    """What happens by the calendar: the opening and the close."""
    if running.state == "waiting" and at.now >= running.window.opens_at:
        after = running.moved(at.entry("opened"), last_round=at.today)
        return Decided(after, (_opened(after, at),))
    if running.state == "open" and at.now >= running.window.closes_at:
        after = running.moved(at.entry("closed", early=False), pending=())
        return Decided(after, (_closed(after, at, early=False),))
    return None


def _opened(running: Running, at: Moment, again: bool = False) -> Event:
    window = running.window
    return running.event(
        SurveyOpened,
        at,
        "opened",
        title=running.title,
        mode=running.mode,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        closing=window.closing,
        again=again,
    )


def _closed(running: Running, at: Moment, early: bool) -> Event:
    closed_at, settled_at = running.window.closes_at, running.window.settled_at
    facts: dict[str, Any] = {"closed_at": closed_at, "settled_at": settled_at, "early": early}
    return running.event(SurveyClosed, at, "closed", title=running.title, **facts)


COMMANDS: Mapping[type[Command], Callable[[Running, Any, Moment], Decided]] = {
    Invite: invite,
    CloseSurvey: close,
    ReopenSurvey: reopen,
    AddPaper: add_paper,
    RecordExport: record_export,
}
"""Which function decides which command; publishing needs the document too."""
