"""Money: a payment in time always discharges; what does not fit goes to a person. Pence. Pure."""

from dataclasses import replace
from typing import Any

from services.notices.casefile.discharge import Discharge, discharge
from services.notices.casefile.entries import Money, NoticeMove
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import COURT, ENDED_IN_COURT, NOTHING_DUE, Notice, Payment
from services.notices.casefile.notice_fold import notice_after
from services.notices.casefile.notice_states import NoticeState
from services.notices.casefile.words import pounds
from services.notices.deciding.clockwork import catch_up
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from services.notices.deciding.questions import raised
from shared.contracts.casework import DecidePayment, RecordPayment, RecordRefund, ReversePayment
from shared.contracts.notices import NoticePaid, OfficerPrompted
from shared.decisions.deciding import Refused, Repeated, because

_WORDS = {
    "underpaid": "Less than the amount due on that day was paid. There are no instalments: accept it, or repay it.",
    "overpaid": "The notice is paid, and more came in than was due: keep it, or repay what is too much.",
    "paid_late": "Money was paid after the last day: accept it, or repay it and go on.",
    "late_money": "Money came for a notice that is withdrawn or closed: repay it, or open the notice again.",
    "held": "Money came while a prosecution was under way. Stop, and decide.",
    "paid": "The notice was paid in time while a prosecution was under way: it must not go on. Stop the court step.",
}
_UNSAFE = (
    "The conviction is unsafe: this money was paid in time, so that the liability was discharged before the court "
    "decided. Tell the court and the parent today, ask the court to set the conviction aside (s.142 Magistrates' "
    "Courts Act 1980), then record the outcome set_aside."
)
_MONEY_MOVES_NOTHING: frozenset[NoticeState] = frozenset({"held", "returned_undelivered"})
"""What holds these is not money: they stay until a person has decided on that."""


def record_payment(file: CaseFile, command: RecordPayment, facts: Facts, at: Moment) -> Outcome:
    """Record a payment. The same payment reference again is the same money."""
    notice = file.notices[command.notice]
    payment = Payment(command.payment_reference, command.amount, command.paid_on)
    _check(notice, payment, at)
    found = discharge(replace(notice, payments=(*notice.payments, payment))) if notice.stands else None
    move = verdict(notice, payment, found)
    entry = at.entry(
        move,
        notice=notice.reference,
        payment_reference=payment.reference,
        amount=payment.amount,
        paid_on=payment.paid_on.isoformat(),
        **(found.facts if found and _discharges(notice, found, move) else {"band": None}),
        **_to(notice, move),
    )
    outcome = Outcome((entry,))
    after = notice_after(notice, entry)
    if after.settled and not notice.settled:
        outcome += Outcome((), (paid(file, after, at),))
    if move == "late_money" and found and notice.court == "convicted":
        return outcome + raised(file, notice, "conviction", _UNSAFE, at)
    if after.state == "paid":
        return outcome
    code = "held" if after.state in COURT else move
    words = _WORDS["paid" if code == "held" and after.settled else code]
    prompt = at.event(
        OfficerPrompted, file, "payment_prompt", notice=notice.reference, code=code, words=words, on=at.today
    )
    return outcome + Outcome((), (prompt,)) + _misallocated(file, after, at)


def _check(notice: Notice, payment: Payment, at: Moment) -> None:
    for known in notice.payments:
        if known.reference == payment.reference:
            if (known.amount, known.paid_on) == (payment.amount, payment.paid_on):
                raise Repeated
            words = "payment_reference: another payment with this reference, of another amount or day, is known."
            raise Refused(because("payment_reference_used", words))
    if payment.paid_on > at.today:
        raise Refused(because("in_the_future", "paid_on: this day has not come yet."))
    if payment.paid_on < notice.issued_on:
        raise Refused(because("before_the_notice", "paid_on: this is before the notice was issued."))


def verdict(notice: Notice, payment: Payment, found: Discharge | None) -> Money:
    """What a payment amounts to: paid, underpaid, overpaid, paid_late, or late_money if nothing is due any more."""
    if notice.state in NOTHING_DUE or not notice.stands:
        return "late_money"
    if notice.settled:
        return "overpaid"
    if found:
        return "paid" if notice.open_money + payment.amount == found.amount else "overpaid"
    if notice.state == "discontinued":
        return "late_money"
    return "paid_late" if notice.due_on(payment.paid_on) == 0 else "underpaid"


def _discharges(notice: Notice, found: Discharge, move: Money) -> bool:
    """Whether money discharges the notice: nothing has yet, or this was paid on an earlier day than what did."""
    if not notice.settled_on:
        return move != "late_money"
    return found.on < notice.settled_on and notice.band != "accepted_by_officer"


def _to(notice: Notice, move: Money) -> dict[str, NoticeState]:
    """Where a closed notice goes when money comes for it."""
    if notice.state != "closed" or move != "late_money":
        return {}
    if not notice.stands:
        return {"to": "withdrawn"}
    return {"to": notice.judged or "overpaid"}


def _misallocated(file: CaseFile, notice: Notice, at: Moment) -> Outcome:
    """Money that does not fit here may belong to another notice of the same parent that is on its way to court."""
    outcome = Outcome()
    if not notice.open_money:
        return outcome
    who = file.person(notice.parent_id)
    for other in file.notices.values():
        if other.reference != notice.reference and other.state in COURT and file.person(other.parent_id) == who:
            words = f"{pounds(notice.open_money)} came under {notice.reference}: was it meant for this notice?"
            outcome += raised(file, other, "misallocation", words, at)
    return outcome


