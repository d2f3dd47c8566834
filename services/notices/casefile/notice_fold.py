"""What each kind of entry does to a notice: its move, and the facts that come with it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import get_args

from services.notices.casefile.entries import Entry, Money, NoticeMove
from services.notices.casefile.notice import Notice, Payment
from services.notices.casefile.notice_states import BY_CLOCK, NOTICE
from shared.time.clock import local_date


def notice_after(notice: Notice, entry: Entry) -> Notice:
    """The notice after something more has happened to it: where it then is, and the facts of it.

    Raises NoSuchMove for what is neither a move from its state nor noted there.
    """
    if entry["what"] == "prompted":
        return replace(notice, prompted=notice.prompted | {entry["code"]})
    what: NoticeMove = entry["what"]
    if NOTICE.ignores(notice.state, what):
        return notice
    state = NOTICE.after(notice.state, what, entry.get("to"))
    held_from = notice.state if state == "held" and notice.state != "held" else notice.held_from
    if state != notice.state:
        clock = state if state in BY_CLOCK else notice.clock
        notice = replace(notice, state=state, since=on(entry), clock=clock, held_from=held_from)
    step = _FACTS.get(what)
    return step(notice, entry) if step else notice


def on(entry: Entry) -> date:
    """The local date of an entry."""
    at: datetime = entry["at"]
    return local_date(at)


def sent_back(payments: tuple[Payment, ...], pence: int) -> tuple[Payment, ...]:
    """The payments after a refund of so many pence: the latest payment is refunded first."""
    after = {}
    for payment in sorted(payments, key=lambda each: (each.paid_on, each.reference), reverse=True):
        back = min(payment.kept, pence)
        pence -= back
        after[payment.reference] = replace(payment, repaid=payment.repaid + back)
    return tuple(after[payment.reference] for payment in payments)


def _day(entry: Entry, name: str) -> date | None:
    return date.fromisoformat(entry[name]) if entry.get(name) else None


def _payment(notice: Notice, entry: Entry) -> Notice:
    payment = Payment(entry["payment_reference"], entry["amount"], date.fromisoformat(entry["paid_on"]))
    notice = replace(notice, payments=(*notice.payments, payment))
    if "settles" in entry:
        return _settled(notice, entry)
    if entry["what"] == "paid" and notice.state == "paid":  # an entry from before money in time always discharged
        return replace(notice, band=entry["band"], settled=payment.amount, settled_on=payment.paid_on)
    return notice


def _settled(notice: Notice, entry: Entry) -> Notice:
    """What an entry says about the money that discharges the notice; empty if it says nothing."""
    if not entry.get("settles"):
        return notice
    return replace(notice, settled=entry["settles"], settled_on=_day(entry, "settled_on"), band=entry["band"])


def _reversed(notice: Notice, entry: Entry) -> Notice:
    reference = entry["payment_reference"]
    payments = tuple(replace(each, reversed=each.reversed or each.reference == reference) for each in notice.payments)
    notice = replace(notice, payments=payments, settled=0, settled_on=None, band=None)
    return _settled(notice, entry)


def _accepted(notice: Notice, entry: Entry) -> Notice:
    kept = notice.paid - notice.repaid
    day = notice.settled_on or max((each.paid_on for each in notice.payments if each.kept), default=None)
    return replace(notice, band=notice.band or "accepted_by_officer", settled=kept, settled_on=day)


def _repaid(notice: Notice, entry: Entry) -> Notice:
    back = notice.open_money
    return replace(notice, payments=sent_back(notice.payments, back), refunding=notice.refunding + back)


def _refunded(notice: Notice, entry: Entry) -> Notice:
    """Money that went back: what an officer had decided on before counts as repaid already."""
    decided = entry.get("of_decided", 0)
    payments = sent_back(notice.payments, entry["amount"] - decided)
    return replace(notice, payments=payments, refunding=notice.refunding - decided)


def _posted(notice: Notice, entry: Entry) -> Notice:
    if notice.posted_on is not None:
        return notice
    return replace(
        notice,
        clock="dispatched",
        letter_failed=False,
        postage=entry.get("postage"),
        posted_on=_day(entry, "posted_on"),
        served_on=_day(entry, "served_on"),
        discount_until=_day(entry, "discount_until"),
        pay_until=_day(entry, "pay_until"),
    )


def _reissued(notice: Notice, entry: Entry) -> Notice:
    return replace(
        notice.without_question("service"),
        content=entry["content"],
        letters=notice.letters + 1,
        letter_on=on(entry),
        clock="issued",
        posted_on=None,
        served_on=None,
        discount_until=None,
        pay_until=None,
        postage=None,
        returned_on=None,
        letter_failed=False,
        prompted=frozenset(),
    )


def _asked(notice: Notice, entry: Entry) -> Notice:
    return replace(notice, questions={**notice.questions, entry["about"]: entry["words"]})


def _answered(notice: Notice, entry: Entry) -> Notice:
    return notice.without_question(entry["about"])


def _released(notice: Notice, entry: Entry) -> Notice:
    """Releasing a hold settles the questions behind it."""
    return notice.without_question(*(notice.questions.keys() - {"service"}))


_FACTS: Mapping[NoticeMove, Callable[[Notice, Entry], Notice]] = {
    **dict.fromkeys(get_args(Money), _payment),
    "letter_dispatched": _posted,
    "letter_failed": lambda notice, entry: replace(notice, letter_failed=True),
    "letter_returned": lambda notice, entry: replace(
        notice.without_question("service"), returned_on=_day(entry, "returned_on")
    ),
    "reissued": _reissued,
    "payment_accepted": _accepted,
    "payment_repaid": _repaid,
    "payment_reversed": _reversed,
    "refunded": _refunded,
    "withdrawn": lambda notice, entry: replace(notice.without_question("service"), ground=entry["ground"]),
    "evidence_changed": lambda notice, entry: replace(notice, lost_sessions=entry["lost"]),
    "representation": lambda notice, entry: replace(notice, representation_open=True),
    "representation_rejected": lambda notice, entry: replace(notice, representation_open=False),
    "service_disputed": lambda notice, entry: replace(
        notice, questions={**notice.questions, "service": "A parent says that the notice did not come."}
    ),
    "service_upheld": lambda notice, entry: notice.without_question("service"),
    "question_raised": _asked,
    "question_settled": _answered,
    "hold_released": _released,
    "proceedings_started": lambda notice, entry: replace(notice, prosecuted=True),
    "convicted": lambda notice, entry: replace(notice, court="convicted"),
    "acquitted": lambda notice, entry: replace(notice, court="acquitted"),
    "discontinued": lambda notice, entry: replace(notice, court="discontinued"),
    "set_aside": lambda notice, entry: replace(
        _settled(notice.without_question("conviction"), entry), court="set_aside"
    ),
}
