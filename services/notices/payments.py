"""Money: counted by the day on which it was paid; what does not fit goes to a person. Pence. Pure."""

from collections.abc import Mapping
from typing import Any

from services.notices.casefile import COURT, CaseFile, Notice, Payment
from services.notices.clockwork import catch_up
from services.notices.decision import Facts, Moment, Outcome, Refused, Repeated, because, require_notice
from services.notices.words import pounds
from shared.contracts.casework import DecidePayment, RecordPayment, RecordRefund
from shared.contracts.notices import NoticePaid, OfficerPrompted

_WORDS = {
    "underpaid": "Less than the amount due on that day was paid. There are no instalments: accept it, or repay it.",
    "overpaid": "More than the amount due on that day was paid: accept it, or repay it.",
    "paid_late": "Money was paid after the last day: accept it, or repay it and go on.",
    "late_money": "Money came for a notice that is withdrawn or closed: repay it, or open the notice again.",
    "held": "Money came while a prosecution was under way. Stop, and decide.",
}


def record_payment(file: CaseFile, command: RecordPayment, facts: Facts, at: Moment) -> Outcome:
    """Take money in. The same payment reference again is the same money."""
    notice = file.notices[command.notice]
    payment = Payment(command.payment_reference, command.amount, command.paid_on)
    for known in notice.payments:
        if known.reference == payment.reference:
            if known == payment:
                raise Repeated
            words = "payment_reference: another payment with this reference, of another amount or day, is known."
            raise Refused(because("payment_reference_used", words))
    if command.paid_on > at.today:
        raise Refused(because("in_the_future", "paid_on: this day has not come yet."))
    if command.paid_on < notice.issued_on:
        raise Refused(because("before_the_notice", "paid_on: this is before the notice was issued."))
    move = verdict(notice, payment)
    to = ("overpaid" if notice.stands else "closed") if notice.state == "closed" else None
    entry = at.entry(
        move,
        notice=notice.reference,
        payment_reference=payment.reference,
        amount=payment.amount,
        paid_on=payment.paid_on.isoformat(),
        band=band(notice, payment) if move == "paid" else None,
        **({"to": to} if to else {}),
    )
    after = file.with_entries((entry,)).notices[notice.reference]
    if after.state == "paid" and notice.state != "paid":
        return Outcome((entry,), (_paid(file, notice, payment.amount, payment, band(notice, payment), at),))
    why = "held" if after.state in COURT else move
    prompt = at.event(
        OfficerPrompted, file, "payment_prompt", notice=notice.reference, code=why, words=_WORDS[why], on=at.today
    )
    return Outcome((entry,), (prompt,))


def verdict(notice: Notice, payment: Payment) -> str:
    """What this money comes to: paid, underpaid, overpaid, paid_late, or late_money where nothing is due any more."""
    if notice.state in {"withdrawn", "closed"}:
        return "late_money"
    if notice.state in {"paid", "convicted", "acquitted", "discontinued"}:
        return "overpaid" if notice.state == "paid" else "late_money"
    due = notice.due_on(payment.paid_on)
    if due == 0:
        return "paid_late"
    if notice.open_money:  # there are no instalments: a person decides on what is there together
        return "underpaid" if notice.open_money + payment.amount < due else "overpaid"
    if payment.amount == due:
        return "paid"
    return "underpaid" if payment.amount < due else "overpaid"


def band(notice: Notice, payment: Payment) -> str:
    """Which amount was paid: the discounted or the full one."""
    return "discount" if payment.amount < int(notice.content["amounts"]["full"]) else "full"


def decide_payment(file: CaseFile, command: DecidePayment, facts: Facts, at: Moment) -> Outcome:
    """A person takes money that does not fit as discharging the notice, or has it repaid."""
    move = "payment_accepted" if command.decision == "accept" else "payment_repaid"
    notice = require_notice(file, command.notice, move)
    if not notice.payments:
        raise Refused(because("no_payment", "No money has come in for this notice."))
    said = {"reason": command.reason, "officer": command.officer.model_dump()}
    if move == "payment_repaid":
        to = "held" if notice.state == "held" else notice.resumes
        return catch_up(file, at.entry(move, notice=notice.reference, to=to, **said), facts, at)
    return accepted(file, notice, at, said)


def accepted(file: CaseFile, notice: Notice, at: Moment, said: Mapping[str, Any]) -> Outcome:
    """The money that is there discharges the notice, by a person's decision."""
    entry = at.entry("payment_accepted", notice=notice.reference, **said)
    paid = _paid(file, notice, notice.paid - notice.repaid, notice.payments[-1], "accepted_by_officer", at)
    return Outcome((entry,), (paid,))


def record_refund(file: CaseFile, command: RecordRefund, facts: Facts, at: Moment) -> Outcome:
    """Money that was paid back on a withdrawn notice."""
    notice = require_notice(file, command.notice, "refunded")
    if any(entry.get("refund_reference") == command.payment_reference for entry in file.history):
        raise Repeated
    if command.refunded_on > at.today:
        raise Refused(because("in_the_future", "refunded_on: this day has not come yet."))
    if command.refunded_on < min((payment.paid_on for payment in notice.payments), default=notice.issued_on):
        raise Refused(because("before_the_payment", "refunded_on: nothing had been paid by then."))
    if command.amount > notice.open_money:
        words = f"amount: at most {pounds(notice.open_money)} can be repaid on this notice."
        raise Refused(because("more_than_due", words))
    entry = at.entry(
        "refunded",
        notice=notice.reference,
        amount=command.amount,
        refunded_on=command.refunded_on.isoformat(),
        refund_reference=command.payment_reference,
    )
    return Outcome((entry,))


def _paid(file: CaseFile, notice: Notice, amount: int, payment: Payment, how: str, at: Moment) -> NoticePaid:
    return at.event(
        NoticePaid,
        file,
        "notice_paid",
        notice=notice.reference,
        urn=file.urn,
        amount=amount,
        paid_on=payment.paid_on,
        band=how,
    )
