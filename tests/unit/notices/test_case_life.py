"""Support, referral, clocks, representations, returned letters, prosecution and its race: a case from end to end."""

from datetime import date, timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import NOTICE
from services.notices.casefile.words import KINDS
from shared.contracts.casework import (
    ChooseAlternative,
    DecideNoticeToImprove,
    DecidePayment,
    DecideRepresentation,
    DeclineNotice,
    IssueNoticeToImprove,
    RecordOutcome,
    RecordPayment,
    RecordRepresentation,
    RecordSupport,
    ReissueNotice,
    ResolveHold,
    ReturnRequest,
    ReviewProsecution,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from shared.contracts.notices import (
    NoticeExpired,
    NoticeReissued,
    NoticeRequested,
    NoticeReturned,
    NoticeServed,
    NoticeToImproveIssued,
    OfficerPrompted,
)
from shared.machine import Machine
from tests.casework import PAPERS, Life, parent, term, with_holiday

CONTENT = dict.fromkeys(("attendance", "support_given", "further_support", "success", "early_breach"), "told")
IMPROVE = {"parents": ["p-1"], "issued_by": "school", "content": CONTENT, "school_weeks": 6}


def served(on: date = date(2024, 10, 8)) -> tuple[Life, Notice]:
    life = with_holiday(today=on - timedelta(days=4))
    notice = life.issue()
    return life, life.served(notice, on)


def expired() -> tuple[Life, Notice]:
    life, notice = served()
    life.go_to(date(2024, 11, 7))
    return life, life.notice(notice)


def in_review() -> tuple[Life, Notice]:
    life, notice = expired()
    assert life.do(ReviewProsecution) == ()
    return life, notice


def codes(life: Life) -> list[str]:
    return [prompt.code for prompt in life.said(OfficerPrompted)]


# Every state


@pytest.mark.parametrize("machine", [CASE, NOTICE], ids=["case", "notice"])
def test_every_state_can_be_reached_and_left_and_means_something(machine: Machine) -> None:
    reached, grows = {machine.start}, True
    while grows:
        targets = {end for start, _, end in machine.arrows() if start in reached}
        grows = not targets <= reached
        reached |= targets
    assert reached == set(machine.states) == set(machine.moves)
    assert all(any(end != state for start, _, end in machine.arrows() if start == state) for state in machine.states)


def test_every_move_has_its_sentence_in_the_story() -> None:
    assert {move for machine in (CASE, NOTICE) for _, move, _ in machine.arrows()} <= KINDS


# Support first


def test_a_notice_to_improve_runs_six_school_weeks_without_the_half_term() -> None:
    closed = [date(2024, 10, 28) + timedelta(days=n) for n in range(5)]
    life = with_holiday(weeks=term(date(2024, 9, 2), date(2025, 7, 22), closed))
    life.do(RecordSupport, support="a meeting with the family", offered_on=date(2024, 9, 20), engaged=False)
    assert life.file.state == "support_first"
    assert life.do(IssueNoticeToImprove, starts_on=date(2024, 9, 23), **IMPROVE) == ()
    [sent] = life.said(NoticeToImproveIssued)
    assert sent.ends_on == date(2024, 11, 8)
    life.go_to(date(2024, 11, 8))
    assert life.do(DecideNoticeToImprove, outcome="failed", reason="no change") == ("period_not_over",)
    life.go_to(date(2024, 11, 9))
    assert "nti_ended_0" in codes(life)
    assert life.do(DecideNoticeToImprove, outcome="failed", reason="no change") == ()
    assert life.request(route="support_not_engaged") == ()


def test_absence_during_a_notice_to_improve_prompts_a_person_who_may_breach_it_early() -> None:
    life = with_holiday()
    life.do(IssueNoticeToImprove, starts_on=date(2024, 9, 23), **IMPROVE)
    life.go_to(date(2024, 9, 27))
    assert codes(life) == []
    life.absent(date(2024, 9, 26), 2)
    life.go_to(date(2024, 9, 30))
    assert codes(life) == ["nti_absent_2"]
    early = {"outcome": "breached", "reason": "absent at once"}
    assert life.do(DecideNoticeToImprove, **early) == ("parents_not_told",)
    assert life.do(DecideNoticeToImprove, **early, parents_told_on=life.today) == ()
    assert life.file.state == "nti_failed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"school_weeks": 7}, "period_not_allowed"),
        ({"school_weeks": 2}, "period_not_allowed"),
        ({"issued_by": "authority"}, "wrong_issuer"),
        ({"parents": ["p-9"]}, "parent_unknown"),
    ],
)
def test_what_the_policy_does_not_allow_in_a_notice_to_improve(change: dict[str, object], code: str) -> None:
    assert with_holiday().do(IssueNoticeToImprove, **{"starts_on": date(2024, 9, 23), **IMPROVE, **change}) == (code,)


