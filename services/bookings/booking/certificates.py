"""The certificate of attendance: who came to what, when, for how long, and a code by which it can be checked."""

from datetime import datetime
from pathlib import Path

from services.bookings.booking.booking import Booking
from services.bookings.places.rules import Rules
from services.bookings.places.words import length, when, where
from shared.contracts.meetings import MeetingDetails
from shared.writing.paper import typeset

_TEMPLATE = Path(__file__).parents[1] / "templates" / "certificate.typ"


def certificate(booking: Booking, details: MeetingDetails, check: str, rules: Rules, made_at: datetime) -> bytes:
    """The certificate as tagged PDF (PDF/UA-1). `check` is the address of the page that checks its code, if known.

    Raises:
        ValueError: the booking has no certificate: only attendance is certified.
    """
    if booking.certificate is None:
        raise ValueError("only who attended has a certificate")
    facts = {
        "name": booking.person.name,
        "title": details.title,
        "when": when(details),
        "where": where(details, booking.mode),
        "length": length(details),
        "code": booking.certificate,
        "check": f"at {check} or by calling {rules.help_line}" if check else f"by calling {rules.help_line}",
        "by": f"{(details.organiser or rules.organiser).name}, {rules.authority}",
    }
    return typeset(_TEMPLATE, {"certificate": facts}, made_at)
