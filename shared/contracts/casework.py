"""What officers, schools and finance may ask of the notices service: commands about a case or a notice."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Command
from shared.contracts.fields import Address, Count, Day, Pence, Person, Reference, ShortText, Text, Upn, Value
from shared.contracts.notices import ImprovementContent, PastNotice, Route, WithdrawalGround


class CaseCommand(Command):
    """Concerns the case of one child. `officer` is who asks, a named person of the authority or the school."""

    case: Reference
    officer: Person


class NoticeCommand(Command):
    """Concerns one penalty notice."""

    notice: Reference
    officer: Person


class Paper(Value):
    """A document that a school holds as evidence: what it is, and where it is found again."""

    kind: ShortText
    """Such as `registration_certificate`, `leave_application`, `leave_refusal`, `support_record`."""
    reference: ShortText
    dated: Day | None = None


class RecordSupport(CaseCommand):
    """Support that was offered to a family, and whether they engaged with it."""

    type: Literal["notices.record_support.v1"] = "notices.record_support.v1"
    support: Text
    offered_on: Day
    engaged: bool | None = None


class IssueNoticeToImprove(CaseCommand):
    """Send a notice to improve to parents; its period counts school weeks of the pupil's school."""

    type: Literal["notices.issue_notice_to_improve.v1"] = "notices.issue_notice_to_improve.v1"
    parents: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    starts_on: Day
    school_weeks: Count
    issued_by: Literal["school", "authority"]
    content: ImprovementContent


class DecideNoticeToImprove(CaseCommand):
    """A person's decision on how a notice to improve ended; `breached` ends it before its period is over."""

    type: Literal["notices.decide_notice_to_improve.v1"] = "notices.decide_notice_to_improve.v1"
    outcome: Literal["improved", "failed", "breached"]
    reason: Text
    parents_told_on: Day | None = None
    """When the parents were told that it is cut short; asked for where it is breached."""


class RequestNotice(Command):
    """A school's request for penalty notices to some parents, with the papers of the referral checklist."""

    type: Literal["notices.request_notice.v1"] = "notices.request_notice.v1"
    case: Reference
    requested_by: Person
    """Who asks: a named person of the school."""
    entered_by: Person | None = None
    """Who entered the request for them, where the school's own system did not send it."""
    parents: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    route: Route | Literal["excluded_in_public_place"]
    offence_from: Day
    offence_to: Day
    main_reason: Literal["holiday", "late", "other"] | None = None
    """None: read from the codes of the sessions."""
    evidence: tuple[Paper, ...] = ()
    """The papers of the checklist."""
    addresses_checked: tuple[ShortText, ...] = ()
    """The parents whose full name and address the school has checked."""
    returned_on: Day | None = None
    """The day on which the pupil came back to school."""
    went_along: tuple[ShortText, ...] = ()
    """Parents without day-to-day care who went on the holiday: only these of them are proposed."""
    addresses_checked_on: Day | None = None
    """When the school checked the addresses; asked for where a parent has no day-to-day care."""
    looked_after: bool = False
    """Whether the child is looked after by the authority: such a request goes back with that reason."""


class Shortcoming(Value):
    """Why a request goes back to the school."""

    code: Literal[
        "papers_missing",
        "address_not_checked",
        "names_incomplete",
        "reason_not_established",
        "support_not_shown",
        "looked_after",
        "no_day_to_day_care",
        "other",
    ]
    words: Text


class ReturnRequest(CaseCommand):
    """Give a request back to the school, with coded reasons."""

    type: Literal["notices.return_request.v1"] = "notices.return_request.v1"
    reasons: Annotated[tuple[Shortcoming, ...], Field(min_length=1)]


class AuthoriseNotice(CaseCommand):
    """A named officer's decision to issue a penalty notice to one parent, on the evidence that they saw."""

    type: Literal["notices.authorise_notice.v1"] = "notices.authorise_notice.v1"
    parent_id: ShortText
    reason: Text
    evidence_hash: ShortText


