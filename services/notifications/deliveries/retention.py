"""How long messages are kept, by type, as data (domain: data protection). Pure."""

from collections.abc import Mapping
from datetime import timedelta

from shared.contracts.notifications import Category

BODIES = timedelta(days=90)
"""The words of a message. After that its record stays: when, by which channel, its hash and what became of it."""

WITH_THE_FILE = timedelta(days=6 * 366 + 365)
"""A copy of each notice has to be kept (reg 20) with its file: six years after closure, which comes within a year."""

ARCHIVED: Mapping[str, timedelta] = dict.fromkeys(
    ("penalty_notice", "penalty_notice_reissued", "withdrawal_letter", "notice_to_improve"), WITH_THE_FILE
)
"""Templates whose letters are kept longer than other messages."""

CAMPAIGNS = timedelta(days=30)
"""The recipients of a campaign's messages and their list: longer than any report on them takes."""

RECEIPTS = timedelta(days=90)
"""Providers' reports, including those that belong to no known message."""


def kept_for(template: str) -> timedelta:
    """How long the words of a message are kept."""
    return ARCHIVED.get(template, BODIES)


def event_kept_for(category: Category) -> timedelta:
    """How long the event behind a message, and its list of recipients, is kept; the words are kept separately."""
    return CAMPAIGNS if category == "campaign" else BODIES
