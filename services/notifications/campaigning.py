"""Campaigns: each step started by a colleague, sent once to each address, and stopped at once when somebody says so."""

from datetime import date

from services.notifications.campaign_files import NoSuchStep, Step, campaigns, step_of
from services.notifications.consent import no_consent
from services.notifications.deliveries import Deliveries
from services.notifications.intents import Intents
from services.notifications.tellings.circulars import CAMPAIGNS
from shared.clock import Clock
from shared.contracts.circulars import RunCampaign, StopCampaign
from shared.latest import believed
from shared.recovery import Permanent
from shared.store import Change, Document, Store
from shared.telemetry import log

SWITCHES = "campaign_switches"
STOPPED = "its campaign was stopped"


class Campaigning:
    """Starts and stops. The switch of a step is a document that every replica looks at before each of its messages."""

    def __init__(self, store: Store, intents: Intents, deliveries: Deliveries, clock: Clock) -> None:
        self._switches = store[SWITCHES]
        self._intents = intents
        self._deliveries = deliveries
        self._clock = clock

    async def run(self, command: RunCampaign) -> None:
        """Let a part of a list, or schools, be sent a step; what was stopped before goes on with it."""
        step = _step(command)
        if not step.first <= self._clock.today() <= step.last:
            raise Permanent(f"step: {step.name} is for {step.days} only")
        consented(command, self._clock.today())
        if await self._turn(command.about, False, command):
            deliveries = await self._deliveries.resume_all(command.about, STOPPED)
            intents = await self._intents.resume_all(command.about, STOPPED)
            log.info("campaign_resumed", about=command.about, messages=deliveries, lists=intents)
        if command.members or command.audience is not None:
            await self._intents.open(CAMPAIGNS[command.to], command)

    async def stop(self, command: StopCampaign) -> None:
        """First the switches, which end it everywhere; then what waits is taken off, so that it is seen to be over."""
        known = campaigns().get(command.campaign)
        if known is None:
            raise Permanent(f"campaign: there is no {command.campaign}: choose one of {', '.join(campaigns())}")
        steps = [f"{command.campaign}/{each.name}" for each in known.steps]
        for about in steps:
            await self._turn(about, True, command)
        intents = [await self._intents.cancel_all(about, STOPPED) for about in steps]
        deliveries = [await self._deliveries.cancel_all(about, STOPPED) for about in steps]
        told = {"messages": sum(deliveries), "lists": sum(intents), "by": command.officer.id}
        log.info("campaign_stopped", campaign=command.campaign, **told)

    async def why_moot(self, delivery: Document) -> str | None:
        """Stopped, or its time of the year is over."""
        campaign, _, name = delivery["about"].partition("/")
        switch = await self._switches.get(delivery["about"])
        if switch is not None and switch["stopped"]:
            return STOPPED
        return "its days are over" if self._clock.today() > step_of(campaign, name).last else None

    async def _turn(self, about: str, stopped: bool, command: RunCampaign | StopCampaign) -> bool:
        """Turn a step's switch; the latest word counts. Whether it has changed."""

        now = self._clock.now()
        at = believed(command.time, now)

        def decide(kept: Document | None) -> Change | None:
            was = kept or {"version": 0, "stopped": False, "at": at}
            if was["stopped"] == stopped or at < believed(was["at"], now):
                return None
            fields = {"stopped": stopped, "at": at, "by": command.officer.id}
            return Change(about, was["version"], fields)

        return await self._switches.update(about, decide) is not None


def consented(command: RunCampaign, today: date) -> None:
    """Refuse a list with a parent on it who has not consented; raises Permanent, which names each."""
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
