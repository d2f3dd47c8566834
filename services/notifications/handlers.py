"""Which message is handled by what."""

from collections.abc import Awaitable, Callable
from typing import Any

from faststream.rabbit import RabbitRouter

from services.notifications.audiences import Audiences
from services.notifications.intents import Intents
from services.notifications.officers import Officers
from services.notifications.preferences import Preferences
from shared.contracts import erasure, mis, notifications
from shared.contracts.base import Message
from shared.erasing import Forget
from shared.service import listen


def handlers(
    intents: Intents, audiences: Audiences, officers: Officers, preferences: Preferences, forget: Forget
) -> RabbitRouter:
    """One subscriber for each event that somebody must be told of, and for each command."""
    router = RabbitRouter()
    for event in sorted({telling.event for telling in intents.tellings.values()}, key=lambda event: event.key()):
        _take(router, event, intents.hear)
    _take(router, mis.SchoolUpdated, audiences.school_updated)
    _take(router, notifications.RetryMessage, officers.retry)
    _take(router, notifications.RecordReturnedLetter, officers.letter_returned)
    _take(router, notifications.LiftSuppression, officers.lift)
    _take(router, notifications.SetPreferences, preferences.set)
    _take(router, erasure.ForgetInNotifications, forget)
    return router


def _take(router: RabbitRouter, kind: type[Message], handle: Callable[[Any], Awaitable[None]]) -> None:
    async def on_message(message: Message) -> None:
        await handle(message)

    on_message.__annotations__["message"] = kind
    listen(router, "notifications", kind)(on_message)
