"""The rules that the service is set up with, as the model uses them. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.contracts.meetings import Mailbox, MeetingDetails


@dataclass(frozen=True)
class Rules:
    """Lengths of time and the organiser; each is the authority's own choice."""

    organiser: Mailbox
    authority: str
    help_line: str
    """Whom people can call, as messages name it."""
    uid_domain: str
    """Part of the identity of every diary entry; changing it would turn old entries into new ones."""
    freeze: timedelta = timedelta(hours=48)
    """Before the start: a freed place is then offered, not given, and changes need a colleague."""
    offer: timedelta = timedelta(hours=12)
    """How long an offered place is kept for one person."""
    last_offer: timedelta = timedelta(hours=1)
    """Before the start: after that no place is offered any more, because nobody would see the offer."""
    usual_length: timedelta = timedelta(hours=1)
    """The length of a meeting whose host gives no end."""
    join_before: timedelta = timedelta(minutes=15)
    """The joining link opens this long before the start; after that no reminder is sent."""
    join_after: timedelta = timedelta(minutes=30)
    """It closes this long after the end: meetings overrun."""
    remind_at: time = time(9)
    """The time of day, in London, of reminders that come days before."""
    follow_up_after: timedelta = timedelta(days=5)
    """After the end, if the host has recorded no materials by then."""
    needs_kept: timedelta = timedelta(days=7)
    """After the end; then people's needs are deleted."""
    names_kept: timedelta = timedelta(days=730)
    """After the end; then a booking's names are removed. Counts by school stay."""

    def frozen_from(self, details: MeetingDetails) -> datetime:
        hours = details.freeze_hours
        return details.starts_at - (self.freeze if hours is None else timedelta(hours=hours))

    def ends_at(self, details: MeetingDetails) -> datetime:
        """When a meeting ends, or would by its usual length."""
        return details.ends_at or details.starts_at + self.usual_length

    def forgets_at(self, details: MeetingDetails) -> datetime:
        """When the names of people who booked a meeting are removed."""
        return self.ends_at(details) + self.names_kept