# Referral


def test_a_complete_request_is_to_be_decided_within_ten_working_days() -> None:
    life = with_holiday()
    life.request()
    [asked] = life.said(NoticeRequested)
    assert (asked.decide_by, asked.late) == (date(2024, 10, 7), False)
    life.go_to(date(2024, 10, 8))
    assert codes(life) == ["decide_today", "decide_late"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"evidence": []}, "papers_missing"),
        ({"addresses_checked": []}, "address_not_checked"),
        ({"parents": ("p-9",), "addresses_checked": ["p-9"]}, "parent_unknown"),
        ({"offence_to": date(2024, 9, 1)}, "period_runs_backwards"),
        ({"route": "support_has_not_worked", "evidence": [{"kind": kind, "reference": "f"} for kind in PAPERS[:3]]},
         "support_not_shown"),
    ],
)  # fmt: skip
def test_an_incomplete_request_goes_back_to_the_school_with_its_reasons(change: dict[str, object], code: str) -> None:
    life = with_holiday()
    assert life.request(**change) == ()
    assert life.file.state == "returned_to_school"
    [returned] = life.said(NoticeReturned)
    assert code in [reason.code for reason in returned.reasons]
    assert life.request() == ()
    assert life.file.state == "requested"


def test_the_same_request_again_is_none() -> None:
    life = with_holiday()
    life.request()
    assert life.request() == ("repeated",)


@pytest.mark.parametrize(("returned", "late"), [(date(2024, 9, 16), False), (date(2024, 9, 13), True)])
def test_a_request_more_than_ten_school_days_after_the_return_is_flagged_late(returned: date, late: bool) -> None:
    life = with_holiday(today=date(2024, 9, 30))
    life.request(returned_on=returned)
    assert life.said(NoticeRequested)[0].late is late


def test_a_request_that_was_returned_or_declined_does_not_lie_about() -> None:
    life = with_holiday()
    life.request()
    reason = {"code": "names_incomplete", "words": "Give the father's full name."}
    assert life.do(ReturnRequest, reasons=[reason]) == ()
    life.request()
    assert life.do(DeclineNotice, reason="a bereavement") == ()
    life.look()
    assert life.file.state == "declined"
    life.absent(date(2024, 9, 18), 1)
    assert life.file.state == "threshold_met"


def test_what_is_impossible_now_is_refused() -> None:
    life = with_holiday()
    assert life.do(DecideNoticeToImprove, outcome="improved", reason="x") == ("impossible_now",)
    assert life.do(ChooseAlternative, alternative="x") == ("impossible_now",)


# Clocks


def test_friday_4_october_2024_at_six_is_served_on_thursday_and_due_until_6_november() -> None:
    life, notice = served()
    assert (notice.served_on, notice.discount_until, notice.pay_until) == (
        date(2024, 10, 10),
        date(2024, 10, 30),
        date(2024, 11, 6),
    )
    [told] = life.said(NoticeServed)
    assert told.posted_on == date(2024, 10, 8)


