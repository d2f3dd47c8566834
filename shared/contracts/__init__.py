"""The contract catalogue: every event and command, by its type."""

from shared.contracts import mis, notices, notifications
from shared.contracts.base import Command, Event, Message

CATALOGUE: dict[str, type[Message]] = {
    message.key(): message
    for message in (
        mis.SchoolUpdated,
        mis.PupilUpdated,
        mis.CalendarPublished,
        mis.RegisterTaken,
        mis.MarksAmended,
        mis.MisThresholdAlert,
        notices.AbsenceThresholdReached,
        notices.AbsenceThresholdCleared,
        notices.MisAlertChecked,
        notices.AuthoriseNotice,
        notices.AuthorisationRefused,
        notices.NoticeIssued,
        notices.NoticeServed,
        notifications.NotificationSent,
        notifications.NotificationFailed,
        notifications.LetterDispatched,
    )
}

__all__ = ["CATALOGUE", "Command", "Event", "Message"]