class DeclineNotice(CaseCommand):
    """A named officer's decision not to issue. The reason is shown to the school."""

    type: Literal["notices.decline_notice.v1"] = "notices.decline_notice.v1"
    reason: Text


class ChooseAlternative(CaseCommand):
    """What is done instead where a third notice is barred."""

    type: Literal["notices.choose_alternative.v1"] = "notices.choose_alternative.v1"
    alternative: Text


class LinkParent(CaseCommand):
    """Whether a parent whom one school's record names is the same person as another school's record names."""

    type: Literal["notices.link_parent.v1"] = "notices.link_parent.v1"
    parent_id: ShortText
    earlier_id: ShortText
    same: bool


class FlagSafety(CaseCommand):
    """A danger to a parent or the child, such as domestic abuse: nothing is posted until an address is confirmed."""

    type: Literal["notices.flag_safety.v1"] = "notices.flag_safety.v1"
    parent_id: ShortText | None = None
    """Whom it concerns; None: everybody in the case."""
    kind: Literal["domestic_abuse", "refuge", "other"]
    child_address_confidential: bool = False
    """Whether the child's address must not be printed: then no notice can be issued, since it has to state it."""
    reason: Text


class ConfirmAddress(CaseCommand):
    """An officer has made sure that it is safe to post to a flagged parent at this address."""

    type: Literal["notices.confirm_address.v1"] = "notices.confirm_address.v1"
    parent_id: ShortText
    address: Address
    reason: Text


class LiftSafety(CaseCommand):
    """A safety flag is taken away: of one parent, or of the case."""

    type: Literal["notices.lift_safety.v1"] = "notices.lift_safety.v1"
    parent_id: ShortText | None = None
    reason: Text


class WithdrawNotice(NoticeCommand):
    """Withdraw a notice on a coded ground; what was paid is repaid."""

    type: Literal["notices.withdraw_notice.v1"] = "notices.withdraw_notice.v1"
    ground: WithdrawalGround
    reason: Text | None = None


class ReissueNotice(NoticeCommand):
    """Post a notice again whose letter came back or was never posted, to the address that the record names now."""

    type: Literal["notices.reissue_notice.v1"] = "notices.reissue_notice.v1"
    reason: Text
    address: Address | None = None
    """The address that was checked: refused where the record names another by now."""


class RecordPayment(Command):
    """Money that came in. `paid_on` is the day on which it was paid, not that on which we heard; pence."""

    ASKED_BY: ClassVar[str] = "finance"

    type: Literal["notices.record_payment.v1"] = "notices.record_payment.v1"
    notice: Reference
    amount: Annotated[Pence, Field(gt=0)]
    paid_on: Day
    payment_reference: ShortText


class DecidePayment(NoticeCommand):
    """A person's decision on money that does not fit: accepted as discharging the notice, or repaid."""

    type: Literal["notices.decide_payment.v1"] = "notices.decide_payment.v1"
    decision: Literal["accept", "repay"]
    reason: Text


class RecordRefund(Command):
    """Money that was paid back; pence."""

    ASKED_BY: ClassVar[str] = "finance"

    type: Literal["notices.record_refund.v1"] = "notices.record_refund.v1"
    notice: Reference
    amount: Annotated[Pence, Field(gt=0)]
    refunded_on: Day
    payment_reference: ShortText


class ReversePayment(Command):
    """The bank took a payment back, as with a cheque that bounced: the money was never here."""

    ASKED_BY: ClassVar[str] = "finance"

    type: Literal["notices.reverse_payment.v1"] = "notices.reverse_payment.v1"
    notice: Reference
    payment_reference: ShortText
    """The payment, by the reference under which it was recorded."""
    reversed_on: Day


