"""Which message is handled by what. Finished answers come in bursts and take the bulk path."""

from typing import Any

from services.surveys.store.considering import Considering
from services.surveys.store.loop import Loop
from services.surveys.store.responses import Responses
from services.surveys.store.surveys import Surveys
from services.surveys.store.upstream import Upstream
from shared.contracts import bookings, erasure, mis, notifications, surveys
from shared.decisions.deciding import Refused
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import Handle, Handles


def handlers(
    upstream: Upstream,
    loop: Loop,
    running: Surveys,
    responses: Responses,
    considering: Considering,
    forget: Forget,
    erased: Erased,
) -> Handles:
    """What does not take the bulk path."""
    return {
        mis.SchoolUpdated: upstream.school_updated,
        mis.CalendarPublished: upstream.calendar_published,
        notifications.NotificationSent: upstream.notification,
        notifications.NotificationDelivered: upstream.notification,
        notifications.NotificationFailed: upstream.notification,
        bookings.MeetingPublished: loop.meeting,
        bookings.MeetingChanged: loop.meeting,
        bookings.MeetingCancelled: loop.meeting,
        bookings.StandingChanged: loop.standing,
        bookings.AttendanceRecorded: loop.attendance,
        surveys.PublishSurvey: running.publish,
        surveys.Invite: running.invite,
        surveys.CloseSurvey: running.command,
        surveys.ReopenSurvey: running.command,
        surveys.AddPaper: running.command,
        surveys.RecordExport: running.command,
        surveys.PublishResults: running.publish_results,
        surveys.SaveProgress: responses.one,
        surveys.WithdrawResponse: responses.one,
        surveys.EnterResponse: _or_refused(responses.enter, running),
        surveys.DisposeComment: _or_refused(considering.dispose, running),
        surveys.RecordTheme: _or_refused(considering.record, running),
        erasure.ForgetInSurveys: forget,
        erasure.DecideReturnInSurveys: erased.decide,
    }


def _or_refused(handle: Handle, running: Surveys) -> Handle:
    """A refusal is published for the person who asked, and kept with the survey."""

    async def take(command: Any) -> None:
        try:
            await handle(command)
        except Refused as refused:
            await running.refuse(command, refused)

    return take
