"""Everything that somebody must be told: one module for each producer of events, as data. Pure."""

from collections.abc import Iterable, Mapping

from services.notifications.telling import AUDIENCES, Telling
from services.notifications.tellings import circulars, notices, notifications
from shared.contracts.base import Event

TELLINGS: tuple[Telling, ...] = (*notices.TELLINGS, *notifications.TELLINGS, *circulars.TELLINGS)
NOBODY: Mapping[type[Event], str] = {**notices.NOBODY, **notifications.NOBODY}
"""Events of which nobody is told, and why."""


def as_markdown(tellings: Iterable[Telling] = TELLINGS, nobody: Mapping[type[Event], str] = NOBODY) -> str:
    """The whole table, as docs/who-is-told.md has it."""
    lines = [
        "# Who is told of what",
        "",
        "Written by `make docs` from `services/notifications/tellings/`: change it there.",
        "",
        "Channels are tried from left to right: the next one when one has failed for good. A statutory message cannot "
        "be refused and goes by letter; the others wait for working hours.",
        "",
        "| event | who | category | channels | template | takes back |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.event.key()} | {AUDIENCES[each.audience]} | {each.category} | {' → '.join(each.ladder)} "
        f"| {each.template} | {', '.join(each.takes_back)} |"
        for each in tellings
    ]
    lines += ["", "## Nobody is told", "", "| event | because |", "|---|---|"]
    lines += [f"| {event.key()} | {why} |" for event, why in nobody.items()]
    return "\n".join(lines) + "\n"