@pytest.mark.parametrize(
    ("posted", "served_on"),
    [
        (date(2024, 12, 23), date(2024, 12, 27)),
        (date(2025, 4, 17), date(2025, 4, 23)),
        (date(2025, 3, 28), date(2025, 4, 1)),
        (date(2024, 10, 25), date(2024, 10, 29)),
        (date(2025, 8, 22), date(2025, 8, 27)),
    ],
    ids=["Christmas", "Easter", "clocks forward", "clocks back", "August bank holiday"],
)
def test_deemed_service_skips_weekends_and_bank_holidays(posted: date, served_on: date) -> None:
    _, notice = served(posted)
    assert notice.served_on == served_on
    assert notice.state == "discount_period"


def test_an_unpaid_notice_is_put_before_an_officer_on_its_days_and_never_rests() -> None:
    life, notice = served()
    life.go_to(date(2024, 10, 30))
    assert (life.notice(notice).state, codes(life)) == ("discount_period", ["day_15", "day_20"])
    life.go_to(date(2024, 10, 31))
    assert (life.notice(notice).state, codes(life)[-1]) == ("full_period", "day_22")
    life.go_to(date(2024, 11, 6))
    assert (life.notice(notice).state, life.said(NoticeExpired)) == ("full_period", [])
    life.go_to(date(2024, 11, 7))
    assert (life.notice(notice).state, codes(life)[-1]) == ("expired_unpaid", "day_29")
    before = len(codes(life))
    life.go_to(date(2025, 1, 2))
    assert len(codes(life)) == before + 8


# Representations and letters


def test_a_representation_holds_our_next_step_and_not_the_statutory_days() -> None:
    life, notice = served()
    facts = {"received_on": life.today, "summary": "the child was ill"}
    assert life.do(RecordRepresentation, **facts) == ()
    life.go_to(date(2024, 11, 7))
    assert life.notice(notice).state == "representation"
    assert "day_29" in codes(life)
    assert life.do(DecideRepresentation, outcome="rejected", reason="not shown") == ()
    assert life.notice(notice).state == "expired_unpaid"


def test_an_upheld_representation_withdraws_on_its_ground() -> None:
    life, notice = served()
    life.do(RecordRepresentation, received_on=life.today, summary="the child was ill")
    assert life.do(DecideRepresentation, outcome="upheld", reason="ill") == ("ground_missing",)
    ground = "ought_not_to_have_been_issued"
    assert life.do(DecideRepresentation, outcome="upheld", reason="ill", ground=ground) == ()
    assert (life.notice(notice).state, life.notice(notice).stands) == ("withdrawn", False)


def test_a_letter_that_comes_back_on_day_40_stops_the_prosecution_until_it_is_posted_anew() -> None:
    life, notice = in_review()
    life.go_to(date(2024, 11, 18))
    life.comes_back(notice)
    assert life.notice(notice).state == "held"
    assert life.do(StartProsecution, token=life.token(notice), reason="unpaid") == ("impossible_now",)
    assert life.do(ResolveHold, decision="continue", reason="post it again") == ()
    assert life.notice(notice).state == "returned_undelivered"
    assert life.do(ReissueNotice, reason="moved") == ("address_unchanged",)
    life.moves_house(1, Address(lines=("2 New Road", "Cromer"), postcode="NR27 9AA"))
    assert life.do(ReissueNotice, reason="moved") == ()
    [again] = life.said(NoticeReissued)
    assert (again.letter, again.content.recipient.address.postcode) == (2, "NR27 9AA")
    life.served(notice, date(2024, 11, 20))
    assert (life.notice(notice).served_on, life.notice(notice).state) == (date(2024, 11, 22), "discount_period")


@pytest.mark.parametrize(("decision", "state"), [("repay", "returned_undelivered"), ("accept", "paid")])
def test_money_on_a_letter_that_came_back_is_decided_on_before_it_is_posted_again(decision: str, state: str) -> None:
    life, notice = served()
    assert life.do(RecordPayment, amount=4000, paid_on=life.today, payment_reference="pay-1") == ()
    life.comes_back(notice)
    life.moves_house(1, Address(lines=("2 New Road", "Cromer"), postcode="NR27 9AA"))
    assert life.do(ReissueNotice, reason="moved") == ("money_open",)
    assert life.do(DecidePayment, decision=decision, reason="as the parent asks") == ()
    assert (life.notice(notice).state, life.notice(notice).open_money) == (state, 0)
    assert life.do(ReissueNotice, reason="moved") == (() if decision == "repay" else ("impossible_now",))


