"""A dry run of a campaign: who would be sent what at which price, and who would not and why. Nothing is sent.

It makes the same checks in the same order as sending does, and writes every message.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from services.notifications.circulars.campaigning import consented
from services.notifications.circulars.drafts import Drafts, Would
from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import STOPPED, code_of
from services.notifications.deliveries.left_out import WHY, LeftOut
from services.notifications.deliveries.preferences import Preferences
from services.notifications.rules.campaign_files import NoSuchStep, step_of
from services.notifications.rules.circulars import CAMPAIGNS
from services.notifications.rules.rule import Recipient, Rule, about, next_rung
from services.notifications.words.translations import translation
from services.notifications.words.wording import Written
from shared.contracts.circulars import RunCampaign
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.store.timers import Expiry
from shared.time.clock import Clock

TRIALS = "campaign_trials"
_KEPT_FOR = timedelta(days=1)
_SAMPLES = 5


class Trying:
    """Works out what a command would send, and stores that for the command line to read."""

    def __init__(
        self,
        store: Store,
        audiences: Audiences,
        deliveries: Deliveries,
        preferences: Preferences,
        left_out: LeftOut,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._trials = store[TRIALS]
        self._audiences = audiences
        self._deliveries = deliveries
        self._preferences = preferences
        self._left_out = left_out
        self._drafts = drafts
        self._clock = clock
        self.timer = Expiry(store, TRIALS, clock)

    async def try_out(self, command: RunCampaign) -> None:
        """Split the list into those who would be sent something and the rest, and write each message."""
        try:
            step_of(command.campaign, command.step)
        except NoSuchStep as error:
            raise Permanent(str(error)) from None
        consented(command, self._clock.today())
        given = len(command.members)
        command = await self._left_out.listed(command)
        rule = CAMPAIGNS[command.to]
        recipients = await self._audiences.of(rule.whom(command))
        found = await self._sorted(rule, command, recipients)
        messages = await asyncio.to_thread(self._drafts.of, rule, command, found["would"])
        written = [each for each in messages if isinstance(each, Written)]
        if given > len(command.members):
            found["would_not"][WHY] += given - len(command.members)
        left_out = found["would_not"] + Counter(each for each in messages if isinstance(each, str))
        fields: Document = {
            "about": command.about,
            "asked": len(recipients) + given - len(command.members),
            "by_channel": dict(Counter(each.channel for each in written)),
            "left_out": [{"why": why, "count": count} for why, count in left_out.items()],
            "parts": sum(map(self._drafts.parts, found["would"].values(), messages)),
            "samples": [asdict(each) for each in _mixed(written)],
            "due_at": self._clock.now() + _KEPT_FOR,
        }
        await self._trials.insert(str(command.id), fields)
        log.info("campaign_tried", about=command.about, asked=len(recipients), would=len(written))

    async def _sorted(self, rule: Rule, command: RunCampaign, recipients: Iterable[Recipient]) -> dict[str, Any]:
        """Who would be sent it, each with the id of their delivery; and how many would not, by reason."""
        would: dict[str, Would] = {}
        would_not: Counter[str] = Counter()
        intent = {"_id": str(command.id), "about": about(command)}
        for each in recipients:
            rung = next_rung(rule.ladder, each)
            if rung is None:
                would_not["no address that could take it"] += 1
                continue
            channel = rule.ladder[rung]
            key = self._deliveries.key(rule, intent, command, each, channel)
            owner = self._deliveries.addressed(each, channel)["address_hash"]
            earlier = await self._deliveries.get(key)
            if key in would:
                would_not["the same address twice"] += 1
            elif earlier is not None and code_of(earlier) != STOPPED.code:
                would_not["it was sent to this address before"] += 1
            elif why := await self._preferences.refusal(each.key, rule.category, channel, owner):
                would_not[why.words] += 1
            else:
                wished = await self._preferences.language(each.key, owner, each.language)
                would[key] = each, channel, translation(rule.template, channel, wished)
        return {"would": would, "would_not": would_not}


def _mixed(written: list[Written]) -> list[Written]:
    """A few samples, from each channel in turn."""
    by_channel = [[each for each in written if each.channel == channel] for channel in ("email", "sms")]
    turns = [each[n] for n in range(_SAMPLES) for each in by_channel if n < len(each)]
    return turns[:_SAMPLES]
