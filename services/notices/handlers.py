"""Which message is handled by what."""

from services.notices.deciding.commands import COMMANDS
from services.notices.store.cases import Cases
from services.notices.store.upstream import Upstream
from shared.contracts import mis, notices, notifications
from shared.running.service import Handles


def handlers(upstream: Upstream, cases: Cases) -> Handles:
    """What does not take the bulk path. Every command takes the same path; commands.py says what decides it."""
    return {
        mis.SchoolUpdated: upstream.school_updated,
        mis.PupilUpdated: upstream.pupil_updated,
        mis.CalendarPublished: upstream.calendar_published,
        mis.MisThresholdAlert: upstream.mis_alert,
        notices.AbsenceThresholdReached: cases.looked,
        notices.AbsenceThresholdCleared: cases.looked,
        notices.EvidenceChanged: cases.looked,
        notifications.LetterDispatched: cases.letter_dispatched,
        notifications.LetterReturned: cases.letter_returned,
        notifications.NotificationFailed: cases.notification_failed,
        **dict.fromkeys(COMMANDS, cases.command),
    }
