"""One penalty notice as its entries make it: its state, its clock, its money, and what waits for a person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from services.notices.casefile.entries import Ending, Judgement
from services.notices.casefile.notice_states import BY_CLOCK, NOTICE, QUERIES, NoticeState

JUDGED: frozenset[Judgement] = frozenset({"convicted", "acquitted"})
ENDED_IN_COURT: frozenset[NoticeState] = JUDGED | {"discontinued"}
NOTHING_DUE: frozenset[NoticeState] = JUDGED | {"withdrawn", "closed"}
"""States in which money that comes is late money: it discharges nothing."""
SETTLED: frozenset[NoticeState] = NOTHING_DUE | {"paid"}
"""States in which nobody has to do anything any more, except repay money."""
UNPAID: frozenset[NoticeState] = frozenset({*BY_CLOCK, "representation", "service_disputed"})
PROSECUTED: frozenset[NoticeState] = frozenset({"prosecution_review", "proceedings"})
"""A prosecution goes on: whatever is new stops it."""
COURT: frozenset[NoticeState] = PROSECUTED | {"held"}
WAITS_FOR_A_PERSON: frozenset[NoticeState] = frozenset({
    "prosecution_review", "held", *QUERIES, "representation", "service_disputed", "returned_undelivered",
    "expired_unpaid", "discontinued",
})  # fmt: skip


@dataclass(frozen=True)
class Payment:
    """Money that came in for a notice; pence, by the date on which it was paid."""

    reference: str
    amount: int
    paid_on: date
    repaid: int = 0
    """How much of it went back to the parent, in pence."""
    reversed: bool = False
    """Whether the bank took it back, for example because a cheque bounced."""

    @property
    def kept(self) -> int:
        """How much of it we still have, in pence."""
        return 0 if self.reversed else self.amount - self.repaid


@dataclass(frozen=True)
class Notice:
    """One penalty notice to one parent."""

    reference: str
    parent_id: str
    content: Mapping[str, Any]
    state: NoticeState
    since: date
    """The local date on which this state was entered."""
    letter_on: date
    """The local date of the letter that counts now: the first one, or the latest one that was sent again."""
    posted_on: date | None = None
    served_on: date | None = None
    discount_until: date | None = None
    pay_until: date | None = None
    postage: str | None = None
    """Class of post: `first` or `second`; None if the print provider did not say."""
    payments: tuple[Payment, ...] = ()
    settled: int = 0
    """Pence that discharged the notice."""
    settled_on: date | None = None
    """The day on which the money that discharged it was paid."""
    refunding: int = 0
    """Pence that an officer decided to refund and that have not been reported as sent back yet."""
    band: str | None = None
    ground: str | None = None
    letters: int = 1
    clock: NoticeState = NOTICE.start
    """The state that its clock had reached, whatever holds it now."""
    held_from: NoticeState | None = None
    prosecuted: bool = False
    """Whether proceedings ever began."""
    court: Ending | Literal["set_aside"] | None = None
    """How proceedings ended."""
    lost_sessions: int = 0
    """How many of its sessions the registers do not show as unauthorised any more."""
    returned_on: date | None = None
    letter_failed: bool = False
    """Whether the letter that counts now could not be sent."""
    representation_open: bool = False
    questions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What a person still has to look at, in words, by subject."""
    prompted: frozenset[str] = frozenset()

    @property
    def sequence(self) -> int:
        return int(self.content["sequence"])

    @property
    def issued_on(self) -> date:
        return date.fromisoformat(self.content["issued_on"])

    @property
    def slots(self) -> frozenset[str]:
        """The sessions it rests on, each as school, day and half."""
        return frozenset(f"{mark['urn']}:{mark['date']}:{mark['session']}" for mark in self.content["sessions"])

    @property
    def half_days(self) -> frozenset[str]:
        """The child's half-days it rests on, whichever school recorded them: used up while the notice stands."""
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
        """Pence that came in, were not repaid and do not discharge a notice that stands: a person has to decide."""
        return self.paid - self.repaid - (self.settled if self.stands else 0)

    def due_on(self, day: date) -> int:
        """The amount that discharges the liability if paid on this day, in pence; 0 after the last day.

        Before the days begin, that is the lowest amount.
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
        """Whether a parent says that nothing came and nobody has decided about it yet."""
        return "service" in self.questions

    @property
    def judged(self) -> Judgement | None:
        """How the court decided, where that still stands."""
        return self.court if self.court in JUDGED else None

    @property
    def resumes(self) -> NoticeState:
        """The state in which it continues after a hold; the clock then catches up on what fell due meanwhile."""
        if self.settled:
            return "paid"
        if self.undelivered:
            return "returned_undelivered"
        if self.service_disputed:
            return "service_disputed"
        return "representation" if self.representation_open else self.clock

    def without_question(self, *abouts: str) -> "Notice":
        """The notice after a person has looked at the question."""
        left = {about: words for about, words in self.questions.items() if about not in abouts}
        return replace(self, questions=left)

    @property
    def waits_for(self) -> str | None:
        """What a person has to act on: a state, `refund`, `representation`, or the subject of a question."""
        if self.state in WAITS_FOR_A_PERSON:
            return self.state
        if self.open_money:
            return "refund"
        if self.representation_open:
            return "representation"
        return min(self.questions, default=None)
