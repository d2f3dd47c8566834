"""Money that was paid in time discharges, however late it is heard of, in whatever order; only the rest goes back."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notices.casefile.notice import Notice
from shared.contracts.casework import (
    DecidePayment,
    RecordOutcome,
    RecordPayment,
    RecordRefund,
    ResolveHold,
    ReversePayment,
    ReviewProsecution,
    SettleQuestion,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.notices import NoticePaid, OfficerPrompted
from tests.casework import Life, with_holiday
from tests.unit.notices.test_case_life import expired, in_review, served

DAY_1 = date(2024, 10, 10)
LAST_80, LAST_160 = date(2024, 10, 30), date(2024, 11, 6)
WHY = {"reason": "as the officer says"}


def pay(life: Life, pence: int, on: date, reference: str = "r-1") -> tuple[str, ...]:
    return life.do(RecordPayment, amount=pence, paid_on=on, payment_reference=reference)


def test_160_pounds_of_day_28_heard_of_in_review_can_only_be_taken_or_the_notice_withdrawn() -> None:
    life, notice = in_review()
    assert pay(life, 16000, LAST_160) == ()
    assert life.notice(notice).state == "held"
    [paid] = life.said(NoticePaid)
    assert (paid.amount, paid.paid_on, paid.band) == (16000, LAST_160, "full")
    assert life.do(ResolveHold, decision="repay_payment", **WHY) == ("no_payment",)
    assert life.do(DecidePayment, decision="repay", **WHY) == ("no_payment",)
    assert life.do(ResolveHold, decision="continue", **WHY) == ("payment_open",)
    assert life.do(ResolveHold, decision="accept_payment", **WHY) == ()
    assert (life.notice(notice).state, life.notice(notice).band) == ("paid", "full")
    assert len(life.said(NoticePaid)) == 1


def test_of_an_overpayment_in_time_only_the_excess_goes_back_and_the_notice_stays_paid() -> None:
    life, notice = served()
    life.go_to(LAST_80)
    assert pay(life, 16000, LAST_80) == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("overpaid", 8000)
    assert life.do(DecidePayment, decision="repay", **WHY) == ()
    assert (life.notice(notice).state, life.notice(notice).repaid) == ("paid", 8000)
    life.go_to(date(2024, 11, 20))
    assert life.notice(notice).state == "paid"


@pytest.mark.parametrize("order", list(permutations([(3000, DAY_1), (5000, LAST_80)])))
def test_two_amounts_that_together_are_what_is_due_on_the_day_of_the_last_are_paid(
    order: tuple[tuple[int, date], ...],
) -> None:
    life, notice = served()
    life.go_to(LAST_80)
    for number, (pence, on) in enumerate(order):
        assert pay(life, pence, on, f"r-{number}") == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("paid", 0)
    [paid] = life.said(NoticePaid)
    assert (paid.amount, paid.paid_on, paid.band) == (8000, LAST_80, "discount")


@settings(deadline=None, max_examples=40)
@given(
    payments=st.lists(
        st.tuples(st.sampled_from((3000, 5000, 8000, 16000)), st.integers(1, 40)), min_size=1, max_size=4
    ),
    data=st.data(),
)
def test_the_order_in_which_payments_are_heard_of_changes_nothing(
    payments: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Nor does which of them bounces: the first day on which all that was due was there decides, as by hand below."""
    bounced = data.draw(st.sets(st.integers(0, len(payments) - 1)))

    def after(order: list[tuple[int, tuple[int, int]]]) -> tuple[int, date | None, str | None, int]:
        life, notice = served()
        life.go_to(date(2024, 12, 1))
        for number, (pence, day) in order:
            pay(life, pence, DAY_1 + timedelta(days=day - 1), f"r-{number}")
        for number in bounced:
            life.do(ReversePayment, payment_reference=f"r-{number}", reversed_on=life.today)
        there = life.notice(notice)
        return there.settled, there.settled_on, there.band, there.open_money

    told = list(enumerate(payments))
    here = [each for number, each in told if number not in bounced]
    settled: tuple[int, date | None, str | None] = (0, None, None)
    for day in sorted({day for _, day in here}, reverse=True):
        due = 8000 if day <= 21 else 16000
        if day <= 28 and sum(pence for pence, on in here if on <= day) >= due:
            settled = due, DAY_1 + timedelta(days=day - 1), "discount" if day <= 21 else "full"
    by_hand = (*settled, sum(pence for pence, _ in here) - settled[0])
    assert after(data.draw(st.permutations(told))) == by_hand


def test_nothing_is_accepted_after_everything_was_repaid() -> None:
    life, _ = served()
    pay(life, 4000, DAY_1)
    assert life.do(DecidePayment, decision="repay", **WHY) == ()
    assert "impossible_now" in life.do(DecidePayment, decision="accept", **WHY)


def test_money_on_a_letter_that_failed_or_came_back_can_be_repaid() -> None:
    for happens in ("fails", "comes_back"):
        life, notice = served() if happens == "comes_back" else _issued()
        pay(life, 4000, life.today)
        getattr(life, happens)(notice)
        assert life.do(DecidePayment, decision="repay", **WHY) == ()
        assert life.notice(notice).state == "returned_undelivered"


def _issued() -> tuple[Life, Notice]:
    life = with_holiday(today=date(2024, 10, 4))
    return life, life.issue()


