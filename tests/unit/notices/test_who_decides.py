"""Two people see every notice; outcomes of courts are a role's to record; no day to come is recorded as past."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.attendance.policy import Policies, shipped
from services.notices.casefile.words import sentence
from shared.contracts.casework import (
    RecordHistory,
    RecordOutcome,
    RecordPayment,
    RecordRefund,
    RecordRepresentation,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from tests.casework import OFFICER, SCHOOL, Life, with_holiday

ANOTHER = {**OFFICER, "id": "o-2", "name": "Sam Reid"}


def under(monkeypatch: pytest.MonkeyPatch, **issue: Any) -> None:
    """The shipped policies with other values of who decides."""
    changed = tuple(
        each.model_copy(update={"issue": each.issue.model_copy(update=issue)}) for each in shipped().versions
    )
    moment = Life.moment
    monkeypatch.setattr(Life, "moment", lambda life, *cause: replace(moment(life, *cause), policies=Policies(changed)))


@pytest.mark.parametrize("entered", [{"entered_by": OFFICER}, {"requested_by": OFFICER}])
@pytest.mark.parametrize("officer_id", ["o-1", " O-1 "])
def test_who_asked_or_entered_the_request_does_not_authorise_it(entered: dict[str, Any], officer_id: str) -> None:
    life = with_holiday()
    assert life.request("p-1", **entered) == ()
    assert life.authorise("p-1", officer={**OFFICER, "id": officer_id}) == ("second_person_needed",)
    assert life.authorise("p-1", officer=ANOTHER) == ()


def test_the_school_s_person_who_asked_is_named_beside_whoever_entered_it() -> None:
    life = with_holiday()
    assert life.request("p-1", requested_by=SCHOOL, entered_by=OFFICER) == ()
    [asked] = [entry for entry in life.file.history if entry["what"] == "requested"]
    assert (asked["asked_by"], asked["entered_by"]) == (SCHOOL, OFFICER)
    assert sentence(asked).endswith("Chris Amis, Attendance Lead. Entered by Jo Harwood, Attendance Officer.")


def test_only_the_last_request_matters_and_an_authority_may_do_without_a_second_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = with_holiday()
    assert life.request("p-1", entered_by=OFFICER) == ()
    under(monkeypatch, second_person=False)
    assert life.authorise("p-1") == ()


def before_the_court() -> Life:
    life = with_holiday(today=date(2024, 10, 4))
    notice = life.served(life.issue(), date(2024, 10, 8))
    life.go_to(date(2024, 11, 7))
    assert life.do(ReviewProsecution) == ()
    life.go_to(date(2024, 11, 11))
    assert life.do(StartProsecution, token=life.token(notice), reason="unpaid") == ()
    life.go_to(date(2024, 12, 2))
    return life


def test_how_a_court_decided_is_recorded_by_the_roles_of_the_policy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    life = before_the_court()
    said = {"outcome": "convicted", "decided_on": life.today}
    clerk = {"id": "c-1", "name": "Kim Day", "role": "Clerk"}
    assert life.do(RecordOutcome, **said, officer=clerk) == ("role_not_allowed",)
    under(monkeypatch, court_roles=("Clerk",))
    assert life.do(RecordOutcome, **said) == ("role_not_allowed",)
    assert life.do(RecordOutcome, **said, officer=clerk) == ()


def test_a_policy_of_before_lets_those_who_issue_record_outcomes() -> None:
    issue = type(shipped().versions[-1].issue).model_validate({"officer_roles": ["Head"]})
    assert (issue.second_person, issue.may_record_outcomes) == (True, ("Head",))


@given(days=st.integers(min_value=-60, max_value=60))
def test_a_court_decides_between_the_beginning_of_proceedings_and_today(days: int) -> None:
    life = before_the_court()
    decided_on = life.today + timedelta(days=days)
    why = "in_the_future" if days > 0 else "before_the_proceedings" if decided_on < date(2024, 11, 11) else None
    assert life.do(RecordOutcome, outcome="acquitted", decided_on=decided_on) == ((why,) if why else ())


@given(days=st.integers(min_value=-60, max_value=60))
def test_money_goes_back_between_the_payment_and_today(days: int) -> None:
    life = with_holiday(today=date(2024, 10, 4))
    life.served(life.issue(), date(2024, 10, 8))
    life.go_to(date(2024, 10, 20))
    assert life.do(RecordPayment, amount=8000, paid_on=date(2024, 10, 15), payment_reference="R-1") == ()
    assert life.do(WithdrawNotice, ground="wrong_person") == ()
    refunded_on = life.today + timedelta(days=days)
    why = "in_the_future" if days > 0 else "before_the_payment" if refunded_on < date(2024, 10, 15) else None
    refund = {"amount": 8000, "refunded_on": refunded_on, "payment_reference": "B-1"}
    assert life.do(RecordRefund, **refund) == ((why,) if why else ())


def test_nothing_else_that_people_date_is_recorded_of_a_day_to_come() -> None:
    life = with_holiday(today=date(2024, 10, 4))
    life.issue()
    tomorrow = life.today + timedelta(days=1)
    assert life.do(RecordRepresentation, received_on=tomorrow, summary="It was illness.") != ()
    told = [{"issued_on": tomorrow, "sequence": 1}]
    assert life.do(RecordHistory, authority="Suffolk", parent_id="p-1", notices=told) == ("in_the_future",)
