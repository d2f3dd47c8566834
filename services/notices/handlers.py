"""Which message is handled by what."""

from faststream.rabbit import RabbitRouter

from services.notices.deciding.decisions import COMMANDS
from services.notices.store.cases import Cases
from services.notices.store.upstream import Upstream
from shared.contracts import mis, notices, notifications
from shared.contracts.base import Command
from shared.running.service import listen


def handlers(upstream: Upstream, cases: Cases) -> RabbitRouter:
    """One subscriber for each message type that does not take the bulk path."""
    router = RabbitRouter()

    @listen(router, "notices", mis.SchoolUpdated)
    async def on_school_updated(event: mis.SchoolUpdated) -> None:
        await upstream.school_updated(event)

    @listen(router, "notices", mis.PupilUpdated)
    async def on_pupil_updated(event: mis.PupilUpdated) -> None:
        await upstream.pupil_updated(event)

    @listen(router, "notices", mis.CalendarPublished)
    async def on_calendar_published(event: mis.CalendarPublished) -> None:
        await upstream.calendar_published(event)

    @listen(router, "notices", mis.MisThresholdAlert)
    async def on_mis_alert(event: mis.MisThresholdAlert) -> None:
        await upstream.mis_alert(event)

    @listen(router, "notices", notices.AbsenceThresholdReached)
    async def on_threshold_reached(event: notices.AbsenceThresholdReached) -> None:
        await cases.looked(event)

    @listen(router, "notices", notices.AbsenceThresholdCleared)
    async def on_threshold_cleared(event: notices.AbsenceThresholdCleared) -> None:
        await cases.looked(event)

    @listen(router, "notices", notices.EvidenceChanged)
    async def on_evidence_changed(event: notices.EvidenceChanged) -> None:
        await cases.looked(event)

    @listen(router, "notices", notifications.LetterDispatched)
    async def on_letter_dispatched(event: notifications.LetterDispatched) -> None:
        await cases.letter_dispatched(event)

    @listen(router, "notices", notifications.LetterReturned)
    async def on_letter_returned(event: notifications.LetterReturned) -> None:
        await cases.letter_returned(event)

    @listen(router, "notices", notifications.NotificationFailed)
    async def on_notification_failed(event: notifications.NotificationFailed) -> None:
        await cases.notification_failed(event)

    for command in COMMANDS:
        _take(router, cases, command)
    return router


def _take(router: RabbitRouter, cases: Cases, kind: type[Command]) -> None:
    """Every command takes the same path; decisions.py says what decides it."""

    async def on_command(command: Command) -> None:
        await cases.command(command)

    on_command.__annotations__["command"] = kind
    listen(router, "notices", kind)(on_command)
