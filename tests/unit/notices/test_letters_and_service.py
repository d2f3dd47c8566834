"""A notice's clock moves with its own letter only; what failed is not what came back; a parent may say nothing came."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.attendance.policy import shipped
from services.notices.attendance.six_months import last_day
from services.notices.casefile.clocks import clocks
from services.notices.casefile.notice import Notice
from shared.contracts.casework import (
    DecideRepresentation,
    DecideService,
    DisputeService,
    RaiseQuestion,
    RecordPayment,
    RecordRepresentation,
    ReissueNotice,
    ResolveHold,
    ReviewProsecution,
    SettleQuestion,
    StartProsecution,
    WithdrawNotice,
)
from shared.contracts.notices import NoticeReissued, OfficerPrompted
from tests.casework import Life, with_holiday
from tests.unit.notices.test_case_life import codes, expired, in_review, served

WHY = {"reason": "as the officer says"}


def issued() -> tuple[Life, Notice]:
    life = with_holiday(today=date(2024, 10, 4))
    return life, life.issue()


@pytest.mark.parametrize(
    ("posted", "second_class"),
    [
        (date(2024, 10, 3), date(2024, 10, 9)),
        (date(2024, 10, 4), date(2024, 10, 10)),
        (date(2024, 10, 8), date(2024, 10, 14)),
        (date(2024, 12, 23), date(2024, 12, 31)),
    ],
)
def test_second_class_post_is_served_on_the_fourth_working_day(posted: date, second_class: date) -> None:
    policy = shipped().versions[0]
    assert clocks(posted, 1, policy, "second").served_on == second_class
    assert clocks(posted, 1, policy, "first") == clocks(posted, 1, policy)


@given(letters=st.lists(st.sampled_from(("withdrawal_letter", "payment_reminder", "notice_to_improve")), max_size=4))
def test_no_letter_but_the_notices_own_moves_its_clock(letters: list[str]) -> None:
    life, notice = served()
    life.do(WithdrawNotice, ground="wrong_person")
    before = life.notice(notice)
    for template in letters:
        life.go_to(life.today + timedelta(days=1))
        life.post(notice, template=template)
    after = life.notice(notice)
    assert (after.posted_on, after.served_on, after.pay_until) == (before.posted_on, before.served_on, before.pay_until)


def test_a_second_different_day_of_posting_is_a_question_for_a_person() -> None:
    life, notice = served()
    life.post(notice, date(2024, 10, 9))
    after = life.notice(notice)
    assert (after.posted_on, set(after.questions)) == (date(2024, 10, 8), {"dispatch"})
    assert codes(life)[-1] == "dispatch"
    life.post(notice, date(2024, 10, 8))
    assert life.do(SettleQuestion, about="dispatch", **WHY) == ()


def test_a_day_of_posting_that_cannot_be_sets_no_clock() -> None:
    life, notice = issued()
    for day in (date(2024, 10, 3), date(2062, 1, 1)):
        life.post(notice, day)
        assert life.notice(notice).posted_on is None
        assert "dispatch" in life.notice(notice).questions


def test_a_letter_that_failed_and_was_posted_after_all_runs_its_clock() -> None:
    life, notice = issued()
    life.fails(notice)
    assert life.notice(notice).state == "returned_undelivered"
    assert "could not be sent" in life.said(OfficerPrompted)[-1].words
    life.go_to(date(2024, 10, 8))
    life.post(notice)
    life.go_to(date(2024, 11, 7))
    assert life.notice(notice).state == "expired_unpaid"


def test_a_letter_that_failed_may_be_sent_again_to_the_same_address_after_anything_else() -> None:
    life, notice = issued()
    life.fails(notice)
    life.do(RecordRepresentation, received_on=life.today, summary="ill")
    assert life.do(DecideRepresentation, outcome="rejected", **WHY) == ()
    assert life.notice(notice).state == "returned_undelivered"
    assert life.do(ReissueNotice, **WHY) == ()
    life.post(notice, template="penalty_notice")  # the first letter, after all: it counts no more
    assert life.notice(notice).posted_on is None
    life.post(notice)
    assert life.notice(notice).posted_on == life.today


def test_a_letter_of_which_nobody_says_that_it_was_posted_is_asked_about_and_may_be_sent_again() -> None:
    life, _ = issued()
    assert life.do(ReissueNotice, **WHY) == ("letter_on_its_way",)
    life.go_to(date(2024, 10, 20))
    assert any(code.startswith("unposted") for code in codes(life))
    assert life.do(ReissueNotice, **WHY) == ()


def test_a_letter_goes_again_only_to_the_name_and_the_address_that_the_officer_means() -> None:
    life, notice = issued()
    life.fails(notice)
    other = {"lines": ("9 Else Street",), "postcode": "NR1 1AA"}
    assert life.do(ReissueNotice, address=other, **WHY) == ("recipient_changed",)
    life.parents = tuple(each.model_copy(update={"name": "Somebody Else"}) for each in life.parents)
    assert life.do(ReissueNotice, **WHY) == ("recipient_changed",)


# Service disputed


def test_a_parent_who_says_that_nothing_came_holds_our_step_and_not_the_days() -> None:
    life, notice = served()
    assert life.do(DisputeService, received_on=life.today, summary="no letter came") == ()
    assert life.notice(notice).state == "service_disputed"
    life.go_to(date(2024, 11, 7))
    assert life.notice(notice).state == "service_disputed"
    assert life.do(DecideService, decision="go_on", **WHY) == ()
    assert life.notice(notice).state == "expired_unpaid"


def test_serving_again_begins_a_new_clock_at_the_same_address() -> None:
    life, notice = served()
    life.do(DisputeService, received_on=life.today, summary="no letter came")
    assert life.do(DecideService, decision="serve_again", **WHY) == ()
    [again] = life.said(NoticeReissued)
    assert again.letter == 2
    assert (life.notice(notice).state, life.notice(notice).pay_until) == ("issued", None)
    life.served(notice, date(2024, 10, 15))
    assert life.notice(notice).served_on == date(2024, 10, 17)


def test_without_proof_of_posting_nothing_goes_on() -> None:
    life, notice = issued()
    life.do(DisputeService, received_on=life.today, summary="no letter came")
    assert life.do(DecideService, decision="go_on", **WHY) == ("no_proof_of_posting",)
    assert life.notice(notice).state == "service_disputed"


def test_a_dispute_an_unread_letter_and_a_representation_each_hold_the_court_step() -> None:
    asks = {
        "service": lambda life: life.do(DisputeService, received_on=life.today, summary="no letter"),
        "correspondence": lambda life: life.do(RaiseQuestion, about="correspondence", summary="a letter lies unread"),
        "representation": lambda life: life.do(RecordRepresentation, received_on=life.today, summary="ill"),
    }
    for what, ask in asks.items():
        life, notice = in_review()
        assert ask(life) == ()
        assert life.notice(notice).state == "held"
        before, notice = expired()
        if what != "representation":
            ask(before)
            if before.notice(notice).state == "expired_unpaid":
                assert before.do(ReviewProsecution) == ()
                done = before.do(StartProsecution, token=before.token(notice), **WHY)
                assert done == (f"{what}_open",)


# Six months


def test_after_six_months_only_withdrawal_is_left() -> None:
    life, notice = in_review()
    last = last_day(date(2024, 9, 13))
    life.go_to(last)
    assert "four_months" in codes(life)
    life.go_to(last + timedelta(days=1))
    assert codes(life).count("six_months") == 1
    assert life.do(StartProsecution, token=life.token(notice), **WHY) == ("six_months_over",)
    assert life.do(WithdrawNotice, ground="no_proceedings") == ()


def test_on_the_last_day_of_the_six_months_proceedings_can_begin() -> None:
    life, notice = in_review()
    life.go_to(last_day(date(2024, 9, 13)))
    assert life.do(StartProsecution, token=life.token(notice), **WHY) == ()


def test_no_stale_prompts_are_said_when_a_notice_catches_up() -> None:
    life, _ = served()
    life.do(RecordRepresentation, received_on=life.today, summary="ill")
    file = life.file
    life.today = date(2024, 12, 20)  # nobody was there to look meanwhile
    assert life.do(DecideRepresentation, outcome="rejected", **WHY) == ()
    told = [prompt for prompt in life.said(OfficerPrompted) if prompt.code.startswith("day_")]
    assert [prompt.code for prompt in told] == ["day_29"]
    assert told[0].words.startswith("Day 72, unpaid")
    assert file != life.file


def test_a_withdrawn_offence_is_never_prosecuted() -> None:
    life, first = served()
    life.do(WithdrawNotice, ground="material_error")
    second = life.issue()
    life.served(second, life.today + timedelta(days=1))
    life.go_to(life.notice(second).pay_until + timedelta(days=1))  # type: ignore[operator]
    about = {"notice": second.reference}
    assert life.do(ReviewProsecution, **about) == ()
    assert life.do(StartProsecution, **about, token=life.token(second), **WHY) == ("offence_withdrawn",)
    assert first.half_days == second.half_days


def test_a_prosecution_whose_letter_came_back_is_given_up_not_continued() -> None:
    life, notice = in_review()
    life.do(StartProsecution, token=life.token(notice), **WHY)
    life.comes_back(notice)
    assert life.do(ResolveHold, decision="continue", **WHY) == ("letter_returned",)


def test_a_notice_that_was_paid_in_time_is_not_served_again_though_a_parent_says_that_nothing_came() -> None:
    life, notice = in_review()
    life.do(RecordPayment, amount=16000, paid_on=date(2024, 11, 1), payment_reference="r-1")
    life.do(DisputeService, received_on=life.today, summary="no letter came")
    assert life.do(DecideService, decision="serve_again", reason="to be sure") == ("paid_in_time",)
    assert life.do(ResolveHold, decision="accept_payment", reason="paid in time") == ()
    assert life.notice(notice).state == "paid"
    assert life.do(DecideService, decision="go_on", reason="it is paid") == ()
    assert life.notice(notice).waits_for is None
