"""Which provider gets a message: one that can carry it whole, has room, and is to be trusted at the moment."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime

from services.notifications.providers.outcomes import Outgoing, Provider
from services.notifications.providers.standings import Standings

_WAIT = 0.1  # seconds between two tries to get a send from a provider's rate
_PATIENCE = 30.0  # seconds to wait for one before the delivery is put back


class Choosing:
    """The providers that are set up, with their shares and how each stands."""

    def __init__(self, providers: Mapping[str, Provider], standings: Standings, shares: Mapping[str, int]) -> None:
        self._providers = providers
        self._standings = standings
        self._shares = shares

    def able(self, outgoing: Outgoing) -> tuple[dict[str, int], list[str]]:
        """The shares of the providers that can carry this message, and why the others cannot."""
        channel = outgoing.written.channel
        of_channel = [each for each in self._providers.values() if each.channel == channel]
        objections = {each.name: each.objection(outgoing) for each in of_channel}
        able = {name: self._shares.get(name, 0) for name, why in objections.items() if why is None}
        return able, [why for why in objections.values() if why is not None]

    async def place(self, shares: Mapping[str, int], abroad: bool) -> Provider | None:
        """A provider with room for one more send; waits briefly for one, so that a full minute costs no writes."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            name = await self._standings.choose(shares, abroad)
            if name is not None and await self._standings.may_send(self._providers[name].account):
                return self._providers[name]
            if name is None and self._standings.shut(shares, abroad):
                return None
            await asyncio.sleep(_WAIT)
        return None

    def shut(self, shares: Mapping[str, int], abroad: bool) -> tuple[datetime, str] | None:
        """Until when none of these takes anything, and why; None where one does."""
        return self._standings.shut(shares, abroad)
