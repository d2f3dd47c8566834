"""Which message is handled by what."""

from faststream.rabbit import RabbitRouter

from services.notices.cases import Cases
from services.notices.served import Service
from services.notices.upstream import Upstream
from shared.contracts import mis, notices, notifications
from shared.service import listen


def handlers(upstream: Upstream, cases: Cases, service: Service) -> RabbitRouter:
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
        await cases.threshold_reached(event)

    @listen(router, "notices", notices.AbsenceThresholdCleared)
    async def on_threshold_cleared(event: notices.AbsenceThresholdCleared) -> None:
        await cases.threshold_cleared(event)

    @listen(router, "notices", notices.AuthoriseNotice)
    async def on_authorise(command: notices.AuthoriseNotice) -> None:
        await cases.authorise(command)

    @listen(router, "notices", notifications.LetterDispatched)
    async def on_letter_dispatched(event: notifications.LetterDispatched) -> None:
        await service.letter_dispatched(event)

    return router
