"""The code of conduct as data: versions with dates, every value with its source in the policy's own file."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.notices import Amounts, Contact
from shared.writing.toml_files import read_toml

NO_MARK = "-"
"""The register is there, and has no mark for this pupil yet."""
NO_SESSION = frozenset({"#", NO_MARK})
"""Marks that do not show that a session was held."""

Days = Annotated[int, Field(ge=1, le=400)]
Count = Annotated[int, Field(ge=1, le=100)]


class PolicyInvalid(ValueError):
    """A policy file that cannot be used. The text names file, field and fix."""


class Part(BaseModel):
    """A part of a policy: frozen, and strict about names, so that a misspelt value is never silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Threshold(Part):
    """When the authority has to consider a case: how many sessions with these codes within how many school weeks."""

    sessions: Count
    weeks: Count
    counting_codes: frozenset[str]
    blocking_codes: frozenset[str]
    """Codes that count, and block a notice until the school has resolved them."""


class Support(Part):
    """The notice to improve: who sends it, and how long its period may be."""

    issued_by: Literal["school", "authority"]
    shortest_weeks: Count
    longest_weeks: Count
    longest_school_days: Days


class Fee(Part):
    """What one notice of a sequence costs, in pence, and by when; day 1 is the day of deemed service."""

    sequence: Literal[1, 2]
    discounted: int | None = None
    full: int
    discount_days: Days | None = None
    pay_days: Days


class Limit(Part):
    """How many notices one parent may be issued for one child in how many years."""

    notices: Count
    years: Count
    counted_from: date
    """Notices issued before this date do not count."""


class Service(Part):
    """Deemed service: how many working days after posting, by first-class and by second-class post."""

    working_days: Days
    second_class_working_days: Days = 4


class Referral(Part):
    """What a school sends with a request, and by when it is sent and decided."""

    required: bool
    within_school_days: Days
    decide_within_working_days: Days
    always: tuple[str, ...]
    """Papers that every request needs."""
    holiday: tuple[tuple[str, ...], ...]
    """For a holiday: one of these sets of papers."""
    other: tuple[tuple[str, ...], ...]
    address_checked_within_months: Count = 6
    """How recent the check of an address has to be where a parent has no day-to-day care."""


class Prompts(Part):
    """On which days of its clock an officer is prompted about an unpaid notice, and how often about urgent matters."""

    days: tuple[Days, ...]
    every_days: Days


class Issue(Part):
    """Whose decision a notice may be, and who keeps what came of it in court."""

    officer_roles: tuple[str, ...]
    second_person: bool = True
    """Whether the person who asked for a notice, or entered the request, is barred from authorising it."""
    court_roles: tuple[str, ...] = ()
    """Who may record how a court decided; without any, those who may issue."""

    @property
    def may_record_outcomes(self) -> tuple[str, ...]:
        return self.court_roles or self.officer_roles


class Retention(Part):
    """How long records are kept."""

    marks_years: Count
    file_years_after_closure: Count


class Wording(Part):
    """What the notice must say in the authority's words."""

    how_to_pay: tuple[str, ...]
    discharge: str
    consequence: str
    withdrawal_grounds: tuple[str, ...]


_SOURCED = ("threshold", "support", "fees", "limit", "service", "referral", "prompts", "issue", "retention")


class Policy(Part):
    """One version of a code of conduct. `sources` cites, for each section or value, where it comes from."""

    id: str
    authority: str
    effective_from: date
    citation: str
    rule: str
    threshold: Threshold
    support: Support
    fees: tuple[Fee, ...]
    limit: Limit
    service: Service
    referral: Referral
    prompts: Prompts
    issue: Issue
    retention: Retention
    wording: Wording
    contact: Contact
    codes: dict[str, str]
    sources: dict[str, str]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for section in _SOURCED:
            part = getattr(self, section)
            names = part.model_fields_set if isinstance(part, Part) else ()
            if section not in self.sources and (
                not names or any(f"{section}.{name}" not in self.sources for name in names)
            ):
                raise ValueError(f"sources: say where [{section}] comes from, as a whole or value by value")
        if {fee.sequence for fee in self.fees} != {1, 2} or len(self.fees) != 2:
            raise ValueError("fees: give one entry for the first notice (sequence 1) and one for the second (2)")
        if any((fee.discounted is None) != (fee.discount_days is None) for fee in self.fees):
            raise ValueError("fees: a discount has an amount and days, or neither")
        unknown = (self.threshold.counting_codes | self.threshold.blocking_codes) - set(self.codes)
        if unknown:
            raise ValueError(f"threshold: not in [codes]: {', '.join(sorted(unknown))}")
        if not self.threshold.blocking_codes <= self.threshold.counting_codes:
            raise ValueError("threshold.blocking_codes: only a code that counts can block")
        if self.support.shortest_weeks > self.support.longest_weeks:
            raise ValueError("support: shortest_weeks must not be more than longest_weeks")
        return self

    def fee(self, sequence: int) -> Fee:
        return next(fee for fee in self.fees if fee.sequence == sequence)

    def amounts(self, sequence: int) -> Amounts:
        """What a first or a second notice costs, as the notice states it."""
        return Amounts(**self.fee(sequence).model_dump(exclude={"sequence"}))


@dataclass(frozen=True)
class Policies:
    """The versions of an authority's code of conduct, in order: the date of the offence or of issue decides."""

    versions: tuple[Policy, ...]

    def on(self, day: date) -> Policy:
        """The version in force on a day; before the first, the first (under which nothing yet counts)."""
        place = bisect_right(self.versions, day, key=lambda version: version.effective_from)
        return self.versions[max(place - 1, 0)]

    def counts(self, code: str, day: date) -> bool:
        """Whether a session with this code counts to the threshold; absences before the scheme began do not."""
        return day >= self.versions[0].effective_from and code in self.on(day).threshold.counting_codes

    def shows_a_session(self, code: str, day: date) -> bool:
        """Whether a mark shows that the school held a session; local marks of MIS products show nothing."""
        return code not in NO_SESSION and code in self.on(day).codes


def read_policy(text: str, name: str) -> Policy:
    """Read one policy file; raises PolicyInvalid with every problem."""
    return read_toml(Policy, text, name, PolicyInvalid)


def policies_of(folder: Path) -> Policies:
    """Every policy file of a folder, as one authority's versions; raises PolicyInvalid."""
    return _ordered(read_policy(file.read_text("utf-8"), file.name) for file in sorted(folder.glob("*.toml")))


@cache
def shipped() -> Policies:
    """The reference authority's policies, as they are shipped."""
    folder = resources.files("services.notices").joinpath("policies")
    return _ordered(read_policy(file.read_text("utf-8"), file.name) for file in folder.iterdir())


def policies(folder: Path | None) -> Policies:
    """The policies of the authority that has set up this system: its own folder's, else the shipped ones."""
    return policies_of(folder) if folder else shipped()


def _ordered(found: Iterable[Policy]) -> Policies:
    versions = tuple(sorted(found, key=lambda policy: policy.effective_from))
    if not versions:
        raise PolicyInvalid("there is no policy: put at least one .toml file into the folder")
    starts = [version.effective_from for version in versions]
    if len(set(starts)) != len(starts):
        raise PolicyInvalid("two policies begin on the same day: give each version a day of its own")
    return Policies(versions)
