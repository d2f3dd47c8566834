"""The authority's papers count every notice once, by what came of it."""

from datetime import date, timedelta

import pytest

from services.notices.returns import ANNUAL, RECORDS, REGISTER, annual_return, records, register
from shared.contracts.casework import (
    DecidePayment,
    RecordPayment,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from tests.casework import Life, with_holiday
from tests.making import URN

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
