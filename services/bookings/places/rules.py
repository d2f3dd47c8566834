"""The rules that the service is set up with, as the model knows them. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.contracts.meetings import Mailbox, MeetingDetails


@dataclass(frozen=True)
class Rules:
    """Lengths of time and the organiser; each is the authority's own choice."""

    organiser: Mailbox
    authority: str
    help_line: str
    """Whom people call, as texts name it."""
    uid_domain: str
    """Ends the identity of every diary entry; to change it would make new entries of old ones."""
    freeze: timedelta = timedelta(hours=48)
    """Before the start: a freed place is then offered, not given, and changes need a colleague."""
    offer: timedelta = timedelta(hours=12)
    """How long an offered place is kept for one person."""
    last_offer: timedelta = timedelta(hours=1)
    """Before the start: later nobody is offered a place any more, as nobody would see it."""
    usual_length: timedelta = timedelta(hours=1)
    """Of a meeting whose host gives no end."""
    join_before: timedelta = timedelta(minutes=15)
    """The joining link opens this long before the start; no reminder is sent any more by then."""
    join_after: timedelta = timedelta(minutes=30)
    """It closes this long after the end: meetings overrun."""
    remind_at: time = time(9)
    """The time of day, in London, of reminders that come days before."""
    follow_up_after: timedelta = timedelta(days=5)
    """After the end, where the host has recorded no materials by then."""
    needs_kept: timedelta = timedelta(days=7)
    """After the end; then what people needed is deleted."""
    names_kept: timedelta = timedelta(days=730)
    """After the end; then a booking names nobody any more. What is counted by school stays."""

    def frozen_from(self, details: MeetingDetails) -> datetime:
        hours = details.freeze_hours
        return details.starts_at - (self.freeze if hours is None else timedelta(hours=hours))

    def ends_at(self, details: MeetingDetails) -> datetime:
        """When a meeting ends, or would by its usual length."""
        return details.ends_at or details.starts_at + self.usual_length

    def forgets_at(self, details: MeetingDetails) -> datetime:
        """When nobody who booked a meeting is kept by name any more."""
        return self.ends_at(details) + self.names_kept
