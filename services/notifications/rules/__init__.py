"""The notification rules, as data: who is told of which event, one module for each producer.
`rule.py` says what a rule is; the rooms that deliver import it and the table `RULES`.
Pure: it never looks anybody up and never sends.
"""

from collections.abc import Iterable, Mapping

from services.notifications.rules import bookings, circulars, notices, notifications, surveys
from services.notifications.rules.rule import AUDIENCES, Rule
from shared.contracts.base import Event

_ALL = (notices, bookings, surveys, notifications)
RULES: tuple[Rule, ...] = (*(each for module in _ALL for each in module.RULES), *circulars.RULES)
NOBODY: Mapping[type[Event], str] = {event: why for module in _ALL for event, why in module.NOBODY.items()}
"""Events that nobody is told about, and why."""


def _when(rule: Rule) -> str:
    return "at any time" if rule.at_any_time or rule.category == "statutory" else "working hours"


def as_markdown(rules: Iterable[Rule] = RULES, nobody: Mapping[type[Event], str] = NOBODY) -> str:
    """The whole table, as docs/who-is-told.md has it."""
    lines = [
        "# Who is told of what",
        "",
        "Written by `make docs` from `services/notifications/rules/`: change it there.",
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
        for each in rules
    ]
    lines += ["", "## Nobody is told", "", "| event | because |", "|---|---|"]
    lines += [f"| {event.key()} | {why} |" for event, why in nobody.items()]
    return "\n".join(lines) + "\n"
