"""To whom a notice goes: what the officer saw, one person under several ids, and nobody who would be endangered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.attendance.policy import Policies
from services.notices.casefile.parents import Links
from services.notices.casefile.safety import Safety, unsafe_to_print
from services.notices.deciding.decision import Facts, SchoolFacts
from services.notices.deciding.issuing import authorise_notice
from shared.contracts.casework import (
    AuthoriseNotice,
    CaseCommand,
    ConfirmAddress,
    DecideService,
    DisputeService,
    FlagSafety,
    IssueNoticeToImprove,
    LiftSafety,
    LinkParent,
    RecordHistory,
    ReissueNotice,
    WithdrawNotice,
)
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeIssued, NoticeReissued, NoticeReturned, NoticeWithdrawn
from shared.decisions.deciding import Refused
from tests.casework import HOME, OFFICER, POLICIES, Life, parent, with_holiday
from tests.making import URN
from tests.unit.notices.test_case_life import IMPROVE

ONE = [{"issued_on": date(2024, 9, 2), "sequence": 1}]
ELSEWHERE = Address(lines=("7 Far Lane", "Ipswich"), postcode="IP1 1AA")


# What the officer saw


def _renamed(life: Life) -> None:
    life.parents = tuple(each.model_copy(update={"name": "Robin Else"}) for each in life.parents)


def _speaks_polish(life: Life) -> None:
    life.parents = tuple(each.model_copy(update={"language": "pl"}) for each in life.parents)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda life: life.moves_house(1, ELSEWHERE), "the parent's name or address"),
        (_renamed, "the parent's name or address"),
        (_speaks_polish, "the parent's name or address, or their language"),
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


def _with_policy(**changed: Any) -> Policies:
    return Policies(tuple(each.model_copy(update=changed) for each in POLICIES.versions))


_NOW = POLICIES.versions[-1]
_WORDINGS = {
    f"wording.{name}": _with_policy(wording=_NOW.wording.model_copy(update={name: other}))
    for name, said in _NOW.wording
    for other in (("else",) if isinstance(said, tuple) else "else",)
}
_CONTACTS = {
    f"contact.{name}": _with_policy(contact=_NOW.contact.model_copy(update={name: f"{said}x"}))
    for name, said in _NOW.contact
    if isinstance(said, str)
}
_FEES = {
    f"fees.{name}": _with_policy(fees=tuple(fee.model_copy(update={name: 19}) for fee in _NOW.fees))
    for name in ("discounted", "full", "discount_days", "pay_days")
}
_POLICY = {**_WORDINGS, **_CONTACTS, **_FEES, "authority": _with_policy(authority="Essex"), "id": _with_policy(id="x")}


def _pupil(facts: Facts, **changed: Any) -> Facts:
    assert facts.pupil
    return replace(facts, pupil=replace(facts.pupil, **changed))


def _parent(facts: Facts, **changed: Any) -> Facts:
    assert facts.pupil
    return _pupil(facts, parents=tuple(each.model_copy(update=changed) for each in facts.pupil.parents))


_FACTS: dict[str, Callable[[Facts], Facts]] = {
    "the school's name": lambda facts: replace(facts, school=SchoolFacts(URN, "Marsh Lane Academy")),
    "the child's given name": lambda facts: _pupil(facts, given_name="Eva"),
    "the child's family name": lambda facts: _pupil(facts, family_name="Larder"),
    "the child's street": lambda facts: _pupil(facts, address=HOME.model_copy(update={"lines": ("2 Chapel Lane",)})),
    "the child's postcode": lambda facts: _pupil(facts, address=HOME.model_copy(update={"postcode": "NR3 1AC"})),
    "the parent's name": lambda facts: _parent(facts, name="Robin Larder"),
    "the parent's street": lambda facts: _parent(facts, address=HOME.model_copy(update={"lines": ("2 Chapel Lane",)})),
    "the parent's postcode": lambda facts: _parent(facts, address=HOME.model_copy(update={"postcode": "NR3 1AC"})),
    "the parent's language": lambda facts: _parent(facts, language="pl"),
    "a session's code": lambda facts: replace(
        facts, marks={place: replace(mark, code="O") for place, mark in facts.marks.items()}
    ),
    "a session": lambda facts: replace(facts, marks=dict(list(facts.marks.items())[1:])),
}


@pytest.mark.parametrize("field", [*_POLICY, *_FACTS])
def test_whatever_the_letter_says_belongs_to_what_the_officer_saw(field: str) -> None:
    """Each field of the letter alone is changed: the notice is refused, and the refusal says which part it is."""
    life = with_holiday()
    life.request()
    seen = life.sees()
    policies, change = _POLICY.get(field, POLICIES), _FACTS.get(field, lambda facts: facts)
    facts, at = change(life.facts), replace(life.moment(), policies=policies)
    found = {"id": uuid4(), "time": at.now, "case": "C-1", "officer": OFFICER, "parent_id": "p-1"}
    command = AuthoriseNotice.model_validate({**found, "reason": "a holiday", "evidence_hash": seen})
    with pytest.raises(Refused) as refused:
        authorise_notice(life.file, command, facts, at)
    [words] = [each.words for each in refused.value.reasons if each.code == "evidence_changed"]
    part = {"the school's": "the school", "the child's": "the child's", "the parent's": "the parent's"}
    named = part.get(" ".join(field.split()[:2]), "the sessions" if field in _FACTS else "its amounts or its words")
    assert named in words
    assert words.count(";") == 0, "nothing else is said to have changed"


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


def test_each_notice_that_was_a_third_is_found_whichever_came_last() -> None:
    life = with_holiday(parents=(parent(1), parent(2)))
    told = [{"issued_on": date(2024, 9, day), "sequence": 1} for day in (2, 3)]
    third = life.issue("p-1")
    life.go_to(date(2027, 10, 4))
    life.absent(date(2027, 9, 20), 10)
    life.request("p-1")
    assert life.authorise() == ()
    last = next(each for each in life.file.notices.values() if each.reference != third.reference)
    life.do(RecordHistory, authority="Suffolk", parent_id="p-2", notices=told)
    assert life.do(LinkParent, parent_id="p-2", earlier_id="p-1", same=True) == ()
    assert "third_notice" in life.notice(third).questions
    assert not life.notice(last).questions


@pytest.mark.parametrize("undo", ["link", "answer"])
def test_a_notice_that_was_numbered_by_what_is_undone_is_put_before_a_person(undo: str) -> None:
    life = with_holiday(parents=(parent(1), parent(2)))
    life.do(RecordHistory, authority="Suffolk", parent_id="p-2", notices=ONE)
    life.do(LinkParent, parent_id="p-1", earlier_id="p-2", same=True)
    notice = life.issue("p-1")
    assert (notice.sequence, dict(notice.questions)) == (2, {})
    if undo == "link":
        life.do(LinkParent, parent_id="p-1", earlier_id="p-2", same=False)
    else:
        life.do(RecordHistory, authority=" SUFFOLK ", parent_id="p-2", notices=[])
    assert "issued as the second" in life.notice(notice).questions["third_notice"]


def test_an_authoritys_answer_counts_once_and_can_be_taken_back() -> None:
    life = with_holiday()
    for typed in ("Suffolk", "suffolk", " Suffolk  "):
        life.do(RecordHistory, authority=typed, parent_id="p-1", notices=ONE)
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


@given(
    spelled=st.sampled_from(
        [
            (("1 Chapel Lane", "Norwich"), "nr31ab"),
            (("1 CHAPEL LANE,", "Norwich"), "NR3 1AB"),
            (("Flat 1, 1 Chapel Ln",), "NR31AB"),
            (("1 Chapel Ln", "Norwich", "Norfolk"), "NR3  1AB"),
            (("One Chapel Lane",), "NR3 1AB"),
            (("1, Chapel Lane", "Norwich"), "NR3 1AD"),
        ]
    ),
    childs=st.booleans(),
)
def test_a_hidden_address_is_known_again_however_it_is_spelled(
    spelled: tuple[tuple[str, ...], str], childs: bool
) -> None:
    lines, postcode = spelled
    other = Address(lines=lines, postcode=postcode)
    home, child = (HOME, other) if childs else (other, HOME)
    safety = Safety(flagged={"p-2": "refuge"})
    hidden = unsafe_to_print(safety, Links(), "p-1", child, (parent(1, ELSEWHERE), parent(2, home)))
    assert [each.code for each in hidden] == ["child_address_confidential"]
    assert not unsafe_to_print(safety, Links(), "p-1", ELSEWHERE, (parent(1, ELSEWHERE), parent(2, home)))


def test_a_hidden_address_is_not_printed_though_the_record_names_its_parent_no_more() -> None:
    life = with_holiday(parents=(parent(1, ELSEWHERE), parent(2)))
    life.request("p-1")
    life.do(FlagSafety, parent_id="p-2", kind="refuge", reason="told")
    life.do(ConfirmAddress, parent_id="p-2", address=HOME, reason="spoken to her")
    life.parents = life.parents[:1]
    assert life.authorise("p-1") == ("child_address_confidential",)


FLAGS = st.fixed_dictionaries(
    {"parent_id": st.sampled_from(["p-1", "p-2", None]), "child_address_confidential": st.booleans()}
)


@given(flag=FLAGS, way=st.sampled_from(["reissue", "serve again"]))
def test_a_notice_goes_again_only_as_a_first_one_could_go(flag: dict[str, object], way: str) -> None:
    """A flag that is put after the issue holds every later letter of the notice as it would have held the first."""
    life = with_holiday(parents=(parent(1, ELSEWHERE), parent(2)))  # the child lives with p-2, at home
    notice = life.issue()
    first = flagged(**flag).authorise("p-1")
    life.do(FlagSafety, kind="refuge", reason="told", **flag)
    if way == "reissue":
        life.fails(notice)
        assert life.do(ReissueNotice, reason="again") == first
    else:
        life.do(DisputeService, received_on=life.today, summary="no letter")
        assert life.do(DecideService, decision="serve_again", reason="again") == first
    assert not life.said(NoticeReissued)


def test_a_notice_goes_again_to_the_address_that_the_record_names_never_to_an_older_confirmed_one() -> None:
    life = flagged()
    life.do(ConfirmAddress, parent_id="p-1", address=ELSEWHERE, reason="spoken to her")
    assert life.authorise() == ()
    [notice] = life.file.notices.values()
    life.post(notice)
    life.comes_back(notice)
    life.moves_house(1, Address(lines=("A safe place",), postcode="NR9 9ZZ"))
    assert life.do(ReissueNotice, reason="again") == ("safe_address_unconfirmed",)
    assert life.do(ConfirmAddress, parent_id="p-1", address=life.parents[0].address, reason="spoken") == ()
    assert life.do(ReissueNotice, reason="again") == ()
    assert life.said(NoticeReissued)[0].content.recipient.address == life.parents[0].address


def test_once_a_flag_is_lifted_letters_go_where_the_notice_says() -> None:
    life = flagged()
    life.do(ConfirmAddress, parent_id="p-1", address=ELSEWHERE, reason="spoken to her")
    life.do(LiftSafety, parent_id="p-1", reason="over")
    life.moves_house(1, HOME)
    assert life.authorise() == ()
    assert life.do(WithdrawNotice, notice=next(iter(life.file.notices)), ground="wrong_person") == ()
    assert life.said(NoticeWithdrawn)[0].recipient.address == HOME


@given(linked_first=st.booleans())
def test_a_flag_takes_back_what_was_confirmed_under_any_id_of_the_person(linked_first: bool) -> None:
    life = with_holiday(parents=(parent(1, ELSEWHERE), parent(2, ELSEWHERE)))
    life.request("p-1")
    life.do(ConfirmAddress, parent_id="p-2", address=ELSEWHERE, reason="spoken to her")
    steps = [
        (LinkParent, {"parent_id": "p-1", "earlier_id": "p-2", "same": True}),
        (FlagSafety, {"parent_id": "p-1", "kind": "refuge", "reason": "told"}),
    ]
    for kind, facts in steps if linked_first else reversed(steps):
        assert life.do(kind, **facts) == ()  # type: ignore[type-var]
    assert life.authorise() == ("safe_address_unconfirmed",)
    assert life.do(ConfirmAddress, parent_id="p-1", address=ELSEWHERE, reason="spoken to her") == ()
    assert life.authorise() == ()


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (FlagSafety, {"kind": "refuge", "reason": "told"}),
        (RecordHistory, {"authority": "Suffolk", "notices": ONE}),
    ],
)
def test_what_is_said_of_a_mistyped_parent_is_refused(kind: type[CaseCommand], facts: dict[str, object]) -> None:
    """Kept, it would protect nobody, and count against nobody; a parent whom the record names no more is known."""
    life = with_holiday()
    life.issue("p-1")
    assert life.do(kind, parent_id="p1", **facts) == ("parent_unknown",)
    life.parents = life.parents[1:]
    assert life.do(kind, parent_id="p-1", **facts) == ()
    life.do(LinkParent, parent_id="p-7", earlier_id="p-1", same=True)
    assert life.do(kind, parent_id="p-7", **facts) == ()


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
