"""The notifications service, put together."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from services.notifications.asking import erasing
from services.notifications.asking.gauges import of_deliveries, of_providers
from services.notifications.circulars.campaigning import Campaigning
from services.notifications.circulars.chasing import Chasing
from services.notifications.circulars.sheet_returns import RETURNS, Returns
from services.notifications.circulars.sheets import SHEETS, Sheets
from services.notifications.circulars.trying import Trying
from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.deliveries import DELIVERIES, Deliveries
from services.notifications.deliveries.forgetting import sweeps
from services.notifications.deliveries.intents import INTENTS, Intents
from services.notifications.deliveries.left_out import LeftOut
from services.notifications.deliveries.officers import Officers
from services.notifications.deliveries.preferences import Preferences
from services.notifications.deliveries.volume import Volume
from services.notifications.handlers import handlers
from services.notifications.providers.notify import Account, NotifyEmail, NotifyLetter, NotifySms
from services.notifications.providers.outcomes import Provider
from services.notifications.providers.sinch import Sinch
from services.notifications.providers.smtp import Smtp
from services.notifications.providers.standings import Standings
from services.notifications.sending.bodies import Bodies
from services.notifications.sending.following import Following
from services.notifications.sending.reconciling import Reconciling
from services.notifications.sending.sending import Moot, Sending
from services.notifications.settings import NotificationsSettings, WordingSettings
from services.notifications.tellings import TELLINGS
from services.notifications.tellings.campaign_files import campaigns
from services.notifications.tellings.circulars import CAMPAIGNS, CHASER
from services.notifications.tellings.telling import DONE, UNSUBSCRIBE, Telling
from services.notifications.web.confirming import Confirming
from services.notifications.web.listed import PAGES
from services.notifications.web.receipts import Receipts
from services.notifications.web.unsubscribing import Unsubscribing
from services.notifications.words.translations import translations
from shared.contracts import CATALOGUE, Event
from shared.contracts.erasure import ForgottenInNotifications
from shared.links import Links
from shared.people.erasing import ERASURES, forgets
from shared.people.returning import Erased
from shared.running.service import Compose, Parts, run
from shared.store.documents import Store
from shared.time.clock import Clock
from shared.web.look import Look
from shared.web.site import Site


def composer(
    settings: NotificationsSettings,
    tellings: Sequence[Telling] = TELLINGS,
    carriers: Mapping[str, Provider] | None = None,
) -> Compose:
    """How the service is put together under these settings; without `carriers` those that the settings name."""
    translations()  # words or a contact book that cannot be used are said at the start, not at the first message
    campaigns()

    def compose(store: Store, clock: Clock) -> Parts:
        by = providers(settings, clock) if carriers is None else carriers
        links = Links(settings.link_key, settings.public_url)
        preferences = Preferences(store, settings.address_key, clock)
        audiences = Audiences(store, settings, clock)
        deliveries = Deliveries(store, clock, timedelta(seconds=settings.send_lease), settings.address_key)
        volume = Volume(store, clock, settings)
        erased = Erased(store, settings.address_key, clock)
        left_out = LeftOut(erased)
        intents = Intents(store, deliveries, audiences, volume, left_out, links, tellings, clock, settings)
        sheets = Sheets(store, settings)
        returns = Returns(store, sheets, deliveries, clock)
        chasing = Chasing(store, sheets, returns, clock)
        campaigning = Campaigning(store, intents, deliveries, clock)
        trying = Trying(store, audiences, deliveries, preferences, left_out, links, clock, WordingSettings())
        moot: dict[str, Moot] = {CHASER.name: returns.why_moot}
        moot |= {each.name: campaigning.why_moot for each in CAMPAIGNS.values()}
        following = Following(
            deliveries, intents, preferences, by, clock,
            timedelta(seconds=settings.letter_poll), timedelta(seconds=settings.receipt_patience),
        )  # fmt: skip
        bodies = Bodies(store, clock)
        rates = {"notify": settings.notify_per_minute, "sinch": settings.sinch_per_minute}
        standings = Standings(store, clock, rates, timedelta(seconds=settings.try_held_after))
        sending = Sending(
            store, deliveries, intents, bodies, preferences, volume, left_out, moot, standings, by, links, following,
            clock, settings,
        )  # fmt: skip
        receipts = Receipts(store, deliveries, following, clock, settings.receipts_token, settings.send_at_once)
        reconciling = Reconciling(store, deliveries, following, by, clock, timedelta(seconds=settings.reconcile_every))
        officers = Officers(deliveries, intents, audiences, preferences, clock)
        unsubscribing = Unsubscribing(preferences, clock)
        look = Look(settings.page_authority(), settings.public_url, "services.notifications.web")
        outboxes = [INTENTS, DELIVERIES, SHEETS, ERASURES]
        erase = partial(erasing.erase, store)
        forget = forgets(store, erasing.holds, erase, ForgottenInNotifications, clock, erased, outboxes)
        return Parts(
            routers=[
                handlers(
                    intents,
                    audiences,
                    officers,
                    preferences,
                    sheets,
                    returns,
                    chasing,
                    campaigning,
                    trying,
                    forget,
                    erased,
                )
            ],
            timers=[
                intents.timer,
                intents.expiry,
                *sending.timers,
                receipts.timer,
                bodies.timer,
                reconciling.timer,
                chasing.timer,
                volume.timer,
                trying.timer,
                *sweeps(store, clock),
            ],
            outboxes=outboxes,
            indexes=[
                (INTENTS, ("about",)),
                (DELIVERIES, ("about",)),
                (DELIVERIES, ("intent",)),
                (DELIVERIES, ("reference",)),
                (DELIVERIES, ("mailbox",)),
                (DELIVERIES, ("provider", "tries.at")),
                (RETURNS, ("sheet",)),
                (DELIVERIES, ("state", "claimed_until")),
            ],
            gauges=[of_deliveries(store), of_providers(store, by)],
            says=[
                message
                for message in CATALOGUE.values()
                if message.key().startswith("notifications.") and issubclass(message, Event)
            ],
            routes=[
                *receipts.routes(),
                *Site(look, settings.link_key, settings.visits).routes(
                    PAGES,
                    {
                        f"/{each}/{{token}}": Confirming(each, ask, do, deliveries, links).page
                        for each, ask, do in (
                            (UNSUBSCRIBE, unsubscribing.ask, unsubscribing.stop),
                            (DONE, returns.ask, returns.confirm),
                        )
                    },
                ),
            ],
            look=look,
        )

    return compose


def providers(settings: NotificationsSettings, clock: Clock) -> dict[str, Provider]:
    """Everybody who is set up to carry messages."""
    account = Account(settings)
    found: list[Provider] = [Smtp(settings), NotifyLetter(account)]
    if settings.notify_email_template:
        found.append(NotifyEmail(account, settings.notify_email_template))
    if settings.notify_sms_template:
        found.append(NotifySms(account, settings.notify_sms_template, WordingSettings().notify_sms_prefix))
    if settings.sinch_plan:
        found.append(Sinch(settings, clock))
    return {each.name: each for each in found}


if __name__ == "__main__":
    ours = NotificationsSettings()
    run("notifications", composer(ours), ours)
