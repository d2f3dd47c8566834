"""Which commands are decisions, and whose: the list of commands that need a signature. Pure.

A command is a decision if it changes the state of a case, survey, meeting or message, sends something to somebody, or
removes a protection. A command that only brings something to an officer decides nothing: any system that may send it
will do. The same goes for one that makes things safer, such as flagging a danger or stopping a campaign.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from uuid import UUID

from shared.contracts import casework, circulars, erasure, hosting, notifications, surveys
from shared.contracts.base import Command, Message
from shared.contracts.fields import Person
from shared.identity import derived

OFFICER = "officer"
"""The header with credential and signature. Retries and replays keep it, along with the body it is about."""

_BY_OFFICER: tuple[type[Command], ...] = (
    casework.IssueNoticeToImprove,
    casework.DecideNoticeToImprove,
    casework.ReturnRequest,
    casework.AuthoriseNotice,
    casework.DeclineNotice,
    casework.ChooseAlternative,
    casework.LinkParent,
    casework.ConfirmAddress,
    casework.LiftSafety,
    casework.WithdrawNotice,
    casework.ReissueNotice,
    casework.DecidePayment,
    casework.DecideService,
    casework.SettleQuestion,
    casework.DecideRepresentation,
    casework.ReviewProsecution,
    casework.StartProsecution,
    casework.ResolveHold,
    casework.RecordOutcome,
    casework.ReopenNotice,
    casework.AskHistory,
    casework.RecordHistory,
    notifications.RetryMessage,
    notifications.LiftSuppression,
    circulars.PublishMiSheet,
    circulars.SendMiSheet,
    circulars.ChaseMiSheet,
    circulars.SendMessage,
    circulars.RunCampaign,
    surveys.PublishSurvey,
    surveys.Invite,
    surveys.EnterResponse,
    surveys.CloseSurvey,
    surveys.ReopenSurvey,
    surveys.PublishResults,
    surveys.AddPaper,
    surveys.DisposeComment,
    surveys.RecordTheme,
    surveys.RecordExport,
    erasure.ForgetInNotifications,
    erasure.ForgetInBookings,
    erasure.ForgetInSurveys,
    erasure.DecideReturnInNotifications,
    erasure.DecideReturnInBookings,
    erasure.DecideReturnInSurveys,
)
_BY_HOST: tuple[type[Command], ...] = (
    hosting.PublishMeeting,
    hosting.ChangeMeeting,
    hosting.CancelMeeting,
    hosting.RecordMaterials,
    hosting.RecordAttendance,
    hosting.WaiveEvaluation,
    hosting.NudgeSchools,
    hosting.ReportReach,
)
_ONCE_APPROVED: tuple[type[Command], ...] = (hosting.RequestBooking, hosting.Substitute, hosting.ChangeBooking)
"""Commands open to anybody, and decisions only if a colleague approves them."""

DECIDES: Mapping[type[Message], str] = {
    **dict.fromkeys(_BY_OFFICER, "officer"),
    **dict.fromkeys(_BY_HOST, "by"),
    **dict.fromkeys(_ONCE_APPROVED, "approved_by"),
}
"""The field of a command that names the decider."""


class Unproven(Exception):
    """A statement has no proven signer. The text says why and what to do, without the statement's content."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code

    @property
    def as_text(self) -> str:
        """Code and words, for a message that is parked because no document can hold the refusal."""
        return f"{self.code}: {self}"


PROOF: ContextVar[Mapping[str, str] | None] = ContextVar("proof", default=None)
"""While a proven decision is handled, its proof: the `credential`'s id, and the `door` where its holder had
signed in. It is stored with the decision."""


def refused_as(cause: UUID) -> UUID:
    """The id under which an unproven decision is refused, so that a proven one can still follow."""
    return derived(cause, "unproven")


def decided_by(message: Message) -> Person | None:
    """The person named as deciding; None if the message is not a decision."""
    name = DECIDES.get(type(message))
    return getattr(message, name) if name else None
