"""Which message is handled by what."""

from collections.abc import Awaitable, Callable
from typing import Any

from faststream.rabbit import RabbitRouter

from services.bookings.store.attendance import Attendance
from services.bookings.store.meetings import Meetings
from services.bookings.store.outreach import Outreach
from services.bookings.store.upstream import Upstream
from shared.contracts import erasure, hosting, mis, notifications, surveys
from shared.contracts.base import Command
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import listen


def handlers(
    meetings: Meetings, attendance: Attendance, outreach: Outreach, upstream: Upstream, forget: Forget, erased: Erased
) -> RabbitRouter:
    """One subscriber for each message type that does not take the bulk path."""
    router = RabbitRouter()

    @listen(router, "bookings", mis.SchoolUpdated)
    async def on_school_updated(event: mis.SchoolUpdated) -> None:
        await upstream.school_updated(event)

    @listen(router, "bookings", notifications.NotificationFailed)
    async def on_notification_failed(event: notifications.NotificationFailed) -> None:
        await attendance.undelivered(event)

    @listen(router, "bookings", surveys.ThemeRecorded)
    async def on_theme_recorded(event: surveys.ThemeRecorded) -> None:
        await upstream.theme_recorded(event)

    @listen(router, "bookings", hosting.PublishMeeting)
    async def on_publish_meeting(command: hosting.PublishMeeting) -> None:
        await meetings.publish(command)

    @listen(router, "bookings", hosting.RecordAttendance)
    async def on_record_attendance(command: hosting.RecordAttendance) -> None:
        await attendance.record(command)

    @listen(router, "bookings", hosting.WaiveEvaluation)
    async def on_waive_evaluation(command: hosting.WaiveEvaluation) -> None:
        await attendance.waive(command)

    @listen(router, "bookings", hosting.NudgeSchools)
    async def on_nudge_schools(command: hosting.NudgeSchools) -> None:
        await outreach.nudge(command)

    @listen(router, "bookings", hosting.ReportReach)
    async def on_report_reach(command: hosting.ReportReach) -> None:
        await outreach.report(command)

    for kind in (hosting.ChangeMeeting, hosting.CancelMeeting, hosting.RecordMaterials):
        _take(router, kind, meetings.host)
    for booking_command in hosting.BOOKING_COMMANDS:
        _take(router, booking_command, meetings.answer)
    _take(router, erasure.ForgetInBookings, forget)
    _take(router, erasure.DecideReturnInBookings, erased.decide)
    return router


def _take(router: RabbitRouter, kind: type[Command], handle: Callable[[Any], Awaitable[None]]) -> None:
    """Commands of one family take the same path; the model says what decides them."""

    async def on_command(command: Command) -> None:
        await handle(command)

    on_command.__annotations__["command"] = kind
    listen(router, "bookings", kind)(on_command)
