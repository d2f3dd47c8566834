"""An officer's decision becomes a complete notice, or is refused with every reason; limits, uses and races."""

from datetime import date

import pytest

from services.notices.casefile.file import CaseFile
from services.notices.deciding.commands import OFFICERS_ALONE
from services.notices.deciding.decision import Facts
from services.notices.deciding.issuing import in_window
from shared.contracts.base import Command
from shared.contracts.casework import DecideService, LinkParent, RecordHistory, ResolveHold, WithdrawNotice
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeIssued
from tests.casework import OFFICER, POLICIES, Life, parent, with_holiday

LIMIT = POLICIES.versions[0].limit


def test_a_complete_case_becomes_a_first_notice_for_160_pounds_or_80() -> None:
    life = with_holiday(today=date(2024, 10, 4))
    life.issue()
    [notice] = life.said(NoticeIssued)
    assert (notice.amounts.discounted, notice.amounts.full, notice.sequence) == (8000, 16000, 1)
    assert (notice.offence_from, notice.offence_to) == (date(2024, 9, 9), date(2024, 9, 13))
    assert notice.issued_on == date(2024, 10, 4)
    assert len(notice.sessions) == 10
    assert notice.route == "support_not_appropriate"
    assert "Monday 9 September 2024" in notice.circumstances
    assert life.file.state == "decided"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parents": (parent(1, None),)}, "parent_address_missing"),
        ({"parents": (parent(1, Address(lines=("1 Rue", "Paris"), postcode="75001")),)}, "parent_address_invalid"),
    ],
)
def test_what_blocks_a_notice(change: dict[str, object], code: str) -> None:
    life = with_holiday(**change)
    assert life.request() == ()
    assert life.authorise() == (code,)


def test_nothing_is_issued_that_the_school_has_not_asked_for() -> None:
    assert with_holiday().authorise() == ("not_requested",)


def test_a_session_that_is_corrected_after_the_request_blocks_the_notice() -> None:
    life = with_holiday()
    life.request()
    life.correct(date(2024, 9, 9), "AM", "N")
    assert life.authorise() == ("reason_not_established",)
    life.correct(date(2024, 9, 9), "AM", None, 3)
    assert life.authorise() == ("threshold_not_met",)


def test_a_decision_on_evidence_that_has_changed_is_refused() -> None:
    life = with_holiday()
    life.request()
    assert life.authorise(evidence_hash="sha256:2") == ("evidence_changed",)


def test_only_roles_that_the_code_of_conduct_names_may_decide() -> None:
    life = with_holiday()
    life.request()
    assert life.authorise(officer={**OFFICER, "role": "Caretaker"}) == ("officer_not_authorised",)


def test_two_officers_at_once_make_one_notice() -> None:
    life = with_holiday()
    life.request()
    assert life.authorise() == ()
    assert "already_issued" in life.authorise()
    assert len(life.said(NoticeIssued)) == 1


def test_two_parents_of_one_child_are_two_notices_with_clocks_of_their_own() -> None:
    life = with_holiday()
    assert life.request("p-1", "p-2") == ()
    assert life.authorise("p-1") == ()
    assert life.file.state == "requested"
    life.go_to(date(2024, 9, 30))
    assert life.authorise("p-2") == ()
    first, second = life.file.notices.values()
    life.go_to(date(2024, 10, 1))
    life.post(first, date(2024, 9, 24))
    life.post(second, date(2024, 10, 1))
    assert (life.notice(first).pay_until, life.notice(second).pay_until) == (date(2024, 10, 23), date(2024, 10, 30))


def test_sessions_are_used_once_for_a_parent_and_free_again_after_a_withdrawal() -> None:
    life = with_holiday()
    first = life.issue()
    assert life.request() == ()
    assert "threshold_not_met" in life.authorise()
    assert life.do(WithdrawNotice, notice=first.reference, ground="material_error") == ()
    assert life.request("p-1") == ("repeated",)
    assert life.file.used("p-1") == frozenset()
    assert life.authorise() == ()
    assert life.file.used("p-1") == first.half_days


