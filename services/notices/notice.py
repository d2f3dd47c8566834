"""One penalty notice as its entries leave it: its state, its clock, its money, and what waits for a person. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from services.notices.states import NOTICE
from shared.clock import local_date

Entry = Mapping[str, Any]
"""`at` (instant), `what`, `cause` (the message's id) and the facts of what happened; dates as ISO text."""

SETTLED = frozenset({"paid", "withdrawn", "convicted", "acquitted", "closed"})
"""States in which nothing is asked of the parent or the authority any more, but for money to be repaid."""
BY_CLOCK = frozenset({"issued", "dispatched", "discount_period", "full_period", "expired_unpaid"})
UNPAID = BY_CLOCK | {"representation", "service_disputed"}
COURT = frozenset({"prosecution_review", "proceedings", "held"})
WAITS_FOR_A_PERSON = COURT - {"proceedings"} | {
    "underpaid", "overpaid", "paid_late", "representation", "service_disputed", "returned_undelivered",
    "expired_unpaid", "discontinued",
}  # fmt: skip


@dataclass(frozen=True)
class Payment:
    """Money that came in for a notice; pence, by the date on which it was paid."""

    reference: str
    amount: int
    paid_on: date
    repaid: int = 0
    """Pence of it that went back to the parent."""
    reversed: bool = False
    """Whether the bank took it back, as with a cheque that bounced."""

    @property
    def kept(self) -> int:
        """Pence of it that are still here."""
        return 0 if self.reversed else self.amount - self.repaid


@dataclass(frozen=True)
class Notice:
    """One penalty notice to one parent."""

    reference: str
    parent_id: str
    content: Mapping[str, Any]
    state: str
    since: date
    """The local date on which this state was entered."""
    letter_on: date
    """The local date on which the letter that counts now was written: the first, or the last that was sent again."""
    posted_on: date | None = None
    served_on: date | None = None
    discount_until: date | None = None
    pay_until: date | None = None
    postage: str | None = None
    """Class of post: `first` or `second`; None where the print provider did not say."""
    payments: tuple[Payment, ...] = ()
    settled: int = 0
    """Pence that discharged the notice."""
    settled_on: date | None = None
    """The day on which the money that discharged it was paid."""
    band: str | None = None
    ground: str | None = None
    letters: int = 1
    clock: str = NOTICE.start
    """How far its clock had brought it, whatever holds it now."""
    held_from: str | None = None
    prosecuted: bool = False
    """Whether proceedings ever began."""
    court: str | None = None
    """How proceedings ended."""
    lost_sessions: int = 0
    """How many of its sessions the registers do not show as unauthorised any more."""
    returned_on: date | None = None
    letter_failed: bool = False
    """Whether the letter that counts now could not be sent."""
    representation_open: bool = False
    questions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What a person has still to look at, by what it is about, in words."""
    prompted: frozenset[str] = frozenset()

    @property
    def sequence(self) -> int:
        return int(self.content["sequence"])

    @property
    def issued_on(self) -> date:
        return date.fromisoformat(self.content["issued_on"])

    @property
    def slots(self) -> frozenset[str]:
        """The sessions that it rests on, each by school, day and half."""
        return frozenset(f"{mark['urn']}:{mark['date']}:{mark['session']}" for mark in self.content["sessions"])

    @property
    def half_days(self) -> frozenset[str]:
        """The child's half-days that it rests on, whichever school took them: used up while it stands."""
        return frozenset(f"{mark['date']}:{mark['session']}" for mark in self.content["sessions"])

    @property
    def last_session(self) -> date:
        """The day of the latest session that it rests on."""
        return max(date.fromisoformat(mark["date"]) for mark in self.content["sessions"])

    @property
    def stands(self) -> bool:
        """Issued and not withdrawn, whatever else has happened."""
        return self.ground is None

    @property
    def paid(self) -> int:
        """Pence that came in and were not taken back by the bank."""
        return sum(payment.amount for payment in self.payments if not payment.reversed)

    @property
    def repaid(self) -> int:
        """Pence that went back to the parent."""
        return sum(payment.repaid for payment in self.payments)

    @property
    def open_money(self) -> int:
        """Pence that came in, and were neither repaid nor discharge a notice that stands: a person has to decide."""
        return self.paid - self.repaid - (self.settled if self.stands else 0)

    def due_on(self, day: date) -> int:
        """The amount that discharges the liability when it is paid on this day, in pence; 0 after the last day.

        Before the days begin, the lowest amount does.
        """
        amounts = self.content["amounts"]
        if self.pay_until is not None and day > self.pay_until:
            return 0
        discounted = amounts["discounted"]
        if discounted is not None and (self.discount_until is None or day <= self.discount_until):
            return int(discounted)
        return int(amounts["full"])

    @property
    def undelivered(self) -> bool:
        """Whether the letter that counts now did not reach the parent."""
        return self.returned_on is not None or self.letter_failed

    @property
    def service_disputed(self) -> bool:
        """Whether a parent says that nothing came, and nobody has decided on it."""
        return "service" in self.questions

    @property
    def resumes(self) -> str:
        """Where it goes on after something that held it; the clock then brings about what came due meanwhile."""
        if self.settled:
            return "paid"
        if self.undelivered:
            return "returned_undelivered"
        if self.service_disputed:
            return "service_disputed"
        return "representation" if self.representation_open else self.clock

    def without_question(self, *abouts: str) -> "Notice":
        """The notice once a person has looked at what was asked."""
        left = {about: words for about, words in self.questions.items() if about not in abouts}
        return replace(self, questions=left)

    @property
    def waits_for(self) -> str | None:
        """What a person has to act on: a state, `refund`, `representation`, or what a question is about."""
        if self.state in WAITS_FOR_A_PERSON:
            return self.state
        if self.open_money:
            return "refund"
        if self.representation_open:
            return "representation"
        return min(self.questions, default=None)


def notice_after(notice: Notice, entry: Entry) -> Notice:
    """The notice after something more has happened to it: what is no move from its state changes nothing."""
    what = entry["what"]
    if what in NOTICE.moves[notice.state]:
        state = NOTICE.after(notice.state, what, entry.get("to"))
        held_from = notice.state if state == "held" and notice.state != "held" else notice.held_from
        if state != notice.state:
            clock = state if state in BY_CLOCK else notice.clock
            notice = replace(notice, state=state, since=on(entry), clock=clock, held_from=held_from)
    elif what not in _IN_EVERY_STATE:
        return notice
    step = _FACTS.get(what)
    return step(notice, entry) if step else notice


def on(entry: Entry) -> date:
    """The local date of an entry."""
    at: datetime = entry["at"]
    return local_date(at)


def sent_back(payments: tuple[Payment, ...], pence: int) -> tuple[Payment, ...]:
    """The payments after so many pence went back: what was paid last goes back first."""
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
    if entry["what"] == "paid" and notice.state == "paid":  # as it was written before money in time always discharged
        return replace(notice, band=entry["band"], settled=payment.amount, settled_on=payment.paid_on)
    return notice


def _settled(notice: Notice, entry: Entry) -> Notice:
    """What an entry says of the money that discharges the notice; nothing where it says nothing of it."""
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
    return replace(notice, payments=sent_back(notice.payments, notice.open_money))


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
    """Whoever releases a hold has looked at what was asked."""
    return notice.without_question(*(notice.questions.keys() - {"service"}))


_IN_EVERY_STATE = frozenset({"prompted", "evidence_changed"})

_FACTS: Mapping[str, Callable[[Notice, Entry], Notice]] = {
    **dict.fromkeys(("paid", "underpaid", "overpaid", "paid_late", "late_money"), _payment),
    "letter_dispatched": _posted,
    "letter_failed": lambda notice, entry: replace(notice, letter_failed=True),
    "letter_returned": lambda notice, entry: replace(
        notice.without_question("service"), returned_on=_day(entry, "returned_on")
    ),
    "reissued": _reissued,
    "prompted": lambda notice, entry: replace(notice, prompted=notice.prompted | {entry["code"]}),
    "payment_accepted": _accepted,
    "payment_repaid": _repaid,
    "payment_reversed": _reversed,
    "refunded": lambda notice, entry: replace(notice, payments=sent_back(notice.payments, entry["amount"])),
    "withdrawn": lambda notice, entry: replace(notice, ground=entry["ground"]),
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
