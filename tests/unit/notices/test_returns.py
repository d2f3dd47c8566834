"""The authority's papers count every notice once, by what came of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.story.returns import ANNUAL, RECORDS, REGISTER, annual_return, main_reason, records, register
from shared.contracts.casework import (
    DecidePayment,
    RecordOutcome,
    RecordPayment,
    ResolveHold,
    ReversePayment,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from tests.casework import Life, with_holiday
from tests.making import URN
from tests.unit.notices.test_case_life import served

YEAR = (date(2024, 9, 1), date(2025, 8, 31))


def a_notice(what: str) -> Life:
    """A notice of October 2024, deemed served on Thursday 10, and what came of it."""
    life = with_holiday(today=date(2024, 10, 4))
    notice = life.served(life.issue(), date(2024, 10, 8))
    assert notice.served_on
    if what in {"paid on day 21", "paid on day 22", "paid on day 29"}:
        day = notice.served_on + timedelta(days=int(what[-2:]) - 1)
        life.go_to(day)
        amount = 8000 if what == "paid on day 21" else 16000
        assert life.do(RecordPayment, amount=amount, paid_on=day, payment_reference="r-1") == ()
        if what == "paid on day 29":
            assert life.do(DecidePayment, decision="accept", reason="one day late") == ()
    elif what == "withdrawn":
        assert life.do(WithdrawNotice, ground="wrong_person") == ()
    elif what == "prosecuted":
        life.go_to(date(2024, 11, 7))
        assert life.do(ReviewProsecution) == ()
        assert life.do(StartProsecution, token=life.token(notice), reason="unpaid") == ()
    return life


@pytest.mark.parametrize(
    ("what", "column"),
    [
        ("paid on day 21", "pn_paid_21"),
        ("paid on day 22", "pn_paid_22_28"),
        ("paid on day 29", "pn_paid_other"),
        ("withdrawn", "pn_withdrawn_wrong_person"),
        ("prosecuted", "pn_prosecuted_non_payment"),
        ("open", "pn_unresolved"),
    ],
)
def test_a_notice_is_in_one_column_of_the_annual_return(what: str, column: str) -> None:
    row = annual_return([a_notice(what).file], *YEAR)
    counted = {name for name in ANNUAL if row[name]}
    assert counted == {"pn_issued", "main_reason_holiday", column}
    assert set(row.values()) == {0, 1}


def test_a_second_notice_paid_within_21_days_is_counted_there_without_a_discount() -> None:
    life = a_notice("paid on day 21")
    life.go_to(date(2025, 1, 20))
    life.absent(date(2025, 1, 13), 10)
    second = life.served(life.issue(), date(2025, 1, 21))
    day = second.served_on
    assert (second.sequence, day) == (2, date(2025, 1, 23))
    paid = {"notice": second.reference, "amount": 16000, "paid_on": day, "payment_reference": "r-2"}
    assert life.do(RecordPayment, **paid) == ()
    row = annual_return([life.file], *YEAR)
    assert (row["pn_issued"], row["pn_paid_21"]) == (2, 2)


@pytest.mark.parametrize(("first", "last", "counted"), [
    (date(2024, 10, 4), date(2024, 10, 4), 1), (date(2024, 10, 5), date(2025, 8, 31), 0),
    (date(2024, 9, 1), date(2024, 10, 3), 0),
])  # fmt: skip
def test_the_day_of_issue_decides_the_year_both_days_included(first: date, last: date, counted: int) -> None:
    assert annual_return([a_notice("open").file], first, last)["pn_issued"] == counted


def test_the_records_keep_payments_with_their_dates_and_the_register_is_one_schools() -> None:
    file = a_notice("paid on day 22").file
    [kept] = records([file], *YEAR)
    assert tuple(kept) == RECORDS
    assert (kept["paid_pence"], kept["payments"], kept["withdrawn"]) == (16000, "16000 on 2024-10-31", "")
    [line] = register([file], URN, *YEAR)
    assert tuple(line) == REGISTER
    assert (line["state"], line["paid"], line["main_reason"]) == ("paid", "full", "holiday")
    assert register([file], "999999", *YEAR) == []


@given(day=st.integers(min_value=1, max_value=60), heard_after=st.integers(min_value=0, max_value=40))
def test_the_day_of_the_settling_money_decides_the_column_whenever_and_wherever_it_was_heard_of(
    day: int, heard_after: int
) -> None:
    life = with_holiday(today=date(2024, 10, 4))
    notice = life.served(life.issue(), date(2024, 10, 8))
    assert notice.served_on
    paid_on = notice.served_on + timedelta(days=day - 1)
    review = date(2024, 11, 7)
    for each in sorted({paid_on + timedelta(days=heard_after), review}):
        life.go_to(each)
        if each == review and life.notice(notice).state == "expired_unpaid":
            assert life.do(ReviewProsecution) == ()
        if each == paid_on + timedelta(days=heard_after):
            amount = 8000 if day <= 21 else 16000
            assert life.do(RecordPayment, amount=amount, paid_on=paid_on, payment_reference="r-1") == ()
    if life.notice(notice).state == "held":
        assert life.do(ResolveHold, decision="accept_payment", reason="it is there") == ()
    elif life.notice(notice).state == "paid_late":
        assert life.do(DecidePayment, decision="accept", reason="it is there") == ()
    column = "pn_paid_21" if day <= 21 else "pn_paid_22_28" if day <= 28 else "pn_paid_other"
    row = annual_return([life.file], *YEAR)
    assert [name for name in ANNUAL if name.startswith("pn_") and row[name]] == ["pn_issued", column]


def test_money_after_the_settling_one_changes_no_column() -> None:
    life = a_notice("paid on day 21")
    life.go_to(date(2024, 11, 20))
    assert life.do(RecordPayment, amount=8000, paid_on=life.today, payment_reference="r-2") == ()
    assert annual_return([life.file], *YEAR)["pn_paid_21"] == 1
    assert life.do(DecidePayment, decision="repay", reason="twice") == ()
    row = annual_return([life.file], *YEAR)
    assert (row["pn_paid_21"], row["pn_paid_22_28"], row["pn_paid_other"]) == (1, 0, 0)


@pytest.mark.parametrize("then", ["held", "paid", "withdrawn", "convicted", "nothing"])
def test_prosecuted_stays_true_whatever_comes_after_proceedings_began(then: str) -> None:
    life = a_notice("prosecuted")
    life.go_to(date(2024, 12, 2))
    late = {"amount": 16000, "paid_on": life.today, "payment_reference": "r-1"}
    if then in {"held", "paid"}:
        assert life.do(RecordPayment, **late) == ()
    if then == "paid":
        assert life.do(ResolveHold, decision="accept_payment", reason="better late") == ()
    if then == "withdrawn":
        assert life.do(WithdrawNotice, ground="wrong_person") == ()
    if then == "convicted":
        assert life.do(RecordOutcome, outcome="convicted", decided_on=life.today) == ()
    row = annual_return([life.file], *YEAR)
    assert row["pn_prosecuted_non_payment"] == 1
    assert row["pn_unresolved"] == 0
    assert (row["pn_paid_other"], row["pn_withdrawn_wrong_person"]) == (then == "paid", then == "withdrawn")
    [kept] = records([life.file], *YEAR)
    assert kept["prosecuted"] == ("convicted" if then == "convicted" else "proceedings")


def test_a_payment_that_the_bank_took_back_is_in_the_records_and_says_so() -> None:
    life, _ = served()
    for number in (1, 2):
        life.do(RecordPayment, amount=8000, paid_on=life.today, payment_reference=f"r-{number}")
    life.do(ReversePayment, payment_reference="r-1", reversed_on=life.today)
    [row] = records([life.file], date(2024, 1, 1), date(2025, 12, 31))
    day = life.today.isoformat()
    assert row["payments"] == f"8000 on {day} (taken back by the bank); 8000 on {day}"
    assert row["paid_pence"] == 8000


@pytest.mark.parametrize(("code", "reason"), [("G", "holiday"), ("U", "late"), ("O", "other")])
def test_where_no_school_asked_the_main_reason_is_what_most_sessions_are(code: str, reason: str) -> None:
    life = Life()
    life.absent(date(2024, 9, 9), 10, code)
    notice = life.issue()
    unasked = replace(life.file, history=tuple(each for each in life.file.history if each["what"] != "requested"))
    assert main_reason(unasked, notice) == reason
