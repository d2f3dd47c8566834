"""The messages of a campaign as they would be written, and what they would cost; none of them is sent or kept."""

from services.notifications.addresses.pricing import measured, multiplier
from services.notifications.deliveries.facts import Facts
from services.notifications.rules.rule import Recipient, Rule
from services.notifications.settings import WordingSettings
from services.notifications.words.translations import Translation
from services.notifications.words.wording import Unwritable, Written, write
from shared.contracts.circulars import RunCampaign
from shared.contracts.notifications import Channel

Would = tuple[Recipient, Channel, Translation | None]
"""Recipient, channel and translation."""


class Drafts:
    """Writes as sending does."""

    def __init__(self, facts: Facts, wording: WordingSettings) -> None:
        self._facts = facts
        self._wording = wording

    def of(self, rule: Rule, command: RunCampaign, would: dict[str, Would]) -> list[Written | str]:
        """Every message, or why it cannot be written."""
        return [self._message(rule, command, key, *found) for key, found in would.items()]

    def parts(self, would: Would, message: Written | str) -> int:
        """How many parts a text costs; abroad each part counts several times."""
        if isinstance(message, str) or message.channel != "sms":
            return 0
        size = measured(message.text, self._wording.notify_sms_prefix)
        return size.parts * multiplier(str(would[0].phone), self._wording.sms_multipliers)

    def _message(
        self,
        rule: Rule,
        command: RunCampaign,
        key: str,
        to: Recipient,
        channel: Channel,
        translated: Translation | None,
    ) -> Written | str:
        try:
            return write(rule.template, channel, self._facts.told(rule, command, to, key), translated)
        except Unwritable as error:
            return str(error)
