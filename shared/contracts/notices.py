"""What the notices service says, and what it may be asked to do."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.base import Command, Event
from shared.contracts.fields import Address, Pence, Person, Reference, SessionMark, ShortText, Text, Upn, Urn, Value


class AbsenceThresholdReached(Event):
    """The national threshold is met: a duty to consider the case, never a decision (domain: national threshold)."""

    type: Literal["notices.absence_threshold_reached.v1"] = "notices.absence_threshold_reached.v1"
    upn: Upn
    urn: Urn
    case: Reference
    sessions: tuple[SessionMark, ...]
    school_weeks: tuple[date, ...]
    """The Mondays of the ten school weeks of the window, oldest first."""
    count: int
    policy: ShortText
    evidence_hash: ShortText


class AbsenceThresholdCleared(Event):
    """Corrections un-reached the threshold. `count` is the most sessions that any window now holds."""

    type: Literal["notices.absence_threshold_cleared.v1"] = "notices.absence_threshold_cleared.v1"
    upn: Upn
    urn: Urn
    case: Reference
    count: int
    because: Literal["marks_changed", "school_weeks_changed"]


class MisAlertChecked(Event):
    """An MIS's own alert was held against our rule. `agrees` is False where our registers do not show it."""

    type: Literal["notices.mis_alert_checked.v1"] = "notices.mis_alert_checked.v1"
    upn: Upn
    urn: Urn
    agrees: bool
    count: int
    """The most unauthorised sessions that our registers show in any ten school weeks."""
    unknown_sessions: int
    """Sessions named in the alert that our registers do not show as unauthorised."""


class AuthoriseNotice(Command):
    """A named officer's decision to issue a penalty notice to one parent, on the evidence that they saw."""

    type: Literal["notices.authorise_notice.v1"] = "notices.authorise_notice.v1"
    case: Reference
    parent_id: ShortText
    officer: Person
    reason: Text
    evidence_hash: ShortText


class Reason(Value):
    """Why something was refused: a code for machines, words for people. Neither holds personal data."""

    code: ShortText
    words: Text


class AuthorisationRefused(Event):
    """An authorisation that the law, the code of conduct or the evidence does not allow."""

    type: Literal["notices.authorisation_refused.v1"] = "notices.authorisation_refused.v1"
    case: Reference
    parent_id: ShortText
    officer_id: ShortText
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class Amounts(Value):
    """What is to be paid, in pence. A second notice has no discount."""

    discounted: Pence | None
    full: Pence
    discount_days: int | None
    """Days of the discount, counted with the day of receipt as day 1."""
    pay_days: int


class Recipient(Value):
    """The parent to whom the notice is addressed."""

    name: ShortText
    address: Address


class Child(Value):
    """The pupil as the notice names them."""

    name: ShortText
    address: Address


class SchoolNamed(Value):
    """The school as the notice names it."""

    urn: Urn
    name: ShortText


class Contact(Value):
    """Whom a recipient may ask or write to."""

    name: ShortText
    phone: ShortText
    address: tuple[ShortText, ...]
    email: ShortText | None = None


class NoticeIssued(Event):
    """A penalty notice, with everything that the letter must state (s.444A Education Act 1996 and its regulations)."""

    type: Literal["notices.notice_issued.v1"] = "notices.notice_issued.v1"
    notice: Reference
    case: Reference
    parent_id: ShortText
    upn: Upn
    sequence: Literal[1, 2]
    amounts: Amounts
    sessions: Annotated[tuple[SessionMark, ...], Field(min_length=1)]
    recipient: Recipient
    child: Child
    school: SchoolNamed
    officer: Person
    issued_on: date
    offence_from: date
    offence_to: date
    authority: ShortText
    how_to_pay: tuple[Text, ...]
    contact: Contact
    discharge: Text
    consequence: Text
    withdrawal_grounds: tuple[Text, ...]
    circumstances: Text
    policy: ShortText
    evidence_hash: ShortText


class NoticeServed(Event):
    """Deemed service: from this day the 21 and 28 days run, this day being day 1."""

    type: Literal["notices.notice_served.v1"] = "notices.notice_served.v1"
    notice: Reference
    case: Reference
    posted_on: date
    served_on: date
    discount_until: date | None
    pay_until: date