def test_ten_further_sessions_are_a_new_case_to_consider_and_a_second_notice_is_160_pounds_flat() -> None:
    life = with_holiday()
    life.issue()
    life.go_to(date(2025, 2, 17))
    life.absent(date(2025, 2, 3), 9)
    assert life.file.state == "decided"
    life.absent(date(2025, 2, 3), 10)
    assert life.file.state == "threshold_met"
    second = life.issue()
    assert (second.sequence, second.content["amounts"]["discounted"], second.due_on(life.today)) == (2, None, 16000)
    assert not second.slots & next(iter(life.file.notices.values())).slots


def past(*issued: date) -> CaseFile:
    life = Life(today=date(2028, 6, 1))
    told = [{"issued_on": day, "sequence": 1} for day in issued]
    life.do(RecordHistory, authority="Suffolk", parent_id="p-1", notices=told)
    return life.file


@pytest.mark.parametrize(
    ("issued", "proposed", "counted"),
    [
        ((date(2024, 10, 1), date(2026, 2, 1)), date(2027, 9, 30), 2),
        ((date(2024, 10, 1), date(2026, 2, 1)), date(2027, 10, 1), 1),
        ((date(2024, 8, 18),), date(2024, 12, 1), 0),
        ((date(2024, 8, 19),), date(2024, 12, 1), 1),
        ((date(2025, 2, 28),), date(2028, 2, 28), 0),
        ((date(2025, 2, 28),), date(2028, 2, 29), 0),
        ((date(2025, 3, 1),), date(2028, 2, 29), 1),
    ],
)
def test_the_window_of_three_years_ends_with_the_proposed_date(
    issued: tuple[date, ...], proposed: date, counted: int
) -> None:
    assert len(in_window(past(*issued), "p-1", proposed, LIMIT)) == counted


def test_a_third_notice_is_barred_and_the_case_says_so() -> None:
    life = with_holiday()
    told = [{"issued_on": date(2024, 8, 20), "sequence": 1}, {"issued_on": date(2024, 9, 2), "sequence": 2}]
    life.do(RecordHistory, authority="Suffolk", parent_id="p-1", notices=told)
    assert life.request() == ()
    assert life.file.state == "third_blocked"
    assert life.authorise() == ("third_barred",)


def test_a_parent_whom_another_school_names_otherwise_is_not_taken_for_a_new_one() -> None:
    life = with_holiday()
    life.issue()
    life.parents = (parent(8),)
    life.go_to(date(2025, 2, 17))
    life.absent(date(2025, 2, 3), 10)
    assert life.request("p-8") == ()
    assert life.authorise("p-8") == ("parent_identity_open",)
    assert life.do(LinkParent, parent_id="p-8", earlier_id="p-1", same=True) == ()
    assert life.authorise("p-8") == ()
    assert list(life.file.notices.values())[-1].sequence == 2


def test_a_notice_for_an_excluded_pupil_is_refused_loudly() -> None:
    assert with_holiday().request(route="excluded_in_public_place") == ("separate_scheme",)


def test_of_a_pupil_whom_no_school_has_named_nothing_counts() -> None:
    life = with_holiday()
    life.request()
    facts = Facts(None, None, life.marks, {life.weeks.urn: life.weeks}, POLICIES)
    assert not facts.assessment().met
    assert {each.code for each in facts.assessment().not_counted} == {"never_on_roll"}


@pytest.mark.parametrize("kind", sorted(OFFICERS_ALONE, key=lambda kind: kind.key()))
def test_what_changes_a_notice_by_decision_is_an_authorised_officers_alone(kind: type[Command]) -> None:
    life = with_holiday()
    life.issue()
    said = {"reason": "x", "ground": "wrong_person", "outcome": "rejected", "token": "t", "about": "payment"}
    said |= {"parent_id": "p-1", "address": {"lines": ("1 Chapel Lane", "Norwich"), "postcode": "NR3 1AB"}}
    said["decision"] = {ResolveHold: "continue", DecideService: "go_on"}.get(kind, "accept")
    lead = {"id": "lead-3", "name": "Chris Amis", "role": "Attendance Lead"}
    assert life.do(kind, **said, officer=lead) == ("officer_not_authorised",)
    assert "officer_not_authorised" not in life.do(kind, **said)
