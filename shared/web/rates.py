"""How often one address may ask: a count for each minute, kept in this process and nowhere else.

Replicas count by themselves, so that the whole service lets through that many times their number. A school may sit
behind one address, so what people do by hand has to stay far below.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from math import ceil

from starlette.requests import Request

_REMEMBERED = 10_000  # addresses; whoever was quiet the longest is forgotten first
_A_HOUSEHOLD = 64  # bits: of IPv6 one line has that many addresses


class Rates:
    """At most `most` in `per` seconds from one address."""

    def __init__(self, most: int, per: float = 60, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._per = per
        self._now = now
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Count one more; returns the seconds after which it may be tried again, 0 where it may go ahead."""
        now = self._now()
        began, count = self._counted.pop(address, (now, 0))
        if now - began >= self._per:
            began, count = now, 0
        self._counted[address] = began, count + 1
        if len(self._counted) > _REMEMBERED:
            self._counted.popitem(last=False)
        return ceil(began + self._per - now) if count >= self._most else 0


def asking(request: Request) -> str:
    """The address that asks, as it is counted. The proxy in front of the service names it (EVERYDAY_PROXIES)."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return host if found.version == 4 else str(ip_network((found, _A_HOUSEHOLD), strict=False))