class DisputeService(NoticeCommand):
    """A parent says that the notice never came: an officer looks at the proof of posting and decides."""

    type: Literal["notices.dispute_service.v1"] = "notices.dispute_service.v1"
    received_on: Day
    summary: Text


class DecideService(NoticeCommand):
    """What came of it: serve the notice again, with a new clock, or go on."""

    type: Literal["notices.decide_service.v1"] = "notices.decide_service.v1"
    decision: Literal["serve_again", "go_on"]
    reason: Text
    address: Address | None = None
    """Where it is served again: refused where the record names another address by now."""


class RaiseQuestion(NoticeCommand):
    """Something about a notice that nobody has looked at yet. It holds the court step until somebody has."""

    type: Literal["notices.raise_question.v1"] = "notices.raise_question.v1"
    about: Literal["correspondence", "misallocation", "payment"]
    """An unread letter or mail; money that may be under another reference; a payment that does not fit."""
    summary: Text


class SettleQuestion(NoticeCommand):
    """A person has looked at what was asked; the reason says what they found."""

    type: Literal["notices.settle_question.v1"] = "notices.settle_question.v1"
    about: Literal["correspondence", "misallocation", "payment", "dispatch", "third_notice", "conviction"]
    reason: Text


class RecordRepresentation(NoticeCommand):
    """A parent wrote about a notice. It holds our next step, not the statutory days."""

    type: Literal["notices.record_representation.v1"] = "notices.record_representation.v1"
    received_on: Day
    summary: Text


class DecideRepresentation(NoticeCommand):
    """What came of a representation; upheld ends in a withdrawal on a ground."""

    type: Literal["notices.decide_representation.v1"] = "notices.decide_representation.v1"
    outcome: Literal["upheld", "rejected"]
    ground: WithdrawalGround | None = None
    reason: Text


class ReviewProsecution(NoticeCommand):
    """Open the review of an unpaid notice: is there the evidence, and is it in the public interest?"""

    type: Literal["notices.review_prosecution.v1"] = "notices.review_prosecution.v1"


class StartProsecution(NoticeCommand):
    """Begin proceedings. `token` says that nothing newer than what the officer saw is known; else it is refused."""

    type: Literal["notices.start_prosecution.v1"] = "notices.start_prosecution.v1"
    token: ShortText
    reason: Text


class ResolveHold(NoticeCommand):
    """Go on after something newer froze a prosecution, or take the payment that came."""

    type: Literal["notices.resolve_hold.v1"] = "notices.resolve_hold.v1"
    decision: Literal["continue", "accept_payment", "repay_payment"]
    reason: Text


class RecordOutcome(NoticeCommand):
    """How a prosecution ended; `set_aside`: a court took a conviction back (s.142 Magistrates' Courts Act 1980)."""

    type: Literal["notices.record_outcome.v1"] = "notices.record_outcome.v1"
    outcome: Literal["convicted", "acquitted", "discontinued", "set_aside"]
    decided_on: Day


class ReopenNotice(NoticeCommand):
    """Open a closed notice again, for a person to look at."""

    type: Literal["notices.reopen_notice.v1"] = "notices.reopen_notice.v1"
    reason: Text


class AskHistory(CaseCommand):
    """Ask another authority which notices stand there for this pupil."""

    type: Literal["notices.ask_history.v1"] = "notices.ask_history.v1"
    authority: ShortText


class RecordHistory(CaseCommand):
    """Another authority's answer about one of the parents here, as an officer read it.

    It is the whole of what that authority says of this parent: it replaces its earlier answer, and one without notices
    takes it back.
    """

    type: Literal["notices.record_history.v1"] = "notices.record_history.v1"
    authority: ShortText
    parent_id: ShortText
    notices: tuple[PastNotice, ...]


class AnswerHistory(Command):
    """Another authority asks us; the answer is an event with the least that the limit needs."""

    type: Literal["notices.answer_history.v1"] = "notices.answer_history.v1"
    question: Reference
    upn: Upn
    authority: ShortText