# Registers that change, and the race


def test_a_corrected_session_is_told_and_withdraws_nothing() -> None:
    life, notice = served()
    life.correct(date(2024, 9, 9), "AM", None)
    assert (life.notice(notice).state, life.notice(notice).lost_sessions) == ("discount_period", 1)
    assert codes(life) == ["evidence_changed"]
    assert life.facts.assessment().count == 9
    life.correct(date(2024, 9, 9), "AM", "G", 3)
    assert life.notice(notice).lost_sessions == 0


def test_a_prosecution_needs_the_token_of_now() -> None:
    life, notice = in_review()
    assert life.do(StartProsecution, token="stale", reason="unpaid") == ("token_stale",)
    assert life.do(StartProsecution, token=life.token(notice), reason="unpaid") == ()
    assert life.notice(notice).state == "proceedings"
    assert life.do(RecordOutcome, outcome="convicted", decided_on=life.today) == ()
    life.go_to(life.today + timedelta(days=28))
    assert life.notice(notice).state == "closed"


def test_registers_that_change_before_the_case_has_heard_make_the_token_stale() -> None:
    life, notice = in_review()
    token = life.token(notice)
    place = min(notice.slots)
    del life.marks[place]
    assert life.do(StartProsecution, token=token, reason="unpaid") == ("token_stale",)


def test_a_payment_the_day_before_the_hearing_stops_everything() -> None:
    life, notice = in_review()
    life.do(StartProsecution, token=life.token(notice), reason="unpaid")
    paid = {"amount": 16000, "paid_on": date(2024, 11, 6), "payment_reference": "r-1"}
    assert life.do(RecordPayment, **paid) == ()
    assert life.notice(notice).state == "held"
    assert life.do(RecordOutcome, outcome="convicted", decided_on=life.today) == ("impossible_now",)
    assert life.do(ResolveHold, decision="continue", reason="x") == ("payment_open",)
    assert life.do(ResolveHold, decision="accept_payment", reason="paid in time") == ()
    assert life.notice(notice).state == "paid"


NEWS = ("payment", "representation", "correction", "letter", "withdrawal")


@pytest.mark.parametrize("order", list(permutations((*NEWS[:3], "court"))), ids="-".join)
@pytest.mark.parametrize("last", NEWS)
def test_whatever_the_order_the_court_hears_nothing_stale(order: tuple[str, ...], last: str) -> None:
    life, notice = in_review()
    token = life.token(notice)
    for step in (*order, last):
        before = life.notice(notice).state
        if step == "court":
            done = life.do(StartProsecution, token=token, reason="unpaid")
            assert (done == ()) is (order[0] == "court")
        else:
            _news(life, notice, step)
            assert life.notice(notice).state in {"held", "withdrawn"} or before not in {"proceedings", "held"}
    assert life.notice(notice).state in {"held", "withdrawn"}
    assert life.do(RecordOutcome, outcome="convicted", decided_on=life.today) == ("impossible_now",)
    assert life.notice(notice).open_money == life.notice(notice).paid


def _news(life: Life, notice: Notice, step: str) -> None:
    if step == "payment":
        reference = str(uuid4())
        assert life.do(RecordPayment, amount=16000, paid_on=life.today, payment_reference=reference) == ()
    elif step == "representation":
        assert life.do(RecordRepresentation, received_on=life.today, summary="ill") == ()
    elif step == "correction":
        life.correct(date(2024, 9, 9), "AM", None, life.marks[min(notice.slots)].revision + 1)
    elif step == "letter":
        life.comes_back(notice)
    else:
        assert life.do(WithdrawNotice, ground="material_error") == ()


def test_a_pupil_who_moves_keeps_sessions_and_notices() -> None:
    life = with_holiday()
    notice = life.issue()
    life.parents = (parent(1),)
    assert life.notice(notice).half_days == life.file.used("p-1")
