"""Which message is handled by what."""

from services.bookings.store.attendance import Attendance
from services.bookings.store.meetings import Meetings
from services.bookings.store.outreach import Outreach
from services.bookings.store.upstream import Upstream
from shared.contracts import erasure, hosting, mis, notifications, surveys
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import Handles


def handlers(
    meetings: Meetings, attendance: Attendance, outreach: Outreach, upstream: Upstream, forget: Forget, erased: Erased
) -> Handles:
    """What does not take the bulk path."""
    return {
        mis.SchoolUpdated: upstream.school_updated,
        notifications.NotificationFailed: attendance.undelivered,
        surveys.ThemeRecorded: upstream.theme_recorded,
        hosting.PublishMeeting: meetings.publish,
        hosting.ChangeMeeting: meetings.host,
        hosting.CancelMeeting: meetings.host,
        hosting.RecordMaterials: meetings.host,
        hosting.RecordAttendance: attendance.record,
        hosting.WaiveEvaluation: attendance.waive,
        hosting.NudgeSchools: outreach.nudge,
        hosting.ReportReach: outreach.report,
        **dict.fromkeys(hosting.BOOKING_COMMANDS, meetings.answer),
        erasure.ForgetInBookings: forget,
        erasure.DecideReturnInBookings: erased.decide,
    }
