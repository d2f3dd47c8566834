"""The notification rules, as data: who is told of which event, one module for each producer.
`telling.py` says what a rule is; the rooms that deliver import it and the table `TELLINGS`.
Pure: it never looks anybody up and never sends.
"""

from collections.abc import Iterable, Mapping

from services.notifications.tellings import bookings, circulars, notices, notifications, surveys
from services.notifications.tellings.telling import AUDIENCES, Telling
from shared.contracts.base import Event

_ALL = (notices, bookings, surveys, notifications)
TELLINGS: tuple[Telling, ...] = (*(each for module in _ALL for each in module.TELLINGS), *circulars.TELLINGS)
NOBODY: Mapping[type[Event], str] = {event: why for module in _ALL for event, why in module.NOBODY.items()}
"""Events that nobody is told about, and why."""


def _when(telling: Telling) -> str:
    return "at any time" if telling.at_any_time or telling.category == "statutory" else "working hours"


def as_markdown(tellings: Iterable[Telling] = TELLINGS, nobody: Mapping[type[Event], str] = NOBODY) -> str:
    """The whole table, as docs/who-is-told.md has it."""
    lines = [
        "# Who is told of what",
        "",
        "Written by `make docs` from `services/notifications/tellings/`: change it there.",
        "",
        "Channels are tried from left to right: the next one when one has failed for good. A statutory message cannot "
        "be refused and goes by letter. Service messages wait for working hours, but for those that somebody waits for "
        "or that soon mean nothing: these go at any time. What a message takes back or makes stale is not sent any "
        "more, if it has not gone yet; where nobody was told of what it takes back, it is not told either.",
        "",
        "| event | who | category | when | channels | template | takes back | makes stale |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.event.key()} | {AUDIENCES[each.audience]} | {each.category} | {_when(each)} "
        f"| {' → '.join(each.ladder)} | {each.template} | {', '.join(each.takes_back)} | {', '.join(each.overtakes)} |"
        for each in tellings
    ]
    lines += ["", "## Nobody is told", "", "| event | because |", "|---|---|"]
    lines += [f"| {event.key()} | {why} |" for event, why in nobody.items()]
    return "\n".join(lines) + "\n"
