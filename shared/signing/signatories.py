"""Which commands decide, and whose word each is: the one list by which services want a signature. Pure.

A command decides where it changes how a case, survey, meeting or message stands, has something sent to somebody, or
takes a protection away. What only puts something before an officer decides nothing: it is taken from whichever system
may send it. So is what makes it safer, such as a flag that somebody is in danger, or a campaign that is stopped.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from uuid import UUID

from shared.contracts import casework, circulars, erasure, hosting, notifications, surveys
from shared.contracts.base import Command, Message
from shared.contracts.fields import Person
from shared.identity import derived

OFFICER = "officer"
"""The header with credential and signature. The ladder and a replay keep it, and the body that it is about."""

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
"""What anybody may ask, and decides only where a colleague lets it through."""

DECIDES: Mapping[type[Message], str] = {
    **dict.fromkeys(_BY_OFFICER, "officer"),
    **dict.fromkeys(_BY_HOST, "by"),
    **dict.fromkeys(_ONCE_APPROVED, "approved_by"),
}
"""The field of a command that names whose decision it is."""


class Unproven(Exception):
    """Nobody stands behind a statement. The text says why and what to do, and holds nothing of what was said."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code

    @property
    def told(self) -> str:
        """Code and words, for where a message is parked because nothing is there to keep a refusal with."""
        return f"{self.code}: {self}"


PROOF: ContextVar[Mapping[str, str] | None] = ContextVar("proof", default=None)
"""While a proven decision is handled, by what it was proven: the `credential`'s id, and the `door` where its holder had
signed in. It is for what is kept of the decision."""


def refused_as(cause: UUID) -> UUID:
    """The id under which an unproven decision is refused, so that the one that is proven can come after it."""
    return derived(cause, "unproven")


def decided_by(message: Message) -> Person | None:
    """Whose decision a message is, as it says; None where it decides nothing."""
    name = DECIDES.get(type(message))
    return getattr(message, name) if name else None
