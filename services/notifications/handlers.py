"""Which message is handled by what."""

from collections.abc import Iterable

from services.notifications.announcing.announcing import Announcing
from services.notifications.circulars.campaigning import Campaigning
from services.notifications.circulars.chasing import Chasing
from services.notifications.circulars.sheet_returns import Returns
from services.notifications.circulars.sheets import Sheets
from services.notifications.circulars.trying import Trying
from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.officers import Officers
from services.notifications.deliveries.preferences import Preferences
from services.notifications.rules.rule import Rule
from shared.contracts import circulars, erasure, mis, notifications
from shared.people.erasing import Forget
from shared.people.returning import Erased
from shared.running.service import Handles


def of_events(announcing: Announcing, rules: Iterable[Rule], audiences: Audiences) -> Handles:
    """Everything that somebody must be told of, and where schools are reached."""
    by_event = {rule.event: announcing.hear for rule in rules}
    return {**by_event, mis.SchoolUpdated: audiences.school_updated}


def of_messages(officers: Officers, preferences: Preferences) -> Handles:
    """What is asked about messages that were sent, or are to come."""
    return {
        notifications.RetryMessage: officers.retry,
        notifications.RecordReturnedLetter: officers.letter_returned,
        notifications.LiftSuppression: officers.lift,
        notifications.SetPreferences: preferences.set,
        notifications.SetLanguage: preferences.set_language,
    }


def of_circulars(
    sheets: Sheets, returns: Returns, chasing: Chasing, campaigning: Campaigning, trying: Trying
) -> Handles:
    """MI Sheets and campaigns."""

    async def run_campaign(command: circulars.RunCampaign) -> None:
        await (trying.try_out(command) if command.dry_run else campaigning.run(command))

    return {
        circulars.PublishMiSheet: sheets.publish,
        circulars.SendMiSheet: sheets.send,
        circulars.ChaseMiSheet: chasing.chase,
        circulars.MarkMiSheetDone: returns.mark,
        circulars.RunCampaign: run_campaign,
        circulars.StopCampaign: campaigning.stop,
    }


def of_erasure(forget: Forget, erased: Erased) -> Handles:
    """Who is forgotten at their request, and who may come back."""
    return {erasure.ForgetInNotifications: forget, erasure.DecideReturnInNotifications: erased.decide}
