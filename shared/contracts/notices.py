"""What the notices service says of pupils, cases and penalty notices."""

from typing import Annotated, Literal

from pydantic import EmailStr, Field

from shared.contracts.base import Event
from shared.contracts.fields import (
    Address,
    Count,
    Day,
    Language,
    Pence,
    Person,
    Reference,
    SessionMark,
    ShortText,
    Text,
    Upn,
    Urn,
    Value,
)

Route = Literal["support_not_appropriate", "support_has_not_worked", "support_not_engaged"]
"""The three lawful routes to a notice (national framework: support first)."""

WithdrawalGround = Literal["ought_not_to_have_been_issued", "wrong_person", "material_error", "no_proceedings"]
"""s.444A Education Act 1996 and its regulations: why a notice may be withdrawn."""


class AbsenceThresholdReached(Event):
    """The national threshold is met: a duty to consider the case, never a decision (domain: national threshold)."""

    type: Literal["notices.absence_threshold_reached.v1"] = "notices.absence_threshold_reached.v1"
    upn: Upn
    urn: Urn
    case: Reference
    sessions: tuple[SessionMark, ...]
    school_weeks: tuple[Day, ...]
    """The Mondays of the ten school weeks of the window, oldest first."""
    count: Count
    policy: ShortText
    evidence_hash: ShortText


class AbsenceThresholdCleared(Event):
    """Corrections un-reached the threshold. `count` is the most sessions that any window now holds."""

    type: Literal["notices.absence_threshold_cleared.v1"] = "notices.absence_threshold_cleared.v1"
    upn: Upn
    urn: Urn
    case: Reference
    count: Count
    because: Literal["marks_changed", "school_weeks_changed"]
    record_changed: bool = False
    """Whether it was neither, but the pupil's record: their date of birth, or when they were on the roll."""


class MisAlertChecked(Event):
    """An MIS's own alert was checked against our rule. `agrees` is False where our registers do not show it."""

    type: Literal["notices.mis_alert_checked.v1"] = "notices.mis_alert_checked.v1"
    upn: Upn
    urn: Urn
    agrees: bool
    count: Count
    """The most unauthorised sessions that our registers show in any ten school weeks."""
    unknown_sessions: Count
    """Sessions named in the alert that our registers do not show as unauthorised."""


class EvidenceChanged(Event):
    """A pupil with a case has other unauthorised sessions, or other school weeks, than when something was last said.

    Whether the threshold is met has not changed; a standing notice may have lost a session.
    """

    type: Literal["notices.evidence_changed.v1"] = "notices.evidence_changed.v1"
    upn: Upn
    urn: Urn
    case: Reference
    met: bool
    count: Count


class Reason(Value):
    """Why something was refused: a code for machines, words for people. Neither holds personal data."""

    code: ShortText
    words: Text


class CommandRefused(Event):
    """Something that an officer, a school or finance asked for, which the law, the policy or the state forbids."""

    type: Literal["notices.command_refused.v1"] = "notices.command_refused.v1"
    case: Reference
    notice: Reference | None = None
    command: ShortText
    """The type of the command that was refused."""
    asked_by: ShortText
    """The staff id of whom it came from."""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class Recipient(Value):
    """The parent to whom a letter is addressed. `email` and `phone` are for an alert that says nothing but that."""

    name: ShortText
    address: Address
    email: EmailStr | None = None
    phone: ShortText | None = None
    language: Language | None = None
    """In which they wish to be written to. The letter itself is always in English."""


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


class ImprovementContent(Value):
    """What a notice to improve has to say (national framework)."""

    attendance: Text
    """The pupil's attendance and details of the offences."""
    support_given: Text
    further_support: Text
    success: Text
    """What success looks like."""
    early_breach: Text
    """On which grounds a penalty notice may be issued before the period ends."""


class ImprovementRecipient(Value):
    """One parent to whom a notice to improve is sent."""

    parent_id: ShortText
    recipient: Recipient


class ImprovementLetter(Value):
    """What the letter of a notice to improve states, and to whom it goes."""

    recipients: Annotated[tuple[ImprovementRecipient, ...], Field(min_length=1)]
    child: ShortText
    """The child's name."""
    school: SchoolNamed
    officer: Person
    authority: ShortText
    contact: Contact
    content: ImprovementContent


class NoticeToImproveIssued(Event):
    """A notice to improve was sent to the parents: support first, with a last chance to improve."""

    type: Literal["notices.notice_to_improve_issued.v1"] = "notices.notice_to_improve_issued.v1"
    case: Reference
    upn: Upn
    urn: Urn
    parents: tuple[ShortText, ...]
    starts_on: Day
    school_weeks: Count
    ends_on: Day | None
    """Expected last day; None where the school has not published a calendar that reaches so far."""
    issued_by: Literal["school", "authority"]
    letter: ImprovementLetter | None = None
    """Only where the authority sends it: a school sends its own."""


class NoticeToImproveDecided(Event):
    """A person's decision on how a notice to improve ended."""

    type: Literal["notices.notice_to_improve_decided.v1"] = "notices.notice_to_improve_decided.v1"
    case: Reference
    upn: Upn
    urn: Urn
    outcome: Literal["improved", "failed", "breached"]


