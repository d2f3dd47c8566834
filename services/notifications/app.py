"""The notifications service, put together."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from services.notifications.announcing.announcing import Announcing
from services.notifications.announcing.fan_out import FanOut
from services.notifications.asking import erasing
from services.notifications.asking.gauges import of_deliveries, of_providers
from services.notifications.circulars.campaigning import Campaigning
from services.notifications.circulars.chasing import Chasing
from services.notifications.circulars.drafts import Drafts
from services.notifications.circulars.sheet_returns import RETURNS, Returns
from services.notifications.circulars.sheets import SHEETS, Sheets
from services.notifications.circulars.trying import Trying
from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.deliveries import DELIVERIES, Deliveries
from services.notifications.deliveries.digests import Digests
from services.notifications.deliveries.facts import Facts
from services.notifications.deliveries.intents import INTENTS, Intents
from services.notifications.deliveries.left_out import LeftOut
from services.notifications.deliveries.officers import Officers
from services.notifications.deliveries.preferences import Preferences
from services.notifications.deliveries.quiet import windows
from services.notifications.deliveries.still_true import StillTrue
from services.notifications.deliveries.sweeps import sweeps
from services.notifications.deliveries.volume import Volume
from services.notifications.handlers import of_circulars, of_erasure, of_events, of_messages
from services.notifications.providers.choosing import Choosing
from services.notifications.providers.notify import Account, NotifyEmail, NotifyLetter, NotifySms
from services.notifications.providers.outcomes import Provider
from services.notifications.providers.sinch import Sinch
from services.notifications.providers.smtp import Smtp
from services.notifications.providers.standings import Standings
from services.notifications.rules import RULES
from services.notifications.rules.campaign_files import campaigns
from services.notifications.rules.circulars import CAMPAIGNS, CHASER
from services.notifications.rules.rule import DONE, UNSUBSCRIBE, Rule
from services.notifications.sending.bodies import Bodies
from services.notifications.sending.composing import Composing
from services.notifications.sending.following import Following
from services.notifications.sending.handing import Handing
from services.notifications.sending.reconciling import Reconciling
from services.notifications.sending.releasing import Releasing
from services.notifications.sending.resolving import Resolving
from services.notifications.sending.sending import Sending
from services.notifications.sending.steps import Steps
from services.notifications.sending.taking_back import Moot, TakingBack
from services.notifications.settings import NotificationsSettings, WordingSettings
from services.notifications.web.confirming import Confirming
from services.notifications.web.listed import PAGES
from services.notifications.web.receipts import Receipts
from services.notifications.web.unsubscribing import Unsubscribing
from services.notifications.words.translations import translations
from shared.contracts.erasure import ForgottenInNotifications
from shared.links import Links
from shared.people.erasing import ERASURES, forgets
from shared.people.returning import Erased
from shared.running.service import Compose, Parts, handled, run
from shared.store.documents import Store
from shared.store.timers import Timer
from shared.time.clock import Clock
from shared.web.look import Look
from shared.web.site import Site


def composer(
    settings: NotificationsSettings,
    rules: Sequence[Rule] = RULES,
    carriers: Mapping[str, Provider] | None = None,
) -> Compose:
    """How the service is put together under these settings; `carriers` replaces the settings' providers."""
    translations()  # unusable words or contact books are found at the start, not at the first message
    campaigns()

    def compose(store: Store, clock: Clock) -> Parts:
        by_name = {each.name: each for each in rules}
        by = providers(settings, clock) if carriers is None else carriers
        quiet = windows(settings)
        links = Links(settings.link_key, settings.public_url)
        preferences = Preferences(store, settings.address_key, clock)
        audiences = Audiences(store, settings, clock)
        volume = Volume(store, clock, settings)
        erased = Erased(store, settings.address_key, clock)
        left_out = LeftOut(erased)

        intents = Intents(store, left_out, by_name, clock)
        still_true = StillTrue(store, by_name, clock)
        facts = Facts(store, links, by_name)
        deliveries = Deliveries(store, clock, timedelta(seconds=settings.send_lease), settings.address_key)
        merge_over = timedelta(seconds=settings.digest_window)
        fan_out = FanOut(intents, deliveries, audiences, volume, left_out, merge_over, clock)
        announcing = Announcing(by_name, intents, deliveries, still_true, fan_out, quiet, clock)

        sheets = Sheets(store, settings)
        returns = Returns(store, sheets, deliveries, clock)
        chasing = Chasing(store, sheets, returns, clock)
        campaigning = Campaigning(store, intents, deliveries, clock)
        drafts = Drafts(facts, WordingSettings())
        trying = Trying(store, audiences, deliveries, preferences, left_out, drafts, clock)
        moot: dict[str, Moot] = {CHASER.name: returns.why_moot}
        moot |= {each.name: campaigning.why_moot for each in CAMPAIGNS.values()}

        rates = {"notify": settings.notify_per_minute, "sinch": settings.sinch_per_minute}
        standings = Standings(store, clock, rates, timedelta(seconds=settings.try_held_after))
        following = Following(
            deliveries, by_name, preferences, by, clock,
            timedelta(seconds=settings.letter_poll), timedelta(seconds=settings.receipt_patience),
        )  # fmt: skip
        bodies = Bodies(store, clock)
        digests = Digests(deliveries, still_true, facts)
        composing = Composing(facts, digests, bodies, preferences, links, clock)
        handing = Handing(deliveries, standings, following, 0.9 * settings.send_lease, settings.slow_answer, clock)
        choosing = Choosing(by, standings, settings.shares)
        sending = Sending(deliveries, volume, composing, choosing, handing, following, clock)
        taking_back = TakingBack(deliveries, still_true, left_out, moot)
        releasing = Releasing(deliveries, taking_back, preferences, volume, quiet, clock)
        resolving = Resolving(deliveries, following, by, clock)
        steps = Steps(digests, releasing, sending, resolving, following)
        receipts = Receipts(store, deliveries, following, clock, settings.receipts_token, settings.send_at_once)
        reconciling = Reconciling(store, deliveries, following, by, clock, timedelta(seconds=settings.reconcile_every))

        officers = Officers(deliveries, intents, audiences, preferences, clock)
        unsubscribing = Unsubscribing(preferences, clock)
        look = Look(settings.page_authority(), settings.public_url, "services.notifications.web")
        outboxes = [INTENTS, DELIVERIES, SHEETS, ERASURES]
        erase = partial(erasing.erase, store)
        forget = forgets(store, erasing.holds, erase, ForgottenInNotifications, clock, erased, outboxes)
        handles = {
            **of_events(announcing, rules, audiences),  # but campaigns, which circulars takes: the later holds
            **of_messages(officers, preferences),
            **of_circulars(sheets, returns, chasing, campaigning, trying),
            **of_erasure(forget, erased),
        }
        return Parts(
            routers=[handled("notifications", handles)],
            timers=[
                Timer(store, INTENTS, announcing.due, clock, settings.send_at_once),
                still_true.expiry,
                *steps.timers(store, clock, settings.send_at_once),
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
    """Every provider that is set up."""
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
