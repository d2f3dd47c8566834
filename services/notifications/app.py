"""The notifications service, put together."""

from datetime import timedelta

from services.notifications.deliveries import DELIVERIES, Deliveries
from services.notifications.gauges import of_deliveries
from services.notifications.handlers import handlers
from services.notifications.mail import Mail
from services.notifications.notify import Notify
from services.notifications.post import Post
from services.notifications.settings import NotificationsSettings
from services.notifications.template_files import templates
from shared.clock import Clock
from shared.contracts import notifications
from shared.service import Compose, Parts, run
from shared.store import Store


def composer(settings: NotificationsSettings) -> Compose:
    templates()  # words or a contact book that cannot be used are said at the start, not at the first message

    def compose(store: Store, clock: Clock) -> Parts:
        deliveries = Deliveries(store, clock, timedelta(seconds=settings.send_lease), settings.tick)
        notify = Notify(settings.notify_url, settings.notify_key, settings.notify_timeout)
        mail = Mail(store, deliveries, settings, clock)
        post = Post(store, deliveries, notify, clock, timedelta(seconds=settings.letter_poll))
        return Parts(
            routers=[handlers(mail, post)],
            timers=[deliveries.timer],
            outboxes=[DELIVERIES],
            indexes=[(DELIVERIES, ("about",)), (DELIVERIES, ("state", "claimed_until"))],
            gauges=[of_deliveries(store)],
            says=[notifications.NotificationSent, notifications.NotificationFailed, notifications.LetterDispatched],
        )

    return compose


if __name__ == "__main__":
    settings = NotificationsSettings()
    run("notifications", composer(settings), settings)