def decide_payment(file: CaseFile, command: DecidePayment, facts: Facts, at: Moment) -> Outcome:
    """A person decides that money that does not fit discharges the notice, or is to be repaid."""
    move: NoticeMove = "payment_accepted" if command.decision == "accept" else "payment_repaid"
    notice = require_notice(file, command.notice, move)
    if not notice.open_money:
        raise Refused(because("no_payment", "No money is here that has to be decided on."))
    decided_by = {"reason": command.reason, "officer": command.officer.model_dump()}
    if move == "payment_accepted":
        return accepted(file, notice, at, decided_by)
    to = notice.state if notice.state in _MONEY_MOVES_NOTHING else notice.resumes
    return catch_up(file, at.entry(move, notice=notice.reference, to=to, **decided_by), facts, at)


def accepted(file: CaseFile, notice: Notice, at: Moment, decided_by: dict[str, Any]) -> Outcome:
    """The money we have discharges the notice, by law or by a person's decision."""
    entry = at.entry("payment_accepted", notice=notice.reference, **decided_by)
    if notice.settled:
        return Outcome((entry,))
    return Outcome((entry,), (paid(file, notice_after(notice, entry), at),))


def record_refund(file: CaseFile, command: RecordRefund, facts: Facts, at: Moment) -> Outcome:
    """Money that was paid back: on a notice that asks for none, or as an officer had decided (decide_payment).

    What discharged a notice is never refunded.
    """
    notice = require_notice(file, command.notice, "refunded")
    if any(entry.get("refund_reference") == command.payment_reference for entry in file.history):
        raise Repeated
    if command.refunded_on > at.today:
        raise Refused(because("in_the_future", "refunded_on: this day has not come yet."))
    if command.refunded_on < min((payment.paid_on for payment in notice.payments), default=notice.issued_on):
        raise Refused(because("before_the_payment", "refunded_on: nothing had been paid by then."))
    undecided = _to_be_refunded(notice)
    if command.amount > undecided + notice.refunding:
        words = f"amount: at most {pounds(undecided + notice.refunding)} can be refunded on this notice."
        if notice.open_money > undecided:
            words += " Decide first on the money that came in (decide_payment)."
        raise Refused(because("more_than_due", words))
    entry = at.entry(
        "refunded",
        notice=notice.reference,
        amount=command.amount,
        refunded_on=command.refunded_on.isoformat(),
        refund_reference=command.payment_reference,
        of_decided=max(command.amount - undecided, 0),
    )
    return Outcome((entry,))


def _to_be_refunded(notice: Notice) -> int:
    """Pence that go back without a decision because nothing is due any more: never what was paid in time."""
    if notice.stands and notice.state not in ENDED_IN_COURT and notice.state != "closed":
        return 0
    found = discharge(notice) if notice.stands and not notice.settled else None
    return notice.open_money - (found.amount if found else 0)


def reverse_payment(file: CaseFile, command: ReversePayment, facts: Facts, at: Moment) -> Outcome:
    """The bank took a payment back. The remaining money is looked at again; the notice goes on by its dates."""
    notice = require_notice(file, command.notice, "payment_reversed")
    payment = next((each for each in notice.payments if each.reference == command.payment_reference), None)
    if payment is None:
        raise Refused(because("no_payment", "payment_reference: no payment with this reference is known here."))
    if payment.reversed:
        raise Repeated
    if not payment.paid_on <= command.reversed_on <= at.today:
        words = "reversed_on: between the day on which it was paid and today."
        raise Refused(because("impossible_day", words))
    if payment.repaid:
        words = "This payment was repaid already: ask finance which of the two is right."
        raise Refused(because("already_repaid", words))
    gone = replace(payment, reversed=True)
    left = replace(
        notice,
        settled=0,
        payments=tuple(gone if each.reference == payment.reference else each for each in notice.payments),
    )
    found = _stays(notice, left)
    to = _after_reversal(notice, left, found)
    entry = at.entry(
        "payment_reversed",
        notice=notice.reference,
        payment_reference=payment.reference,
        amount=payment.amount,
        reversed_on=command.reversed_on.isoformat(),
        to=to,
        **(found.facts if found else {}),
    )
    words = f"A payment of {pounds(payment.amount)} was taken back by the bank: look at where the notice stands now."
    code = "held" if to in COURT else "payment_reversed"
    prompt = at.event(OfficerPrompted, file, "reversed", notice=notice.reference, code=code, words=words, on=at.today)
    return catch_up(file, entry, facts, at) + Outcome((), (prompt,))


def _stays(before: Notice, left: Notice) -> Discharge | None:
    """What discharges the notice without the payment that was taken back."""
    if not before.settled:
        return None
    found = discharge(left)
    if found is None and before.band == "accepted_by_officer" and left.paid - left.repaid >= before.settled:
        return Discharge(before.settled, before.settled_on or before.since, "accepted_by_officer")
    return found


def _after_reversal(before: Notice, left: Notice, found: Discharge | None) -> NoticeState:
    if before.state in _MONEY_MOVES_NOTHING or before.state in ENDED_IN_COURT or before.state == "withdrawn":
        return before.state
    if not before.stands:
        return "withdrawn"
    if before.judged:
        return before.judged
    there = left.paid - left.repaid
    if found:
        return "overpaid" if there > found.amount else "paid"
    if not there:
        return left.resumes
    return "paid_late" if before.state == "paid_late" else "underpaid"


def paid(file: CaseFile, notice: Notice, at: Moment) -> NoticePaid:
    """The event about a notice that has just been discharged."""
    return at.event(
        NoticePaid,
        file,
        "notice_paid",
        notice=notice.reference,
        urn=file.urn,
        amount=notice.settled,
        paid_on=notice.settled_on,
        band=notice.band,
    )
