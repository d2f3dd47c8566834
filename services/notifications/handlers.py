"""Which message is handled by what."""

from collections.abc import Awaitable, Callable
from typing import Any

from faststream.rabbit import RabbitRouter

from services.notifications.circulars.campaigning import Campaigning
from services.notifications.circulars.chasing import Chasing
from services.notifications.circulars.sheet_returns import Returns
from services.notifications.circulars.sheets import Sheets
from services.notifications.circulars.trying import Trying
from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.intents import Intents
from services.notifications.deliveries.officers import Officers
from services.notifications.deliveries.preferences import Preferences
from shared.contracts import circulars, erasure, mis, notifications
from shared.contracts.base import Message
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import listen


def handlers(
    intents: Intents,
    audiences: Audiences,
    officers: Officers,
    preferences: Preferences,
    sheets: Sheets,
    returns: Returns,
    chasing: Chasing,
    campaigning: Campaigning,
    trying: Trying,
    forget: Forget,
    erased: Erased,
) -> RabbitRouter:
    """One subscriber for each event that somebody must be told about, and for each command."""

    async def run_campaign(command: circulars.RunCampaign) -> None:
        await (trying.try_out(command) if command.dry_run else campaigning.run(command))

    commands: dict[type[Message], Callable[[Any], Awaitable[None]]] = {
        notifications.RetryMessage: officers.retry,
        notifications.RecordReturnedLetter: officers.letter_returned,
        notifications.LiftSuppression: officers.lift,
        notifications.SetPreferences: preferences.set,
        notifications.SetLanguage: preferences.set_language,
        circulars.PublishMiSheet: sheets.publish,
        circulars.SendMiSheet: sheets.send,
        circulars.ChaseMiSheet: chasing.chase,
        circulars.MarkMiSheetDone: returns.mark,
        circulars.RunCampaign: run_campaign,
        circulars.StopCampaign: campaigning.stop,
        erasure.ForgetInNotifications: forget,
        erasure.DecideReturnInNotifications: erased.decide,
        mis.SchoolUpdated: audiences.school_updated,
    }
    told = {telling.event: intents.hear for telling in intents.tellings.values()}
    router = RabbitRouter()
    for kind, handle in sorted((told | commands).items(), key=lambda each: each[0].key()):
        _take(router, kind, handle)
    return router


def _take(router: RabbitRouter, kind: type[Message], handle: Callable[[Any], Awaitable[None]]) -> None:
    async def on_message(message: Message) -> None:
        await handle(message)

    on_message.__annotations__["message"] = kind
    listen(router, "notifications", kind)(on_message)
