"""Money counts by the day on which it was paid; whatever does not fit goes to a person, and none is unaccounted for."""

from datetime import date

import pytest

from services.notices.casefile.notice import Notice
from shared.contracts.casework import DecidePayment, RecordPayment, RecordRefund, ReopenNotice, WithdrawNotice
from shared.contracts.notices import NoticePaid, NoticeWithdrawn, OfficerPrompted
from tests.casework import Life, with_holiday


def served() -> tuple[Life, Notice]:
    """Deemed served on Thursday 10 October 2024: £80 until 30 October, £160 until 6 November."""
    life = with_holiday(today=date(2024, 10, 4))
    notice = life.issue()
    return life, life.served(notice, date(2024, 10, 8))


def pay(life: Life, pence: int, on: date, reference: str = "r-1", **more: object) -> tuple[str, ...]:
    return life.do(RecordPayment, amount=pence, paid_on=on, payment_reference=reference, **more)


@pytest.mark.parametrize(
    ("pence", "on", "state"),
    [
        (8000, date(2024, 10, 10), "paid"),
        (8000, date(2024, 10, 30), "paid"),
        (8000, date(2024, 10, 31), "underpaid"),
        (16000, date(2024, 10, 30), "overpaid"),
        (16000, date(2024, 10, 31), "paid"),
        (16000, date(2024, 11, 6), "paid"),
        (16000, date(2024, 11, 7), "paid_late"),
        (4000, date(2024, 10, 20), "underpaid"),
        (8000, date(2024, 10, 5), "paid"),
    ],
)
def test_the_day_of_payment_decides_what_it_comes_to(pence: int, on: date, state: str) -> None:
    life, notice = served()
    life.go_to(date(2024, 11, 20))
    assert pay(life, pence, on) == ()
    assert life.notice(notice).state == state
    told = [prompt.code for prompt in life.said(OfficerPrompted)]
    assert bool(life.said(NoticePaid)) is (state in {"paid", "overpaid"})
    assert (state in told) is (state != "paid")


def test_paid_on_the_last_day_and_heard_of_three_days_later_is_80_pounds() -> None:
    life, _ = served()
    life.go_to(date(2024, 11, 2))
    pay(life, 8000, date(2024, 10, 30))
    [paid] = life.said(NoticePaid)
    assert (paid.amount, paid.paid_on, paid.band) == (8000, date(2024, 10, 30), "discount")


def test_the_same_payment_twice_is_one_and_another_with_its_reference_is_refused() -> None:
    life, notice = served()
    pay(life, 8000, date(2024, 10, 10))
    assert pay(life, 8000, date(2024, 10, 10)) == ("repeated",)
    assert pay(life, 9000, date(2024, 10, 10)) == ("payment_reference_used",)
    assert life.notice(notice).paid == 8000


def test_a_part_goes_to_a_person_who_may_accept_it() -> None:
    life, notice = served()
    pay(life, 4000, date(2024, 10, 10))
    assert life.notice(notice).state == "underpaid"
    assert life.do(DecidePayment, decision="accept", reason="the rest is let go") == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("paid", 0)
    assert life.said(NoticePaid)[0].band == "accepted_by_officer"


def test_money_that_is_repaid_leaves_the_notice_where_its_dates_say() -> None:
    life, notice = served()
    pay(life, 4000, date(2024, 10, 10))
    life.go_to(date(2024, 11, 1))
    assert life.do(DecidePayment, decision="repay", reason="no instalments") == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("full_period", 0)
    pay(life, 16000, date(2024, 11, 1), "r-2")
    assert life.notice(notice).state == "paid"


def test_paid_twice_the_second_goes_back_and_the_notice_stays_paid() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 12))
    pay(life, 8000, date(2024, 10, 11))
    pay(life, 8000, date(2024, 10, 12), "r-2")
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("overpaid", 8000)
    life.do(DecidePayment, decision="repay", reason="paid twice")
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("paid", 0)


def test_a_withdrawal_repays_what_was_paid_and_does_not_rest_until_it_is() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 12))
    pay(life, 8000, date(2024, 10, 11))
    assert life.do(WithdrawNotice, ground="wrong_person") == ()
    [withdrawn] = life.said(NoticeWithdrawn)
    assert withdrawn.refund_due == 8000
    life.go_to(date(2024, 12, 20))
    assert life.notice(notice).state == "withdrawn"
    assert sum("repaid" in prompt.words for prompt in life.said(OfficerPrompted)) >= 9
    more = {"refunded_on": life.today, "payment_reference": "out-1"}
    assert life.do(RecordRefund, amount=9000, **more) == ("more_than_due",)
    assert life.do(RecordRefund, amount=8000, **more) == ()
    assert life.do(RecordRefund, amount=8000, **more) == ("repeated",)
    life.go_to(date(2025, 1, 10))
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("closed", 0)


def test_money_for_a_closed_notice_is_put_before_a_person() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 12))
    pay(life, 8000, date(2024, 10, 11))
    life.go_to(date(2024, 12, 20))
    assert life.notice(notice).state == "closed"
    pay(life, 8000, date(2024, 12, 19), "r-2")
    assert (life.notice(notice).state, life.notice(notice).open_money) == ("overpaid", 8000)


def test_a_closed_notice_can_be_opened_again_with_a_reason() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 12))
    pay(life, 8000, date(2024, 10, 11))
    life.go_to(date(2024, 12, 20))
    assert life.do(ReopenNotice, reason="asked by the ombudsman") == ()
    assert life.notice(notice).state == "paid"


@pytest.mark.parametrize(
    ("on", "code"), [(date(2024, 10, 11), "in_the_future"), (date(2024, 10, 3), "before_the_notice")]
)
def test_impossible_days_of_payment_are_refused(on: date, code: str) -> None:
    life, _ = served()
    assert pay(life, 8000, on) == (code,)
