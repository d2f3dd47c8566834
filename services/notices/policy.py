"""The code of conduct as data: every number with its source in the policy's own file, none scattered in code."""

import tomllib
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from shared.contracts.notices import Amounts, Contact

NO_SESSION = frozenset({"#", "-"})
"""Marks that do not show that a session was held."""


class Policy(BaseModel):
    """A versioned code of conduct. Fees are in pence; periods in days with the day of receipt as day 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    authority: str
    effective_from: date
    citation: str
    rule: str
    sessions: int
    weeks: int
    counting_codes: frozenset[str]
    blocking_codes: frozenset[str]
    first_discounted: int
    first_full: int
    second_full: int
    discount_days: int
    pay_days: int
    service_working_days: int
    officer_roles: tuple[str, ...]
    how_to_pay: tuple[str, ...]
    discharge: str
    consequence: str
    withdrawal_grounds: tuple[str, ...]
    contact: Contact
    codes: dict[str, str]

    def counts(self, code: str, day: date) -> bool:
        """Whether a session with this code counts to the threshold; absences before the scheme began do not."""
        return code in self.counting_codes and day >= self.effective_from

    def shows_a_session(self, code: str) -> bool:
        """Whether a mark shows that the school held a session; local marks of MIS products show nothing."""
        return code in self.codes and code not in NO_SESSION

    def amounts(self, sequence: int) -> Amounts:
        """What a first or a second notice costs."""
        if sequence == 1:
            return Amounts(
                discounted=self.first_discounted,
                full=self.first_full,
                discount_days=self.discount_days,
                pay_days=self.pay_days,
            )
        return Amounts(discounted=None, full=self.second_full, discount_days=None, pay_days=self.pay_days)


@cache
def current() -> Policy:
    """The reference authority's policy, as it is shipped."""
    text = resources.files("services.notices").joinpath("policies/norfolk-2024.toml").read_text("utf-8")
    return Policy.model_validate(tomllib.loads(text))