class NoticeRequested(Event):
    """A school's complete request for a penalty notice. `late` where it came after the policy's time limit."""

    type: Literal["notices.notice_requested.v1"] = "notices.notice_requested.v1"
    case: Reference
    upn: Upn
    urn: Urn
    parents: tuple[ShortText, ...]
    route: Route
    late: bool
    decide_by: Day


class NoticeReturned(Event):
    """A request that went back to the school, with coded reasons."""

    type: Literal["notices.notice_returned.v1"] = "notices.notice_returned.v1"
    case: Reference
    upn: Upn
    urn: Urn
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]


class NoticeDeclined(Event):
    """An officer decided not to issue a notice. The reason is shown to the school."""

    type: Literal["notices.notice_declined.v1"] = "notices.notice_declined.v1"
    case: Reference
    upn: Upn
    urn: Urn
    reason: Text


class OfficerPrompted(Event):
    """Something that a person has to look at; the system decides nothing by itself."""

    type: Literal["notices.officer_prompted.v1"] = "notices.officer_prompted.v1"
    case: Reference
    notice: Reference | None = None
    code: ShortText
    """What it is about, such as `day_20`, `evidence_changed`, `underpaid`, `letter_returned`."""
    words: Text
    on: Day


class Amounts(Value):
    """What is to be paid, in pence. A second notice has no discount."""

    discounted: Pence | None
    full: Pence
    discount_days: Count | None
    """Days of the discount, counted with the day of receipt as day 1."""
    pay_days: Count


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
    issued_on: Day
    offence_from: Day
    offence_to: Day
    authority: ShortText
    how_to_pay: tuple[Text, ...]
    contact: Contact
    discharge: Text
    consequence: Text
    withdrawal_grounds: tuple[Text, ...]
    circumstances: Text
    policy: ShortText
    evidence_hash: ShortText
    route: Route | None = None


class NoticeReissued(Event):
    """The notice is posted again, to an address that was checked; its days begin again with the new service."""

    type: Literal["notices.notice_reissued.v1"] = "notices.notice_reissued.v1"
    notice: Reference
    case: Reference
    letter: Count
    """Which letter of this notice this is, the first being 1."""
    content: NoticeIssued
    """Everything that the new letter states."""


class NoticeServed(Event):
    """Deemed service: from this day the 21 and 28 days run, this day being day 1."""

    type: Literal["notices.notice_served.v1"] = "notices.notice_served.v1"
    notice: Reference
    case: Reference
    posted_on: Day
    served_on: Day
    discount_until: Day | None
    pay_until: Day


class NoticePaid(Event):
    """The notice is paid and the liability discharged. `amount` in pence; the day of payment decides the band."""

    type: Literal["notices.notice_paid.v1"] = "notices.notice_paid.v1"
    notice: Reference
    case: Reference
    urn: Urn | None = None
    amount: Pence
    paid_on: Day
    band: Literal["discount", "full", "accepted_by_officer"]


class NoticeExpired(Event):
    """Day 29, unpaid: the authority has to prosecute for the original offence or withdraw."""

    type: Literal["notices.notice_expired.v1"] = "notices.notice_expired.v1"
    notice: Reference
    case: Reference
    urn: Urn | None = None
    pay_until: Day


class NoticeWithdrawn(Event):
    """The notice does not stand any more. `refund_due` in pence is what has to be repaid."""

    type: Literal["notices.notice_withdrawn.v1"] = "notices.notice_withdrawn.v1"
    notice: Reference
    case: Reference
    urn: Urn | None = None
    parent_id: ShortText
    ground: WithdrawalGround
    refund_due: Pence
    recipient: Recipient
    issued_on: Day


class ProsecutionStarted(Event):
    """Proceedings for the original offence began, on a token that said that nothing newer was known."""

    type: Literal["notices.prosecution_started.v1"] = "notices.prosecution_started.v1"
    notice: Reference
    case: Reference
    officer_id: ShortText
    token: ShortText


class ProceedingsEnded(Event):
    """How a prosecution ended."""

    type: Literal["notices.proceedings_ended.v1"] = "notices.proceedings_ended.v1"
    notice: Reference
    case: Reference
    outcome: Literal["convicted", "acquitted", "discontinued"]


class PastNotice(Value):
    """A notice as one authority tells another of it: the least that the limit needs."""

    issued_on: Day
    sequence: Literal[1, 2]
    parent_initials: ShortText | None = None


class HistoryAsked(Event):
    """A question to another authority: which notices stand for this pupil? Names nothing but the UPN."""

    type: Literal["notices.history_asked.v1"] = "notices.history_asked.v1"
    question: Reference
    upn: Upn
    authority: ShortText
    """The other authority: to whom the question goes."""


class HistoryAnswered(Event):
    """Our answer to another authority's question: the notices that stand here for this pupil."""

    type: Literal["notices.history_answered.v1"] = "notices.history_answered.v1"
    question: Reference
    upn: Upn
    authority: ShortText
    """The authority that asked."""
    notices: tuple[PastNotice, ...]
