"""What the surveys service is asked to do and what it says: surveys, consultations, invitations, answers, results."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, StringConstraints, model_validator

from shared.contracts.base import Command, Event
from shared.contracts.fields import (
    Count,
    Day,
    Json,
    Person,
    Reference,
    SeenText,
    ShortText,
    Text,
    Time,
    Urn,
    Value,
    WhichSchools,
)
from shared.writing.mailboxes import reachable

Group = Literal["schools", "police", "partners", "others"]
"""Whom a code of conduct is consulted with: schools and the police by law, partners in parallel; or none of these."""
Mode = Literal["named", "confidential", "anonymous"]
Channel = Literal["email", "phone", "letter"]
"""How an answer came that a member of staff entered."""
Outcome = Literal["accepted", "partly_accepted", "not_accepted", "out_of_scope", "noted"]

Answers = Annotated[dict[ShortText, Json], Field(max_length=200)]
"""Answers by the id of their question; the survey's own document says what each may be."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SurveyCommand(Command):
    """Concerns one survey. `officer` is who asks, a named person of the authority."""

    survey: Reference
    officer: Person


class PublishSurvey(Command):
    """Publish a survey's document; with `survey`, as the next version of that survey. What is published is immutable.

    Without `survey` the new reference is derived from the command's id.
    """

    type: Literal["surveys.publish_survey.v1"] = "surveys.publish_survey.v1"
    survey: Reference | None = None
    document: dict[ShortText, Json]
    officer: Person


class InvitedSchools(WhichSchools):
    """Schools that are invited, one official answer each: all that are known, or those that every filter names."""


