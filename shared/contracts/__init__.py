"""The contract catalogue: every event and command, by its type."""

from shared.contracts import casework, mis, notices, notifications, surveys
from shared.contracts.base import Command, Event, Message

_ALL: tuple[type[Message], ...] = (
    mis.SchoolUpdated,
    mis.PupilUpdated,
    mis.CalendarPublished,
    mis.RegisterTaken,
    mis.MarksAmended,
    mis.MisThresholdAlert,
    notices.AbsenceThresholdReached,
    notices.AbsenceThresholdCleared,
    notices.MisAlertChecked,
    notices.EvidenceChanged,
    notices.CommandRefused,
    notices.NoticeToImproveIssued,
    notices.NoticeToImproveDecided,
    notices.NoticeRequested,
    notices.NoticeReturned,
    notices.NoticeDeclined,
    notices.OfficerPrompted,
    notices.NoticeIssued,
    notices.NoticeReissued,
    notices.NoticeServed,
    notices.NoticePaid,
    notices.NoticeExpired,
    notices.NoticeWithdrawn,
    notices.ProsecutionStarted,
    notices.ProceedingsEnded,
    notices.HistoryAsked,
    notices.HistoryAnswered,
    *casework.COMMANDS,
    notifications.NotificationSent,
    notifications.NotificationFailed,
    notifications.LetterDispatched,
    notifications.LetterReturned,
    *surveys.COMMANDS,
    *surveys.EVENTS,
)
CATALOGUE: dict[str, type[Message]] = {message.key(): message for message in _ALL}

__all__ = ["CATALOGUE", "Command", "Event", "Message"]
