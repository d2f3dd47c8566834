"""To whom a notice goes: what the officer saw, one person under several ids, and nobody who would be endangered."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.parents import Links
from shared.contracts.casework import (
    ConfirmAddress,
    FlagSafety,
    IssueNoticeToImprove,
    LiftSafety,
    LinkParent,
    RecordHistory,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeIssued, NoticeReturned, NoticeWithdrawn
from tests.casework import HOME, Life, parent, with_holiday
from tests.unit.notices.test_case_life import IMPROVE

ONE = [{"issued_on": date(2024, 9, 2), "sequence": 1}]
ELSEWHERE = Address(lines=("7 Far Lane", "Ipswich"), postcode="IP1 1AA")


# What the officer saw


def _renamed(life: Life) -> None:
    life.parents = tuple(each.model_copy(update={"name": "Robin Else"}) for each in life.parents)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda life: life.moves_house(1, ELSEWHERE), "the parent's name or address"),
        (_renamed, "the parent's name or address"),
        (lambda life: life.absent(date(2024, 9, 16), 1), "the sessions counted"),
        (
            lambda life: life.do(RecordHistory, authority="Suffolk", parent_id="p-1", notices=ONE),
            "first or second notice",
        ),
    ],
)
def test_a_decision_on_a_letter_that_would_say_something_else_now_is_refused_and_says_what(change, says) -> None:  # type: ignore[no-untyped-def]
    life = with_holiday()
    life.request()
    seen = life.sees()
    change(life)
    assert life.authorise(evidence_hash=seen) == ("evidence_changed",)
    assert says in life.file.history[-1]["reasons"][0]["words"]
    assert life.said(NoticeIssued) == []
    assert life.authorise() == ()


def test_what_one_parent_is_sent_is_no_matter_of_the_others_hash() -> None:
    life = with_holiday()
    life.request("p-1", "p-2")
    seen = life.sees("p-1")
    life.moves_house(2, ELSEWHERE)
    assert life.authorise("p-1", evidence_hash=seen) == ()


# Links

IDS = st.sampled_from(("p-1", "p-2", "p-3", "p-4", "p-5"))


@given(said=st.lists(st.tuples(IDS, IDS, st.booleans()).filter(lambda each: each[0] != each[1]), max_size=12))
def test_same_is_a_relation_of_classes_and_the_last_word_on_a_pair_counts(said: list[tuple[str, str, bool]]) -> None:
    links, last = Links(), dict[frozenset[str], bool]()
    for one, other, same in said:
        links = links.with_link(one, other, same)
        last[frozenset((one, other))] = same
    classes = [{each} for each in ("p-1", "p-2", "p-3", "p-4", "p-5")]
    for pair, same in last.items():
        if same:
            one, other = (next(each for each in classes if id_ in each) for id_ in pair)
            if one is not other:
                classes.remove(other)
                one |= other
    for members in classes:
        for id_ in members:
            assert links.ids(id_) == members
            assert links.person(id_) == min(members)
    apart = [pair for pair, same in last.items() if not same]
    torn = [pair for pair in apart if any(pair <= members for members in classes)]
    assert (links.contradiction() is None) == (not torn)


def test_a_chain_of_links_bars_a_third_notice() -> None:
    life = with_holiday(parents=(parent(1), parent(2), parent(3)))
    life.issue("p-1")
    for number, who in enumerate(("p-2", "p-3"), start=1):
        assert life.do(LinkParent, parent_id=who, earlier_id=f"p-{number}", same=True) == ()
    life.go_to(date(2024, 12, 2))
    life.absent(date(2024, 11, 4), 10)
    assert life.issue("p-2").sequence == 2
    life.go_to(date(2025, 3, 3))
    life.absent(date(2025, 2, 3), 10)
    life.request("p-3")
    assert "third_barred" in life.authorise("p-3")


def test_a_wrong_link_can_be_undone_and_links_that_contradict_each_other_are_refused() -> None:
    life = with_holiday(parents=(parent(1), parent(2), parent(3)))
    life.issue("p-1")
    assert life.do(LinkParent, parent_id="p-2", earlier_id="p-1", same=True) == ()
    assert life.file.standing("p-2")
    assert life.do(LinkParent, parent_id="p-2", earlier_id="p-3", same=True) == ()
    assert life.do(LinkParent, parent_id="p-3", earlier_id="p-1", same=False) == ("links_contradict",)
    assert life.do(LinkParent, parent_id="p-2", earlier_id="p-1", same=False) == ()
    assert life.file.standing("p-2") == []


def test_a_link_that_shows_a_third_notice_puts_it_before_a_person() -> None:
    life = with_holiday(parents=(parent(1), parent(2)))
    life.do(RecordHistory, authority="Essex", parent_id="p-1", notices=ONE)
    life.do(RecordHistory, authority="Suffolk", parent_id="p-2", notices=ONE)
    notice = life.issue("p-1")
    assert life.do(LinkParent, parent_id="p-2", earlier_id="p-1", same=True) == ()
    assert "third_notice" in life.notice(notice).questions


def test_an_authoritys_answer_counts_once_and_can_be_taken_back() -> None:
    life = with_holiday()
    for _ in range(3):
        life.do(RecordHistory, authority="Suffolk", parent_id="p-1", notices=ONE)
        life.go_to(life.today + timedelta(days=1))
    assert life.issue().sequence == 2
    life.do(RecordHistory, authority="Suffolk", parent_id="p-2", notices=ONE)
    life.do(RecordHistory, authority="Suffolk", parent_id="p-2", notices=[])
    assert life.issue("p-2").sequence == 1


# Safety


def flagged(**more: object) -> Life:
    life = with_holiday(parents=(parent(1, ELSEWHERE), parent(2)))
    life.request("p-1", "p-2")
    assert (
        life.do(FlagSafety, **{"kind": "domestic_abuse", "reason": "told by the school", "parent_id": "p-1", **more})
        == ()
    )
    return life


def test_nothing_is_posted_to_a_flagged_parent_until_an_officer_has_confirmed_the_address() -> None:
    life = flagged()
    assert life.authorise("p-1") == ("safe_address_unconfirmed",)
    assert life.do(ConfirmAddress, parent_id="p-1", address=HOME, reason="x") == ("address_differs",)
    assert life.do(ConfirmAddress, parent_id="p-1", address=ELSEWHERE, reason="spoken to her") == ()
    assert life.authorise("p-1") == ()
    life.do(FlagSafety, parent_id="p-1", kind="refuge", reason="moved out")
    notice = next(iter(life.file.notices))
    assert life.do(WithdrawNotice, notice=notice, ground="wrong_person") == ("safe_address_unconfirmed",)
    life.moves_house(1, Address(lines=("A safe place",), postcode="NR9 9ZZ"))
    safe = life.parents[0].address
    assert life.do(ConfirmAddress, parent_id="p-1", address=safe, reason="spoken to her") == ()
    assert life.do(WithdrawNotice, notice=notice, ground="wrong_person") == ()
    assert life.said(NoticeWithdrawn)[0].recipient.address == safe


def test_a_flag_on_the_case_concerns_every_parent_until_it_is_lifted() -> None:
    life = flagged(parent_id=None)
    assert life.authorise("p-2") == ("safe_address_unconfirmed",)
    assert life.do(LiftSafety, parent_id="p-1", reason="x") == ("no_flag",)
    assert life.do(LiftSafety, reason="a mistake") == ()
    assert life.authorise("p-2") == ()


def test_a_flagged_parents_address_is_never_printed_on_the_others_letter() -> None:
    life = flagged(parent_id="p-2")  # the child lives with p-2, at home
    assert life.authorise("p-1") == ("child_address_confidential",)


def test_a_confidential_address_of_the_child_stops_every_notice() -> None:
    life = flagged(child_address_confidential=True)
    assert "child_address_confidential" in life.authorise("p-2")


def test_a_notice_to_improve_of_the_authority_is_not_posted_to_an_address_that_nobody_confirmed() -> None:
    life = flagged()
    life.file = with_holiday().file
    life.do(FlagSafety, parent_id="p-1", kind="refuge", reason="told")
    sent = {**IMPROVE, "issued_by": "authority", "starts_on": life.today}
    assert "safe_address_unconfirmed" in life.do(IssueNoticeToImprove, **sent)


# Who is proposed


def returned(life: Life) -> list[str]:
    return [reason.code for reason in life.said(NoticeReturned)[-1].reasons]


def test_a_request_for_a_looked_after_child_goes_back_with_that_reason() -> None:
    life = with_holiday()
    assert life.request(looked_after=True) == ()
    assert returned(life) == ["looked_after"]


def test_a_parent_without_day_to_day_care_is_proposed_only_if_they_went_and_their_address_was_checked() -> None:
    away = parent(1).model_copy(update={"day_to_day_care": False})
    life = with_holiday(parents=(away, parent(2)))
    assert life.request() == ()
    assert returned(life) == ["no_day_to_day_care"]
    assert life.request(went_along=["p-1"]) == ()
    assert returned(life) == ["address_not_checked"]
    checked = life.today - timedelta(days=200)
    assert life.request(went_along=["p-1"], addresses_checked_on=checked) == ()
    assert returned(life) == ["address_not_checked"]
    assert life.request(went_along=["p-1"], addresses_checked_on=life.today - timedelta(days=100)) == ()
    assert life.file.state == "requested"


def test_a_confirmed_address_holds_for_that_address_alone() -> None:
    life = flagged()
    assert life.do(ConfirmAddress, parent_id="p-1", address=ELSEWHERE, reason="spoken to her") == ()
    life.moves_house(1, Address(lines=("8 Next Street", "Ipswich"), postcode="IP1 2BB"))
    assert life.authorise("p-1") == ("safe_address_unconfirmed",)
    life.moves_house(1, ELSEWHERE)
    assert life.authorise("p-1") == ()