class Respondent(Value):
    """A person or a body that answers. `official`: the answer of the body, of which there is one.

    Nobody is of a group that was not said, but who has a school's URN is of the schools. Police and partners answer as
    the bodies that they are, unless `official` says otherwise.
    """

    name: SeenText
    email: EmailStr | None = None
    group: Group = "others"
    organisation: SeenText | None = None
    urn: Urn | None = None
    official: bool = False

    @model_validator(mode="before")
    @classmethod
    def _is_what_they_are(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        group = data.get("group") or ("schools" if data.get("urn") else "others")
        return {"official": group in ("police", "partners"), **data, "group": group}


class Addressee(Respondent):
    """A person or a body that is written to."""

    email: EmailStr


class Invite(SurveyCommand):
    """Invite schools, people or bodies; each is invited once, when the survey opens or at once if it is open."""

    type: Literal["surveys.invite.v1"] = "surveys.invite.v1"
    schools: InvitedSchools | None = None
    recipients: Annotated[tuple[Annotated[Addressee, AfterValidator(reachable)], ...], Field(max_length=4000)] = ()


class SubmitResponse(Command):
    """A finished answer to an invitation. `submission` makes it one answer however often it is sent.

    `time` is when the respondent sent it, which decides whether it came before the close. `edition` is the version
    of the survey that was answered. Minutes are coarse: whole, from the first look to the end.
    """

    type: Literal["surveys.submit_response.v1"] = "surveys.submit_response.v1"
    invitation: UUID
    submission: UUID
    edition: Annotated[Count, Field(ge=1)] | None = None
    answers: Answers = Field(default_factory=dict)
    nothing_to_say: bool = False
    """A nil return: the respondent was asked, and has no answer to give."""
    begun_at: Time | None = None
    minutes: Annotated[Count, Field(ge=1, le=240)] | None = None


class SaveProgress(Command):
    """Answers so far, to go on with later by the same link. They need not be complete."""

    type: Literal["surveys.save_progress.v1"] = "surveys.save_progress.v1"
    invitation: UUID
    edition: Annotated[Count, Field(ge=1)] | None = None
    answers: Answers
    begun_at: Time | None = None


class EnterResponse(SurveyCommand):
    """An answer that came by email, phone or letter, entered by `officer`. Required questions may be left open.

    It belongs to an invitation, to a school's official answer, or to somebody who was not invited.
    """

    type: Literal["surveys.enter_response.v1"] = "surveys.enter_response.v1"
    invitation: UUID | None = None
    urn: Urn | None = None
    respondent: Annotated[Respondent, AfterValidator(reachable)] | None = None
    channel: Channel
    received_on: Day
    answers: Answers = Field(default_factory=dict)
    nothing_to_say: bool = False


class WithdrawResponse(Command):
    """Take an answer back, by the respondent; the link is good again. `to_change`: it is kept to be changed."""

    type: Literal["surveys.withdraw_response.v1"] = "surveys.withdraw_response.v1"
    invitation: UUID
    to_change: bool = False


class CloseSurvey(SurveyCommand):
    """Close a survey before its time; answers begun may still be finished within the stated grace."""

    type: Literal["surveys.close_survey.v1"] = "surveys.close_survey.v1"
    reason: Text


class ReopenSurvey(SurveyCommand):
    """Open a closed survey again until another close, written as a survey's document writes it."""

    type: Literal["surveys.reopen_survey.v1"] = "surveys.reopen_survey.v1"
    closes: dict[ShortText, ShortText]
    """One of `before`, `to` and `at`, such as {"to": "2024-05-24"}."""
    reason: Text


class PublishResults(SurveyCommand):
    """Publish the results of a closed survey, small numbers protected; and tell everybody who was invited."""

    type: Literal["surveys.publish_results.v1"] = "surveys.publish_results.v1"
    tell: bool = True


class AddPaper(SurveyCommand):
    """Put a version of a document into a consultation's pack; `sha256` is that of the file's bytes."""

    type: Literal["surveys.add_paper.v1"] = "surveys.add_paper.v1"
    name: ShortText
    label: ShortText
    """Which version it is, such as `draft v3`."""
    sha256: Sha256
    size: Annotated[Count, Field(ge=1)]
    """Bytes."""
    address: ShortText | None = None
    """Where respondents find it."""


class DisposeComment(SurveyCommand):
    """What is decided on one comment of a consultation, or on one point of it. `officer` owns the decision."""

    type: Literal["surveys.dispose_comment.v1"] = "surveys.dispose_comment.v1"
    comment: ShortText
    """As `everyday surveys comments` names it: the answer's reference, a stroke, and the question's id."""
    point: Annotated[Count, Field(ge=1, le=99)] = 1
    summary: Text | None = None
    outcome: Outcome
    reason: Text | None = None
    """May be left out for what is out of scope: then the survey's standard reply is the reason."""
    clause: ShortText | None = None
    """The clause that it changed, or leaves as it is."""
    theme: Reference | None = None


class RecordTheme(SurveyCommand):
    """A theme of what was said, and what is done about it: “you said, we did”. With `theme`, an earlier one changed."""

    type: Literal["surveys.record_theme.v1"] = "surveys.record_theme.v1"
    theme: Reference | None = None
    title: ShortText
    said: Text
    count: Annotated[Count, Field(ge=1)] | None = None
    """How many said so."""
    decision: Text | None = None
    reason: Text | None = None
    meeting: Reference | None = None
    """The meeting that it caused."""
    clause: ShortText | None = None
    """The clause that it changed."""


class RecordExport(SurveyCommand):
    """An integrity export was made: its head is kept, so that whoever holds the export can have it checked."""

    type: Literal["surveys.record_export.v1"] = "surveys.record_export.v1"
    head: Sha256
    entries: Annotated[Count, Field(ge=1)]


class SurveyEvent(Event):
    """Concerns one survey."""

    survey: Reference


class SurveyPublished(SurveyEvent):
    """A version of a survey is published. `sha256` is that of its canonical document."""

    type: Literal["surveys.survey_published.v1"] = "surveys.survey_published.v1"
    edition: Count
    title: ShortText
    sha256: Sha256
    warnings: tuple[ShortText, ...] = ()
    """What its author should look at, such as too little time or a bank holiday within the window."""


class SurveyOpened(SurveyEvent):
    """A survey takes answers from now on. `again`: it had been closed before."""

    type: Literal["surveys.survey_opened.v1"] = "surveys.survey_opened.v1"
    title: ShortText
    mode: Mode
    opens_at: Time
    closes_at: Time
    closing: ShortText
    """Such as `closes at 11:59pm on Thursday 16 May 2024`."""
    again: bool = False


class SurveyClosed(SurveyEvent):
    """A survey takes no new answers; those begun in time may still be finished within its grace."""

    type: Literal["surveys.survey_closed.v1"] = "surveys.survey_closed.v1"
    title: ShortText
    closed_at: Time
    settled_at: Time
    """After this instant no answer is accepted any more."""
    early: bool = False


class Addressed(SurveyEvent):
    """Somebody is to be told: everything that the message to them needs. The link opens their own answer: a secret."""

    invitation: UUID
    recipient: Addressee
    title: ShortText
    closing: ShortText
    link: ShortText
    contact_name: ShortText
    contact_email: EmailStr
    closes_at: Time | None = None
    """After this instant nobody is asked to answer any more."""


class PackPaper(Value):
    """One document of a consultation's pack, in the version that is consulted on; `sha256` is that of its bytes."""

    name: ShortText
    label: ShortText
    sha256: Sha256
    address: ShortText | None = None


class Done(Value):
    """You said, we did: what was said, and what is done about it."""

    title: ShortText
    said: Text
    did: Text


class InvitationIssued(Addressed):
    """Somebody is invited to answer."""

    type: Literal["surveys.invitation_issued.v1"] = "surveys.invitation_issued.v1"
    consultation: bool
    introduction: Text
    mode: Mode
    mode_words: Text
    """What becomes of the answer, and what is lost by it."""
    promise_minutes: Count | None = None
    promise_words: ShortText | None = None
    papers: tuple[PackPaper, ...] = ()


class SurveyReminderDue(Addressed):
    """Somebody has not answered yet and is reminded; at most three times, the last call among them."""

    type: Literal["surveys.reminder_due.v1"] = "surveys.reminder_due.v1"
    number: Annotated[Count, Field(ge=1, le=3)]
    last_call: bool


class ResponseAccepted(SurveyEvent):
    """An answer is accepted. Of an anonymous answer nothing but survey and day is said.

    Everything else is there for a named or confidential answer; `recipient` has an address to confirm it to.
    """

    type: Literal["surveys.response_accepted.v1"] = "surveys.response_accepted.v1"
    day: Day
    invitation: UUID | None = None
    response: Reference | None = None
    recipient: Addressee | None = None
    title: ShortText | None = None
    copy_link: ShortText | None = None
    """Where the respondent reads their own answer."""
    channel: Channel | None = None
    nothing_to_say: bool | None = None


class ResponseRefused(SurveyEvent):
    """An answer was not accepted; the words name question and fix. Of an anonymous survey no invitation is named."""

    type: Literal["surveys.response_refused.v1"] = "surveys.response_refused.v1"
    invitation: UUID | None = None
    code: ShortText
    words: Text


class ResponseWithdrawn(SurveyEvent):
    """A respondent has taken an answer back."""

    type: Literal["surveys.response_withdrawn.v1"] = "surveys.response_withdrawn.v1"
    invitation: UUID
    response: Reference


class SurveyCommandRefused(SurveyEvent):
    """Something that an officer asked for, which the state of the survey forbids."""

    type: Literal["surveys.command_refused.v1"] = "surveys.command_refused.v1"
    command: ShortText
    asked_by: ShortText
    """The officer's id."""
    code: ShortText
    words: Text


class CommentDisposed(SurveyEvent):
    """A decision on a comment of a consultation is kept."""

    type: Literal["surveys.comment_disposed.v1"] = "surveys.comment_disposed.v1"
    comment: ShortText
    point: Count
    outcome: Outcome
    clause: ShortText | None = None
    theme: Reference | None = None


class ThemeRecorded(SurveyEvent):
    """A theme of what was said, with what is done about it so far."""

    type: Literal["surveys.theme_recorded.v1"] = "surveys.theme_recorded.v1"
    theme: Reference
    title: ShortText
    owner: Person
    decided: bool
    meeting: Reference | None = None
    clause: ShortText | None = None


class ResultsPublished(SurveyEvent):
    """Results are published, small numbers protected. `sha256` is that of the publication."""

    type: Literal["surveys.results_published.v1"] = "surveys.results_published.v1"
    publication: Count
    title: ShortText
    invited: Count
    answered: Count
    """Official answers, the nil returns among them."""
    sha256: Sha256
    link: ShortText


class ResultsAnnounced(Addressed):
    """Somebody who was invited is told that the results are there; `link` leads to them."""

    type: Literal["surveys.results_announced.v1"] = "surveys.results_announced.v1"
    publication: Count
    done: tuple[Done, ...] = ()
    """The themes on which something has been decided by then."""
