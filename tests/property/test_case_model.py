"""Random lives of cases against an independent model of the rules: a handful of dictionaries and dates."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.notices.notice import Notice
from services.notices.states import CASE, NOTICE
from shared.contracts.casework import (
    ChooseAlternative,
    DecideNoticeToImprove,
    DecidePayment,
    DecideRepresentation,
    DeclineNotice,
    IssueNoticeToImprove,
    RecordOutcome,
    RecordPayment,
    RecordRefund,
    RecordRepresentation,
    RecordSupport,
    ReissueNotice,
    ReopenNotice,
    ResolveHold,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeExpired, NoticeIssued, NoticePaid, NoticeServed, OfficerPrompted
from tests.casework import OFFICER, Life
from tests.unit.notices.test_case_life import IMPROVE

BANK_HOLIDAYS = {
    "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25",
    "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31",
    "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30",
    "2027-12-27", "2027-12-28",
}  # fmt: skip
LAST_LISTED = date(2027, 12, 29)
"""The rules list no bank holidays after it: a life that lasts longer is not counted on the fingers."""
PARENTS = st.sampled_from(("p-1", "p-2"))
PICK = st.integers(0, 5)
SAID = {"reason": "as the officer says"}


def second_working_day(day: date) -> date:
    """Counted on the fingers, by the list of bank holidays of the rules."""
    for _ in range(2):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day.isoformat() in BANK_HOLIDAYS:
            day += timedelta(days=1)
    return day


class Lives(RuleBasedStateMachine):
    """Commands, letters, registers, money and days come in any order; some of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(today=date(2024, 9, 9))
        self.issued: list[dict[str, Any]] = []
        self.money: dict[str, dict[str, tuple[int, date]]] = {}
        self.posted: dict[str, date] = {}
        self.absences = 0
        self.houses = 0

    # What comes in

    @rule(sessions=st.integers(1, 12))
    def the_pupil_is_away(self, sessions: int) -> None:
        self.absences += 1
        self.life.absent(self.life.today, sessions)

    @precondition(lambda self: self.life.marks)
    @rule(pick=PICK, back=st.booleans())
    def a_mark_is_corrected(self, pick: int, back: bool) -> None:
        mark = sorted(self.life.marks.values(), key=lambda each: each.slot)[pick % len(self.life.marks)]
        self.life.correct(mark.day, mark.session, "O" if back else None, mark.revision + 1)

    @rule(days=st.sampled_from((1, 2, 5, 9, 20, 30, 200, 400)))
    def days_pass(self, days: int) -> None:
        self.life.go_to(self.life.today + timedelta(days=days))

    @rule(who=st.sampled_from((("p-1",), ("p-2",), ("p-1", "p-2"))))
    def the_school_asks(self, who: tuple[str, ...]) -> None:
        self.life.request(*who)

    @rule(who=PARENTS, twice=st.booleans())
    def an_officer_authorises(self, who: str, twice: bool) -> None:
        before = len(self.life.said(NoticeIssued))
        for _ in range(1 + twice):
            self.life.authorise(who)
        for event in self.life.said(NoticeIssued)[before:]:
            slots = {(mark.date, mark.session) for mark in event.sessions}
            told = {"notice": event.notice, "parent": who, "on": self.life.today, "slots": slots, "stands": True}
            self.may_be_issued(told, event)
            self.issued.append(told)
            self.money[event.notice] = {}

    @rule(who=PARENTS)
    def away_asked_and_authorised(self, who: str) -> None:
        """The usual way in one step, so that lives get far."""
        self.the_pupil_is_away(12)
        self.the_school_asks((who,))
        self.an_officer_authorises(who, False)

    @rule(pick=PICK, days=st.sampled_from((0, 20, 21, 28, 29)))
    def posted_and_served(self, pick: int, days: int) -> None:
        self.the_letter_is_posted(pick, 0)
        notice = self.any(pick)
        if notice and notice.served_on:
            self.life.go_to(max(self.life.today, notice.served_on + timedelta(days=days)))

    def may_be_issued(self, told: dict[str, Any], event: NoticeIssued) -> None:
        """The law's words: no third within three years ending with today; no session twice; the amounts by sequence."""
        mine = [each for each in self.issued if each["parent"] == told["parent"] and each["stands"]]
        day = told["on"]
        first = date(day.year - 3, day.month, day.day if (day.month, day.day) != (2, 29) else 28) + timedelta(days=1)
        recent = [each for each in mine if each["on"] >= first]
        assert len(recent) < 2
        assert not any(each["slots"] & told["slots"] for each in mine)
        assert len(told["slots"]) >= 10
        assert event.sequence == len(recent) + 1
        assert event.amounts.full == 16000
        assert event.amounts.discounted == (8000 if not recent else None)

    def any(self, pick: int) -> Notice | None:
        notices = list(self.life.file.notices.values())
        return notices[pick % len(notices)] if notices else None

    @rule(pick=PICK, late=st.integers(0, 3))
    def the_letter_is_posted(self, pick: int, late: int) -> None:
        notice = self.any(pick)
        if notice and notice.state == "issued":
            posted = max(self.life.today - timedelta(days=late), notice.issued_on)
            self.life.post(notice, posted)
            self.posted[notice.reference] = posted
            self.life.go_to(self.life.today)

    @rule(pick=PICK, chance=st.integers(0, 4))
    def the_letter_comes_back(self, pick: int, chance: int) -> None:
        notice = self.any(pick)
        if notice and chance == 4:
            self.life.comes_back(notice)

    @rule(pick=PICK)
    def it_is_posted_again(self, pick: int) -> None:
        notice = self.any(pick)
        if notice:
            self.houses += 1
            number = int(notice.parent_id[-1])
            self.life.moves_house(number, Address(lines=(f"{self.houses} New Road",), postcode="NR27 9AA"))
            if self.life.do(ReissueNotice, notice=notice.reference, **SAID) == ():
                del_posted = self.posted.pop(notice.reference, None)
                assert del_posted is None or notice.returned_on

    @rule(pick=PICK, pence=st.sampled_from((4000, 8000, 16000, 16100)), ago=st.integers(0, 40), twice=st.booleans())
    def money_comes(self, pick: int, pence: int, ago: int, twice: bool) -> None:
        notice = self.any(pick)
        if notice is None:
            return
        on, reference = self.life.today - timedelta(days=ago), str(uuid4())
        before, paid = notice, len(self.life.said(NoticePaid))
        facts = {"notice": notice.reference, "amount": pence, "paid_on": on, "payment_reference": reference}
        done = self.life.do(RecordPayment, **facts)
        if twice:
            assert self.life.do(RecordPayment, **facts) == (("repeated",) if done == () else done)
        if done == ():
            self.money[notice.reference][reference] = (pence, on)
            if len(self.life.said(NoticePaid)) > paid:
                assert pence == self.due(before, on)

    def due(self, notice: Notice, day: date) -> int:
        """What the law asks for on a day, worked out from the day of posting alone."""
        second = notice.sequence == 2
        posted = self.posted.get(notice.reference)
        if posted is None:
            return 16000 if second else 8000
        number = (day - second_working_day(posted)).days + 1
        if number > 28:
            return 0
        return 8000 if number <= 21 and not second else 16000

    @rule(pick=PICK)
    def what_is_due_is_paid(self, pick: int) -> None:
        notice = self.any(pick)
        if notice and (pence := self.due(notice, self.life.today)):
            self.money_comes(pick, pence, 0, False)

    @rule(pick=PICK)
    def nobody_pays_and_it_goes_to_court(self, pick: int) -> None:
        self.posted_and_served(pick, 29)
        for step in ("review", "start"):
            self.a_step_towards_the_court(pick, step)

    @rule(pick=PICK, take=st.booleans())
    def an_officer_decides_on_money(self, pick: int, take: bool) -> None:
        if notice := self.any(pick):
            self.life.do(DecidePayment, notice=notice.reference, decision="accept" if take else "repay", **SAID)

    @rule(pick=PICK, ground=st.sampled_from(("wrong_person", "no_proceedings")))
    def it_is_withdrawn(self, pick: int, ground: str) -> None:
        if notice := self.any(pick):
            self.life.do(WithdrawNotice, notice=notice.reference, ground=ground)
            self.see_what_stands()

    @rule(pick=PICK)
    def money_is_repaid(self, pick: int) -> None:
        notice = self.any(pick)
        if notice and notice.open_money:
            facts = {"amount": notice.open_money, "refunded_on": self.life.today, "payment_reference": str(uuid4())}
            self.life.do(RecordRefund, notice=notice.reference, **facts)

    @rule(pick=PICK)
    def a_parent_writes(self, pick: int) -> None:
        if notice := self.any(pick):
            facts = {"received_on": self.life.today, "summary": "they were ill"}
            self.life.do(RecordRepresentation, notice=notice.reference, **facts)

    @rule(pick=PICK, upheld=st.booleans())
    def the_representation_is_decided(self, pick: int, upheld: bool) -> None:
        if notice := self.any(pick):
            facts = {"outcome": "upheld", "ground": "material_error"} if upheld else {"outcome": "rejected"}
            self.life.do(DecideRepresentation, notice=notice.reference, **facts, **SAID)
            self.see_what_stands()

    @rule(pick=PICK, step=st.sampled_from(("review", "start", "stale", "continue", "take", "repay", "end", "reopen")))
    def a_step_towards_the_court(self, pick: int, step: str) -> None:
        notice = self.any(pick)
        if notice is None:
            return
        about = {"notice": notice.reference, "officer": OFFICER}
        if step == "review":
            self.life.do(ReviewProsecution, **about)
        elif step in {"start", "stale"}:
            token = self.life.token(notice) if step == "start" else "stale"
            done = self.life.do(StartProsecution, **about, token=token, **SAID)
            if done == ():
                assert step == "start"
                assert self.life.today > second_working_day(self.posted[notice.reference]) + timedelta(days=27)
                assert notice.lost_sessions == 0
                assert not notice.open_money
        elif step in {"continue", "take", "repay"}:
            decision = {"continue": "continue", "take": "accept_payment", "repay": "repay_payment"}[step]
            self.life.do(ResolveHold, **about, decision=decision, **SAID)
        elif step == "end":
            self.life.do(RecordOutcome, **about, outcome="convicted", decided_on=self.life.today)
        else:
            self.life.do(ReopenNotice, **about, **SAID)

    @rule(step=st.sampled_from(("support", "improve", "improved", "failed", "breached", "decline", "instead")))
    def the_case_goes_another_way(self, step: str) -> None:
        today = self.life.today
        if step == "support":
            self.life.do(RecordSupport, support="a meeting", offered_on=today)
        elif step == "improve":
            self.life.do(IssueNoticeToImprove, **{**IMPROVE, "starts_on": today})
        elif step == "decline":
            self.life.do(DeclineNotice, **SAID)
        elif step == "instead":
            self.life.do(ChooseAlternative, alternative="a parenting order")
        else:
            self.life.do(DecideNoticeToImprove, outcome=step, **SAID)

    def see_what_stands(self) -> None:
        for told in self.issued:
            told["stands"] = self.life.file.notices[told["notice"]].stands

    # What is always true

    @invariant()
    def every_state_is_one_of_the_machine(self) -> None:
        assert self.life.file.state in CASE.states
        assert all(notice.state in NOTICE.states for notice in self.life.file.notices.values())

    @invariant()
    def nothing_happened_that_is_not_kept(self) -> None:
        assert {told["notice"] for told in self.issued} == set(self.life.file.notices)
        again = self.life.file.of(
            "C-1", self.life.file.upn, self.life.file.urn, self.life.file.story, self.life.file.history
        )
        assert again == self.life.file

    @invariant()
    def all_money_is_accounted_for(self) -> None:
        for reference, payments in self.money.items():
            notice = self.life.file.notices[reference]
            assert notice.paid == sum(pence for pence, _ in payments.values())
            settled = notice.settled if notice.stands else 0
            assert notice.paid == notice.repaid + settled + notice.open_money
            assert notice.open_money >= 0
            if notice.state in {"paid", "discount_period", "full_period", "expired_unpaid", "proceedings"}:
                assert notice.open_money == 0

    @invariant()
    def dates_follow_from_the_posting(self) -> None:
        for reference, posted in self.posted.items():
            notice = self.life.file.notices[reference]
            if notice.posted_on and posted < LAST_LISTED:
                assert notice.served_on == second_working_day(posted)
                assert notice.pay_until == notice.served_on + timedelta(days=27)
                if notice.sequence == 1:
                    assert notice.discount_until == notice.served_on + timedelta(days=20)

    @invariant()
    def what_the_clock_brought_is_told(self) -> None:
        served = {each.notice for each in self.life.said(NoticeServed)}
        for notice in self.life.file.notices.values():
            if notice.state in {"discount_period", "full_period", "expired_unpaid", "prosecution_review"}:
                assert notice.reference in served

    @invariant()
    def no_unpaid_notice_rests_after_day_28(self) -> None:
        for notice in self.life.file.notices.values():
            day_29 = notice.pay_until and notice.pay_until < self.life.today
            assert not (day_29 and notice.state in {"dispatched", "discount_period", "full_period"})
            if notice.state == "expired_unpaid" and (self.life.today - notice.since).days > 7:
                prompts = [each for each in self.life.said(OfficerPrompted) if each.notice == notice.reference]
                assert max(each.on for each in prompts) > self.life.today - timedelta(days=8)
            if notice.state == "expired_unpaid" and notice.letters == 1 and not notice.returned_on:
                assert any(each.notice == notice.reference for each in self.life.said(NoticeExpired)) or notice.paid


Lives.TestCase.settings = settings(max_examples=400, stateful_step_count=60, deadline=None)
TestLives = Lives.TestCase
