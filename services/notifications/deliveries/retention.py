"""How long what was sent is kept, by type, as data (domain: data protection). Pure."""

from collections.abc import Mapping
from datetime import timedelta

from shared.contracts.notifications import Category

BODIES = timedelta(days=90)
"""What a message said. After that its record stays: when, by which channel, its hash and what became of it."""

WITH_THE_FILE = timedelta(days=6 * 366 + 365)
"""A copy of each notice has to be kept (reg 20); with its file, six years after closure, which is within a year."""

ARCHIVED: Mapping[str, timedelta] = dict.fromkeys(
    ("penalty_notice", "penalty_notice_reissued", "withdrawal_letter", "notice_to_improve"), WITH_THE_FILE
)
"""Templates whose letters are kept longer than other messages."""

CAMPAIGNS = timedelta(days=30)
"""Whose address a campaign's message went to, and the list that it was on: longer than any report on it takes."""

RECEIPTS = timedelta(days=90)
"""Providers' reports, those that nobody could place among them."""


def kept_for(template: str) -> timedelta:
    """How long the words of a message are kept."""
    return ARCHIVED.get(template, BODIES)


def event_kept_for(category: Category) -> timedelta:
    """How long it is kept what a message was told of, and to whom as a list: what it said is kept by itself."""
    return CAMPAIGNS if category == "campaign" else BODIES
