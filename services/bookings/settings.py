"""The bookings service's own settings, besides those of every service: the authority's time limits."""

from datetime import timedelta

from pydantic import EmailStr

from services.bookings.places.rules import Rules
from shared.contracts.meetings import Mailbox
from shared.running.settings import LinkSettings


class BookingsSettings(LinkSettings):
    """How places are given and people are reminded, and who the organiser is."""

    organiser_name: str = "Attendance Team"
    organiser_email: EmailStr
    """A real mailbox: diaries send their answers to it."""
    freeze_hours: float = 48
    """Hours before a meeting from which freed places are offered, and changes need a colleague."""
    offer_hours: float = 12
    """Hours for which an offered place is kept."""
    usual_minutes: float = 60
    """Length of a meeting whose host gives no end."""
    join_minutes: float = 15
    """Minutes before the start from which joining links open."""
    follow_up_days: float = 5
    """Days after a meeting until those who came and missed it are written to, unless the host does it first."""
    needs_kept_days: float = 7
    """Days after a meeting for which needs (access, diet) are kept."""
    names_kept_days: float = 730
    """Days after a meeting for which names are kept; certificates can be fetched as long."""
    uid_domain: str
    """Part of the identity of every diary entry. Never change it: diaries would show meetings twice."""

    def rules(self) -> Rules:
        return Rules(
            organiser=Mailbox(name=self.organiser_name, email=self.organiser_email),
            authority=self.authority,
            help_line=self.help_line,
            freeze=timedelta(hours=self.freeze_hours),
            offer=timedelta(hours=self.offer_hours),
            usual_length=timedelta(minutes=self.usual_minutes),
            join_before=timedelta(minutes=self.join_minutes),
            follow_up_after=timedelta(days=self.follow_up_days),
            needs_kept=timedelta(days=self.needs_kept_days),
            names_kept=timedelta(days=self.names_kept_days),
            uid_domain=self.uid_domain,
        )
