"""What payments amount to: in time they discharge the liability, in whatever order we hear of them. Pence. Pure."""

from dataclasses import dataclass
from datetime import date

from services.notices.casefile.notice import Notice


@dataclass(frozen=True)
class Discharge:
    """The money that discharged a notice: how much was due on the day on which it had all arrived."""

    amount: int
    on: date
    band: str
    """`discount` or `full`, by the day."""

    @property
    def facts(self) -> dict[str, object]:
        """As an entry says it."""
        return {"settles": self.amount, "settled_on": self.on.isoformat(), "band": self.band}


def discharge(notice: Notice) -> Discharge | None:
    """The first day on which the money paid by then, and not sent back since, covered all that was due.

    The day of payment counts, never the day on which we heard (s.444A Education Act 1996 and its regulations). Several
    payments that together make up what is due on the day of the last are enough.
    """
    there = 0
    for payment in sorted(notice.payments, key=lambda each: each.paid_on):
        there += payment.kept
        due = notice.due_on(payment.paid_on)
        if payment.kept and 0 < due <= there:
            return Discharge(due, payment.paid_on, _band(notice, due))
    return None


def _band(notice: Notice, due: int) -> str:
    return "full" if due == int(notice.content["amounts"]["full"]) else "discount"
