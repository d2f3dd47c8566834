"""A notice's dates: deemed service by the class of post, and the last days of each amount. Local dates only. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.notices.attendance.policy import Policy
from shared.time.working_days import add_working_days


@dataclass(frozen=True)
class Clocks:
    """A notice's dates. Day 1 is the day of deemed service; each last day is included."""

    posted_on: date
    served_on: date
    discount_until: date | None
    pay_until: date


def clocks(posted_on: date, sequence: int, policy: Policy, postage: str | None = None) -> Clocks:
    """The dates that follow from the day on which the print provider posted the letter.

    Deemed service is the second working day after posting by first-class post, the fourth by second-class
    (Interpretation Act 1978 s.7 with Practice Direction [1985] 1 All ER 889). Without a class of post we assume first
    class, which is what we ask the print provider for.
    """
    fee, service = policy.fee(sequence), policy.service
    days = service.second_class_working_days if postage == "second" else service.working_days
    served_on = add_working_days(posted_on, days)
    discount_until = served_on + timedelta(days=fee.discount_days - 1) if fee.discount_days else None
    return Clocks(posted_on, served_on, discount_until, served_on + timedelta(days=fee.pay_days - 1))
