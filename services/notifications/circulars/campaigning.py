"""Campaigns: a colleague starts each step, each address gets it once, and anybody can stop it at once."""

from datetime import date

from services.notifications.circulars.consent import no_consent
from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import STOPPED, Why
from services.notifications.deliveries.intents import Intents
from services.notifications.rules.campaign_files import NoSuchStep, Step, campaigns, step_of
from services.notifications.rules.circulars import CAMPAIGNS
from shared.contracts.circulars import RunCampaign, StopCampaign
from shared.contracts.latest import believed
from shared.decisions.acting import repeated
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock

SWITCHES = "campaign_switches"
_REMEMBERED = 20


class Campaigning:
    """Starts and stops. A step's switch is a document that every replica reads before each of its messages."""

    def __init__(self, store: Store, intents: Intents, deliveries: Deliveries, clock: Clock) -> None:
        self._switches = store[SWITCHES]
        self._intents = intents
        self._deliveries = deliveries
        self._clock = clock

    async def run(self, command: RunCampaign) -> None:
        """Send a step to part of a list or to schools; anything stopped before continues."""
        step = _step(command)
        if not step.first <= self._clock.today() <= step.last:
            raise Permanent(f"step: {step.name} is for {step.days} only")
        consented(command, self._clock.today())
        if await self._turn(command.about, False, command):
            messages, lists = await self._carry_out(command.about)
            log.info("campaign_resumed", about=command.about, messages=messages, lists=lists)
        if command.members or command.audience is not None:
            await self._intents.open(CAMPAIGNS[command.to], command)

    async def stop(self, command: StopCampaign) -> None:
        """First the switches, which stop it everywhere; then waiting messages are cancelled, so that it visibly ends.

        A step that was started again after this command continues.
        """
        known = campaigns().get(command.campaign)
        if known is None:
            raise Permanent(f"campaign: there is no {command.campaign}: choose one of {', '.join(campaigns())}")
        steps = [f"{command.campaign}/{each.name}" for each in known.steps]
        turned = [about for about in steps if await self._turn(about, True, command)]
        if not turned:
            repeated(command, campaign=command.campaign)
            return
        done = [await self._carry_out(about) for about in turned]
        counts = {"messages": sum(messages for messages, _ in done), "lists": sum(lists for _, lists in done)}
        log.info("campaign_stopped", campaign=command.campaign, **counts, by=command.officer.id)

    async def why_moot(self, delivery: Document) -> Why | None:
        """Why it is not sent: it was stopped, or its season is over."""
        campaign, _, name = delivery["about"].partition("/")
        switch = await self._switches.get(delivery["about"])
        if switch is not None and switch["stopped"]:
            return STOPPED
        return Why("its days are over") if self._clock.today() > step_of(campaign, name).last else None

    async def _turn(self, about: str, stopped: bool, command: RunCampaign | StopCampaign) -> bool:
        """Turn a step's switch; the latest command counts. Returns whether this command turned it, now or before."""
        now, cause = self._clock.now(), str(command.id)
        at = believed(command.time, now)

        def decide(kept: Document | None) -> Change | None:
            was = kept or {"version": 0, "stopped": False, "at": at}
            if was["stopped"] == stopped or at < believed(was["at"], now) or cause in was.get("causes", ()):
                return None
            causes = [*was.get("causes", ()), cause][-_REMEMBERED:]
            fields = {"stopped": stopped, "at": at, "by": command.officer.id, "causes": causes}
            return Change(about, was["version"], fields)

        await self._switches.update(about, decide)
        switch = await self._switches.get(about)
        return switch is not None and switch.get("causes", [None])[-1] == cause

    async def _carry_out(self, about: str) -> tuple[int, int]:
        """Make messages and lists follow the switch, again if it was turned meanwhile; returns how many."""
        messages = lists = 0
        while True:
            switch = await self._switches.get(about)
            stopped = switch is not None and switch["stopped"]
            for_lists = self._intents.cancel_all if stopped else self._intents.resume_all
            for_messages = self._deliveries.cancel_all if stopped else self._deliveries.resume_all
            lists += await for_lists(about, STOPPED)
            messages += await for_messages(about, STOPPED)
            if switch == await self._switches.get(about):
                return messages, lists


def consented(command: RunCampaign, today: date) -> None:
    """Refuse a list with a parent who has not consented; raises Permanent, which names each."""
    wrong = [
        (n, why) for n, each in enumerate(command.members) if (why := no_consent(command.to, each.consent_on, today))
    ]
    if wrong:
        raise Permanent("; ".join(f"members.{n}.consent_on: {why}" for n, why in wrong))


def _step(command: RunCampaign) -> Step:
    try:
        return step_of(command.campaign, command.step)
    except NoSuchStep as error:
        raise Permanent(str(error)) from None
