"""Which message is handled by what. Finished answers come in bursts and take the bulk path."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from faststream.rabbit import RabbitRouter

from services.surveys.answers.running import Refused
from services.surveys.store.considering import Considering
from services.surveys.store.loop import Loop
from services.surveys.store.responses import Responses
from services.surveys.store.surveys import Surveys
from services.surveys.store.upstream import Upstream
from shared.contracts import bookings, erasure, mis, notifications, surveys
from shared.contracts.base import Message
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import listen

Handle = Callable[[Any], Awaitable[Any]]


def handlers(
    upstream: Upstream,
    loop: Loop,
    running: Surveys,
    responses: Responses,
    considering: Considering,
    forget: Forget,
    erased: Erased,
) -> RabbitRouter:
    """One subscriber for each message type that does not take the bulk path."""
    router = RabbitRouter()
    handles: Mapping[type[Message], Handle] = {
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
        erasure.ForgetInSurveys: forget,
        erasure.DecideReturnInSurveys: erased.decide,
    }
    asked_by_officers: Mapping[type[Message], Handle] = {
        surveys.EnterResponse: responses.enter,
        surveys.DisposeComment: considering.dispose,
        surveys.RecordTheme: considering.record,
    }
    for message, handle in handles.items():
        _take(router, message, handle)
    for message, handle in asked_by_officers.items():
        _take(router, message, _or_refused(handle, running))
    return router


def _or_refused(handle: Handle, running: Surveys) -> Handle:
    """A refusal is published for the person who asked, and kept with the survey."""

    async def take(command: Any) -> None:
        try:
            await handle(command)
        except Refused as refused:
            await running.refuse(command, refused)

    return take


def _take(router: RabbitRouter, message: type[Message], handle: Handle) -> None:
    async def on_message(heard: Any) -> None:
        await handle(heard)

    on_message.__annotations__["heard"] = message
    on_message.__name__ = f"on_{message.key().split('.')[1]}"
    listen(router, "surveys", message)(on_message)