@pytest.mark.parametrize("facts", [(9000, DAY_1), (8000, date(2024, 11, 1)), (8000, date(2030, 1, 1))])
def test_a_payment_that_is_refused_holds_the_court_until_somebody_has_looked(facts: tuple[int, date]) -> None:
    life, notice = expired()
    pay(life, 4000, date(2024, 11, 7))
    life.do(DecidePayment, decision="repay", **WHY)
    assert life.do(ReviewProsecution) == ()
    token = life.token(notice)
    assert pay(life, *facts) != ()
    assert life.notice(notice).state == "held"
    assert life.do(StartProsecution, token=token, **WHY) == ("impossible_now",)
    assert life.do(SettleQuestion, about="payment", **WHY) == ()
    assert life.do(ResolveHold, decision="continue", **WHY) == ()
    assert life.do(StartProsecution, token=token, **WHY) == ("token_stale",)
    assert life.do(StartProsecution, token=life.token(notice), **WHY) == ()


def test_money_in_time_that_is_heard_of_after_a_conviction_says_that_it_is_unsafe_and_what_to_do() -> None:
    life, notice = in_review()
    life.do(StartProsecution, token=life.token(notice), **WHY)
    life.do(RecordOutcome, outcome="convicted", decided_on=life.today)
    assert pay(life, 16000, LAST_160) == ()
    prompt = life.said(OfficerPrompted)[-1]
    assert prompt.code == "conviction"
    assert "unsafe" in prompt.words
    assert "set_aside" in prompt.words
    more = {"amount": 16000, "refunded_on": life.today, "payment_reference": "out"}
    assert life.do(RecordRefund, **more) == ("more_than_due",)
    assert life.do(SettleQuestion, about="conviction", **WHY) == ("conviction_unsafe",)
    life.go_to(life.today + timedelta(days=60))
    assert life.notice(notice).state == "convicted"
    assert life.do(RecordOutcome, outcome="set_aside", decided_on=life.today) == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("paid", 0)
    assert life.said(NoticePaid)[-1].paid_on == LAST_160


def test_a_cheque_that_bounces_was_never_paid() -> None:
    life, notice = served()
    life.go_to(LAST_80)
    pay(life, 8000, DAY_1)
    life.go_to(date(2024, 11, 8))
    assert life.do(ReversePayment, payment_reference="r-1", reversed_on=life.today) == ()
    assert (life.notice(notice).state, life.notice(notice).paid) == ("expired_unpaid", 0)
    assert life.said(OfficerPrompted)[-1].code == "payment_reversed"
    assert life.do(ReversePayment, payment_reference="r-1", reversed_on=life.today) == ("impossible_now",)


def test_a_payment_that_went_back_to_the_parent_already_cannot_bounce_without_a_person_looking() -> None:
    life, notice = served()
    pay(life, 4000, DAY_1)
    assert life.do(DecidePayment, decision="repay", **WHY) == ()
    pay(life, 3000, DAY_1, "r-2")
    assert life.do(ReversePayment, payment_reference="r-1", reversed_on=life.today) == ("already_repaid",)
    assert "payment" in life.notice(notice).questions
    assert life.notice(notice).open_money == 3000


def test_after_one_of_two_payments_bounces_the_other_may_still_discharge_it() -> None:
    life, notice = served()
    life.go_to(LAST_80)
    pay(life, 8000, DAY_1)
    pay(life, 8000, LAST_80, "r-2")
    assert life.do(ReversePayment, payment_reference="r-1", reversed_on=life.today) == ()
    assert (life.notice(notice).state, life.notice(notice).settled_on) == ("paid", LAST_80)


def test_money_under_another_reference_of_the_same_parent_holds_the_court() -> None:
    life, first = served()
    life.go_to(date(2024, 11, 1))
    life.absent(date(2024, 10, 14), 10)
    second = life.issue()
    life.served(second, date(2024, 11, 4))
    life.go_to(date(2024, 12, 10))
    about = {"notice": second.reference}
    assert life.do(ReviewProsecution, **about) == ()
    life.do(RecordPayment, notice=first.reference, amount=16000, paid_on=date(2024, 11, 20), payment_reference="r")
    assert life.notice(second).state == "held"
    assert "misallocation" in life.notice(second).questions
    assert life.do(ResolveHold, **about, decision="continue", **WHY) == ()
    done = life.do(StartProsecution, **about, token=life.token(second), **WHY)
    assert done == ("possible_misallocation",)


def test_no_proceedings_is_a_ground_only_for_what_is_unpaid_after_its_last_day() -> None:
    life, notice = served()
    assert life.do(WithdrawNotice, ground="no_proceedings") == ("ground_not_open",)
    life.go_to(LAST_160 + timedelta(days=1))
    pay(life, 16000, LAST_160)
    assert life.do(WithdrawNotice, ground="no_proceedings") == ("ground_not_open",)
    unpaid, _ = expired()
    assert unpaid.do(WithdrawNotice, ground="no_proceedings") == ()
    assert notice


def test_a_refund_that_an_officer_decided_on_is_recorded_with_its_day_and_no_more_than_that() -> None:
    life, notice = served()
    life.go_to(LAST_80)
    pay(life, 9000, LAST_80)
    out = {"refunded_on": life.today, "payment_reference": "out-1"}
    assert life.do(RecordRefund, amount=1000, **out) == ("more_than_due",)
    assert life.do(DecidePayment, decision="repay", **WHY) == ()
    assert (life.notice(notice).state, life.notice(notice).refunding) == ("paid", 1000)
    assert life.do(RecordRefund, amount=1100, **out) == ("more_than_due",)
    assert life.do(RecordRefund, amount=1000, **out) == ()
    after = life.notice(notice)
    assert (after.state, after.refunding, after.repaid, after.settled) == ("paid", 0, 1000, 8000)
    assert life.do(RecordRefund, amount=1000, refunded_on=life.today, payment_reference="out-2") == ("more_than_due",)
