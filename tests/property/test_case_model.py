"""Random lives of cases against an independent model of the rules: a handful of dictionaries and dates."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import NOTICE
from services.notices.deciding.clockwork import next_day
from shared.contracts.casework import (
    ChooseAlternative,
    DecideNoticeToImprove,
    DecidePayment,
    DecideRepresentation,
    DecideService,
    DeclineNotice,
    DisputeService,
    IssueNoticeToImprove,
    LinkParent,
    RaiseQuestion,
    RecordHistory,
    RecordOutcome,
    RecordPayment,
    RecordRefund,
    RecordRepresentation,
    RecordSupport,
    ReissueNotice,
    ReopenNotice,
    ResolveHold,
    ReversePayment,
    ReviewProsecution,
    SettleQuestion,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeExpired, NoticeIssued, NoticePaid, NoticeServed, OfficerPrompted
from tests.casework import OFFICER, POLICIES, Life, parent, term
from tests.making import URN
from tests.unit.notices.test_case_life import IMPROVE

BANK_HOLIDAYS = {
    "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25",
    "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31",
    "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30",
    "2027-12-27", "2027-12-28",
}  # fmt: skip
LAST_LISTED = date(2027, 12, 20)
"""The rules list no bank holidays after its year: a life that lasts longer is not counted on the fingers."""
PARENTS = st.sampled_from(("p-1", "p-2", "p-3"))
OTHER_SCHOOL = "654321"
SCHOOLS = st.sampled_from((URN, URN, OTHER_SCHOOL))
AUTHORITIES = st.sampled_from(("Suffolk", "Essex"))
PICK = st.integers(0, 5)
COURT_STEPS = (
    "review", "start", "stale", "continue", "take", "repay", "convicted", "discontinued", "set_aside", "reopen",
)  # fmt: skip
SAID = {"reason": "as the officer says"}


def deemed(day: date, postage: str | None) -> date:
    """Counted on the fingers, by the list of bank holidays of the rules: second working day, fourth by second class."""
    for _ in range(4 if postage == "second" else 2):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day.isoformat() in BANK_HOLIDAYS:
            day += timedelta(days=1)
    return day


@dataclass
class Money:
    """A payment as somebody with a pencil keeps it: pence, and the day on which it was paid."""

    pence: int
    on: date
    repaid: int = 0
    bounced: bool = False

    @property
    def here(self) -> int:
        return 0 if self.bounced else self.pence - self.repaid


class Lives(RuleBasedStateMachine):
    """Commands, letters, registers, money and days come in any order; some of them twice."""

    def __init__(self) -> None:
        super().__init__()
        weeks = term(date(2024, 9, 2), date(2028, 7, 28), urn=OTHER_SCHOOL)
        self.life = Life(
            today=date(2024, 9, 9), parents=(parent(1), parent(2), parent(3)), elsewhere={OTHER_SCHOOL: weeks}
        )
        self.issued: list[dict[str, Any]] = []
        self.money: dict[str, dict[str, Money]] = {}
        self.posted: dict[str, tuple[date, str | None]] = {}
        self.same: dict[frozenset[str], bool] = {}
        self.elsewhere: dict[tuple[str, str], set[date]] = {}
        self.absences = 0
        self.houses = 0

    # What comes in

    @rule(sessions=st.integers(1, 12), urn=SCHOOLS)
    def the_pupil_is_away(self, sessions: int, urn: str) -> None:
        """Two schools may mark the same half-day."""
        self.absences += 1
        self.life.absent(self.life.today, sessions, urn=urn)

    @precondition(lambda self: self.life.marks)
    @rule(pick=PICK, back=st.booleans())
    def a_mark_is_corrected(self, pick: int, back: bool) -> None:
        mark = sorted(self.life.marks.values(), key=lambda each: each.slot)[pick % len(self.life.marks)]
        self.life.correct(mark.day, mark.session, "O" if back else None, mark.revision + 1, mark.urn)

    @rule(days=st.sampled_from((1, 2, 5, 9, 20, 30, 100, 200, 400)))
    def days_pass(self, days: int) -> None:
        self.life.go_to(self.life.today + timedelta(days=days))

    @rule(who=st.sampled_from((("p-1",), ("p-2",), ("p-3",), ("p-1", "p-2"), ("p-1", "p-2", "p-3"))))
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

    @rule(who=PARENTS, urn=SCHOOLS)
    def away_asked_and_authorised(self, who: str, urn: str) -> None:
        """The usual way in one step, so that lives get far."""
        self.the_pupil_is_away(12, urn)
        self.the_school_asks((who,))
        self.an_officer_authorises(who, False)

    @rule(pick=PICK, days=st.sampled_from((0, 20, 21, 28, 29)))
    def posted_and_served(self, pick: int, days: int) -> None:
        self.the_letter_is_posted(pick, 0, None)
        notice = self.any(pick)
        if notice and notice.served_on:
            self.life.go_to(max(self.life.today, notice.served_on + timedelta(days=days)))

    def may_be_issued(self, told: dict[str, Any], event: NoticeIssued) -> None:
        """The law's words: no third within three years ending with today; no session twice; the amounts by sequence."""
        who = self.person(told["parent"])
        mine = [each for each in self.issued if each["parent"] in who and each["stands"]]
        day = told["on"]
        first = date(day.year - 3, day.month, day.day if (day.month, day.day) != (2, 29) else 28) + timedelta(days=1)
        recent = [each for each in mine if each["on"] >= first]
        answers = {
            (authority, on) for (authority, parent), days in self.elsewhere.items() if parent in who for on in days
        }
        recent += [on for _, on in answers if first <= on <= day]
        assert len(recent) < 2
        assert not any(each["slots"] & told["slots"] for each in mine)
        assert len(told["slots"]) >= 10
        assert event.sequence == len(recent) + 1
        assert event.amounts.full == 16000
        assert event.amounts.discounted == (8000 if not recent else None)

    def person(self, parent: str) -> set[str]:
        """Every id of one person: who is linked to them, and who is linked to those."""
        who = {parent}
        for _ in range(4):
            who |= {each for pair, same in self.same.items() if same and pair & who for each in pair}
        return who

    @rule(one=PARENTS, other=PARENTS, same=st.booleans())
    def an_officer_compares_two_parents(self, one: str, other: str, same: bool) -> None:
        if one != other and self.life.do(LinkParent, parent_id=one, earlier_id=other, same=same) == ():
            self.same[frozenset((one, other))] = same

    @rule(who=PARENTS, authority=AUTHORITIES, ago=st.lists(st.integers(0, 900), max_size=2))
    def another_authority_answers(self, who: str, authority: str, ago: list[int]) -> None:
        """The whole of its answer each time: the same again counts once, and none takes it back."""
        days = {max(self.life.today - timedelta(days=each), date(2024, 8, 19)) for each in ago}
        told = [{"issued_on": day, "sequence": 1} for day in sorted(days)]
        if self.life.do(RecordHistory, authority=authority, parent_id=who, notices=told) == ():
            self.elsewhere[authority, who] = days

    def any(self, pick: int) -> Notice | None:
        notices = list(self.life.file.notices.values())
        return notices[pick % len(notices)] if notices else None

    @rule(pick=PICK, late=st.integers(0, 3), postage=st.sampled_from((None, "first", "second")))
    def the_letter_is_posted(self, pick: int, late: int, postage: str | None) -> None:
        """The print provider says so, soon or late, once or again, after whatever else has been heard."""
        notice = self.any(pick)
        if notice is None:
            return
        posted = max(self.life.today - timedelta(days=late), notice.letter_on)
        self.life.post(notice, posted, postage=postage)
        after = self.life.notice(notice)
        if notice.posted_on is None and after.posted_on is not None:
            self.posted[notice.reference] = (posted, postage)

    @rule(pick=PICK, template=st.sampled_from(("withdrawal_letter", "payment_reminder", "penalty_notice")))
    def another_letter_about_it_is_posted(self, pick: int, template: str) -> None:
        """Of the notice itself only an earlier letter, which counts no more."""
        notice = self.any(pick)
        if notice and (template != "penalty_notice" or notice.letters > 1):
            before = self.clock(notice)
            self.life.post(notice, template=template)
            assert self.clock(self.life.notice(notice)) == before

    def clock(self, notice: Notice) -> tuple[date | None, ...]:
        return notice.posted_on, notice.served_on, notice.discount_until, notice.pay_until

    @rule(pick=PICK, late=st.booleans())
    def the_letter_fails(self, pick: int, late: bool) -> None:
        """It could not be sent; sometimes it was posted after all."""
        notice = self.any(pick)
        if notice:
            self.life.fails(notice)
            if late:
                self.the_letter_is_posted(pick, 0, "first")

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
                was_posted = self.posted.pop(notice.reference, None)
                assert was_posted is None or notice.returned_on

    @rule(pick=PICK, again=st.booleans())
    def a_parent_says_that_nothing_came(self, pick: int, again: bool) -> None:
        notice = self.any(pick)
        if notice is None:
            return
        self.life.do(DisputeService, notice=notice.reference, received_on=self.life.today, summary="no letter")
        before = self.life.notice(notice)
        decision = "serve_again" if again else "go_on"
        done = self.life.do(DecideService, notice=notice.reference, decision=decision, **SAID)
        if done == () and again:
            self.posted.pop(notice.reference, None)
            assert self.clock(self.life.notice(notice)) == (None,) * 4
        elif done == ():
            assert before.posted_on is not None

    @rule(pick=PICK, settle=st.booleans())
    def somebody_has_a_question(self, pick: int, settle: bool) -> None:
        notice = self.any(pick)
        if notice is None:
            return
        self.life.do(RaiseQuestion, notice=notice.reference, about="correspondence", summary=str(uuid4()))
        if settle:
            for about in self.life.notice(notice).questions:
                if about != "service":
                    self.life.do(SettleQuestion, notice=notice.reference, about=about, **SAID)

    @precondition(lambda self: self.life.heard)
    @rule(pick=st.integers(0, 200))
    def a_command_comes_again_much_later(self, pick: int) -> None:
        """Redelivered after whatever has happened since: it has had its effect."""
        before = self.life.file
        self.life.hear(self.life.heard[pick % len(self.life.heard)])
        assert self.life.file == before

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
            self.money[notice.reference][reference] = Money(pence, on)
            said = self.life.said(NoticePaid)[paid:]
            assert bool(said) <= self.covered(before)
            for each in said:
                assert each.amount == self.due(before, each.paid_on)

    @rule(pick=PICK, other=st.integers(1, 3))
    def a_payment_is_mistyped(self, pick: int, other: int) -> None:
        """The same reference with another amount, or a day that cannot be: refused, and somebody has to look."""
        notice = self.any(pick)
        if notice is None:
            return
        known = next(iter(self.money[notice.reference]), "r")
        on = date(2023, 1, 1)
        facts = {"amount": 8000 + other, "paid_on": on, "payment_reference": known}
        assert self.life.do(RecordPayment, notice=notice.reference, **facts) not in {(), ("repeated",)}
        after = self.life.notice(notice)
        assert "payment" in after.questions
        assert after.state not in {"prosecution_review", "proceedings"}

    @rule(pick=PICK, which=st.integers(0, 3))
    def the_bank_takes_it_back(self, pick: int, which: int) -> None:
        notice = self.any(pick)
        if notice is None or not self.money[notice.reference]:
            return
        references = sorted(self.money[notice.reference])
        reference = references[which % len(references)]
        facts = {"payment_reference": reference, "reversed_on": self.life.today}
        if self.life.do(ReversePayment, notice=notice.reference, **facts) == ():
            self.money[notice.reference][reference].bounced = True

    def covered(self, notice: Notice) -> bool:
        """Whether on some day everything paid until then, and still here, was what the law asked for on that day."""
        payments = self.money[notice.reference].values()
        for day in {each.on for each in payments}:
            here = sum(each.here for each in payments if each.on <= day)
            if here and 0 < self.due(notice, day) <= here:
                return True
        return False

    def goes_back(self, notice: Notice, pence: int) -> None:
        """What was paid last goes back first."""
        payments = self.money[notice.reference]
        for reference in sorted(payments, key=lambda each: (payments[each].on, each), reverse=True):
            back = min(payments[reference].here, pence)
            payments[reference].repaid += back
            pence -= back
        assert pence == 0

    def due(self, notice: Notice, day: date) -> int:
        """What the law asks for on a day, worked out from the day of posting alone."""
        second = notice.sequence == 2
        posted = self.posted.get(notice.reference)
        if posted is None:
            return 16000 if second else 8000
        number = (day - deemed(*posted)).days + 1
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
            done = self.life.do(DecidePayment, notice=notice.reference, decision="accept" if take else "repay", **SAID)
            if done == () and not take:
                self.goes_back(notice, notice.open_money)

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
            if self.life.do(RecordRefund, notice=notice.reference, **facts) == ():
                decided = notice.refunding - self.life.notice(notice).refunding  # which has counted as repaid since
                assert 0 <= decided <= notice.refunding
                self.goes_back(notice, notice.open_money - decided)

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

    @rule(
        pick=PICK,
        step=st.sampled_from(
            (
                "review",
                "start",
                "stale",
                "continue",
                "take",
                "repay",
                "convicted",
                "discontinued",
                "set_aside",
                "reopen",
            )
        ),
    )
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
                assert self.life.today > deemed(*self.posted[notice.reference]) + timedelta(days=27)
                assert notice.lost_sessions == 0
                assert not notice.open_money
                assert not notice.questions
                assert not self.covered(notice)
                latest = max(day for day, _ in self.sessions(notice))
                assert (self.life.today - latest).days <= 184
                assert not self.withdrawn_for(notice)
        elif step in {"continue", "take", "repay"}:
            decision = {"continue": "continue", "take": "accept_payment", "repay": "repay_payment"}[step]
            if self.life.do(ResolveHold, **about, decision=decision, **SAID) == () and step == "repay":
                self.goes_back(notice, notice.open_money)
        elif step in {"convicted", "discontinued", "set_aside"}:
            self.life.do(RecordOutcome, **about, outcome=step, decided_on=self.life.today)
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
            self.life.do(DecideNoticeToImprove, outcome=step, parents_told_on=today, **SAID)

    def sessions(self, notice: Notice) -> set[tuple[date, str]]:
        return next(told["slots"] for told in self.issued if told["notice"] == notice.reference)

    def withdrawn_for(self, notice: Notice) -> bool:
        """Whether a notice to the same person for any of these half-days was withdrawn."""
        who = self.person(notice.parent_id)
        gone = [told["slots"] for told in self.issued if told["parent"] in who and not told["stands"]]
        return any(slots & self.sessions(notice) for slots in gone)

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
            "C-1", self.life.file.upn, self.life.file.urn, self.life.file.correlation_id, self.life.file.history
        )
        assert again == self.life.file

    @invariant()
    def all_money_is_accounted_for(self) -> None:
        for reference, payments in self.money.items():
            notice = self.life.file.notices[reference]
            assert notice.paid == sum(each.pence for each in payments.values() if not each.bounced)
            assert notice.repaid == sum(each.repaid for each in payments.values())
            settled = notice.settled if notice.stands else 0
            assert notice.paid == notice.repaid + settled + notice.open_money
            assert notice.open_money >= 0
            if notice.state in {"paid", "discount_period", "full_period", "expired_unpaid", "proceedings"}:
                assert notice.open_money == 0

    @invariant()
    def dates_follow_from_the_posting(self) -> None:
        for reference, posted in self.posted.items():
            notice = self.life.file.notices[reference]
            assert notice.posted_on == posted[0]
            if posted[0] < LAST_LISTED:
                assert notice.served_on == deemed(*posted)
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
    def the_clock_moves_with_the_notices_own_letter_only(self) -> None:
        for notice in self.life.file.notices.values():
            assert (notice.posted_on is not None) == (notice.reference in self.posted)

    @invariant()
    def paid_in_time_is_never_prosecuted(self) -> None:
        for notice in self.life.file.notices.values():
            if notice.stands and self.covered(notice):
                assert notice.state not in {"expired_unpaid", "prosecution_review", "proceedings"}
                assert notice.state != "convicted" or "conviction" in notice.questions

    @invariant()
    def nothing_rests(self) -> None:
        for notice in self.life.file.notices.values():
            alone = replace(self.life.file, state="decided", notices={notice.reference: notice})
            due = next_day(alone, POLICIES, self.life.today)
            over = notice.state == "closed" and notice.waits_for is None
            assert over or (due and due <= self.life.today + timedelta(days=36))

    @invariant()
    def no_half_day_twice(self) -> None:
        standing = [told for told in self.issued if told["stands"]]
        for one, other in combinations(standing, 2):
            assert one["parent"] != other["parent"] or not one["slots"] & other["slots"]

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


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)


@pytest.mark.gate
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("number", range(20))
def test_twenty_thousand_lives(number: int) -> None:
    """A thousand lives of 60 steps each, twenty times, from seeds of their own."""
    long = settings(max_examples=1000, stateful_step_count=60, deadline=None, database=None)
    run_state_machine_as_test(seed(number)(Lives), settings=long)
