"""Which message makes which delivery."""

from faststream.rabbit import RabbitRouter

from services.notifications.mail import Mail
from services.notifications.post import Post
from shared.contracts import mis, notices
from shared.service import listen


def handlers(mail: Mail, post: Post) -> RabbitRouter:
    """One subscriber for each message that somebody must be told of."""
    router = RabbitRouter()

    @listen(router, "notifications", mis.SchoolUpdated)
    async def on_school_updated(event: mis.SchoolUpdated) -> None:
        await mail.school_updated(event)

    @listen(router, "notifications", notices.AbsenceThresholdReached)
    async def on_threshold_reached(event: notices.AbsenceThresholdReached) -> None:
        await mail.threshold_reached(event)

    @listen(router, "notifications", notices.AbsenceThresholdCleared)
    async def on_threshold_cleared(event: notices.AbsenceThresholdCleared) -> None:
        await mail.threshold_cleared(event)

    @listen(router, "notifications", notices.NoticeIssued)
    async def on_notice_issued(event: notices.NoticeIssued) -> None:
        await post.notice_issued(event)

    @listen(router, "notifications", notices.NoticeReissued)
    async def on_notice_reissued(event: notices.NoticeReissued) -> None:
        await post.notice_reissued(event)

    return router
