"""An officer's decision becomes a complete notice, or is refused with every reason."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notices.authorise import Facts, PupilFacts, SchoolFacts, blockers, decide
from services.notices.calendar import SchoolWeeks
from services.notices.marks import Mark
from services.notices.policy import current
from services.notices.threshold import assess
from shared.contracts.fields import Address
from shared.contracts.mis import Parent
from shared.contracts.notices import AuthoriseNotice, NoticeIssued

POLICY = current()
MONDAY = date(2024, 9, 16)
NOW = datetime(2024, 10, 4, 17, tzinfo=UTC)
HOME = Address(lines=("1 Chapel Lane", "Norwich"), postcode="NR3 1AB")


def facts(*, code: str = "G", sessions: int = 10, home: Address | None = HOME, **more: Any) -> Facts:
    marks = [
        Mark("123456", MONDAY + timedelta(days=n // 2), "AM" if n % 2 == 0 else "PM", code, 1, NOW, "e")
        for n in range(sessions)
    ]
    weeks = {"123456": SchoolWeeks("123456", seen=frozenset({MONDAY}))}
    parent = Parent(parent_id="p-1", name="Robin Larter", address=home)
    pupil = PupilFacts("B801200005001", "123456", "Ava", "Larter", HOME, (parent,))
    known = {"pupil": pupil, "school": SchoolFacts("123456", "Marsh Lane"), "notices_in_case": 0, "notices_before": 0}
    return Facts(assessment=assess(marks, weeks, POLICY), **(known | more))


def command(**more: Any) -> AuthoriseNotice:
    officer = {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}
    plain = {"id": uuid4(), "time": NOW, "case": "C-1", "parent_id": "p-1", "officer": officer, "reason": "a holiday"}
    return AuthoriseNotice.model_validate(plain | {"evidence_hash": "sha256:1"} | more)


def decided(known: Facts, **more: Any) -> Any:
    return decide(command(**more), known, "sha256:1", POLICY, NOW, "N-1", str(uuid4()))


def test_a_complete_case_becomes_a_first_notice_for_160_pounds_or_80() -> None:
    notice = decided(facts())
    assert isinstance(notice, NoticeIssued)
    assert (notice.amounts.discounted, notice.amounts.full, notice.sequence) == (8000, 16000, 1)
    assert (notice.offence_from, notice.offence_to) == (MONDAY, date(2024, 9, 20))
    assert notice.issued_on == date(2024, 10, 4)
    assert len(notice.sessions) == 10
    assert "Monday 16 September 2024" in notice.circumstances


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (facts(sessions=9), "threshold_not_met"),
        (facts(code="N"), "reason_not_established"),
        (facts(home=None), "parent_address_missing"),
        (facts(home=Address(lines=("1 Rue", "Paris"), postcode="75001")), "parent_address_invalid"),
        (facts(school=None), "school_unknown"),
        (facts(pupil=None), "pupil_unknown"),
        (facts(notices_in_case=1), "already_issued"),
        (facts(notices_before=1), "earlier_notice"),
    ],
)
def test_what_blocks_a_notice(known: Facts, code: str) -> None:
    assert code in [reason.code for reason in blockers(known, "p-1", POLICY)]
    assert code in [reason.code for reason in decided(known)]


def test_a_decision_on_evidence_that_has_changed_is_refused() -> None:
    assert [reason.code for reason in decided(facts(), evidence_hash="sha256:2")] == ["evidence_changed"]


def test_only_roles_that_the_code_of_conduct_names_may_decide() -> None:
    officer = {"id": "o-1", "name": "Jo", "role": "Caretaker"}
    assert [reason.code for reason in decided(facts(), officer=officer)] == ["officer_not_authorised"]


def test_an_unknown_parent_is_refused() -> None:
    assert [reason.code for reason in decided(facts(), parent_id="p-9")] == ["parent_unknown"]


def test_all_reasons_are_given_at_once() -> None:
    codes = {reason.code for reason in decided(facts(sessions=9, home=None), evidence_hash="sha256:2")}
    assert codes == {"threshold_not_met", "parent_address_missing", "evidence_changed"}
