"""What happens to a case moves it as its machine says, with the facts of it; or it is refused whole."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from services.notices.casefile.case_states import CASE, CaseState
from services.notices.casefile.entries import CaseMove, Ending, Noted
from services.notices.casefile.file import CaseFile
from services.notices.casefile.happened import happened
from shared.machine import NoSuchMove
from tests.casework import Life, with_holiday

FACTS: dict[str, Any] = {
    "at": datetime(2024, 12, 1, 9, tzinfo=UTC), "cause": "c", "parents": ["p-1"], "route": "support_has_not_worked",
    "main_reason": "other", "offence_from": "2024-09-09", "offence_to": "2024-09-13", "decide_by": "2024-12-15",
    "late": False, "starts_on": "2024-12-02", "school_weeks": 6, "content": {"parent_id": "p-1"}, "notice": "N-new",
}  # fmt: skip
MOVES: tuple[CaseMove, ...] = get_args(CaseMove)


@pytest.mark.parametrize("state", get_args(CaseState))
def test_a_case_goes_where_its_machine_says_or_the_entry_is_refused(state: CaseState) -> None:
    file = replace(with_holiday().file, state=state)
    for move in MOVES:
        entry = {**FACTS, "what": move}
        if move in CASE.moves[state]:
            assert file.with_entries((entry,)).state in CASE.moves[state][move]
        elif state in CASE.noted.get(move, ()):
            after = file.with_entries((entry,))
            assert (after.state, after.since) == (state, file.since)
            assert (after.met, len(after.support)) == (move != "threshold_cleared", move == "support_recorded")
        else:
            with pytest.raises(NoSuchMove):
                file.with_entries((entry,))


@pytest.mark.parametrize("state", get_args(CaseState))
def test_what_is_only_noted_moves_no_case(state: CaseState) -> None:
    file = CaseFile("C-1", "u", "1", "s", state=state)
    facts = {
        "code": "x", "parent_id": "p-1", "earlier_id": "p-2", "same": True, "authority": "Suffolk", "notices": [],
        "kind": "refuge", "child_address_confidential": False,
        "address": {"lines": ["1 Chapel Lane"], "postcode": "NR3 1AB"},
    }  # fmt: skip
    for what in get_args(Noted):
        assert file.with_entries(({**FACTS, **facts, "what": what},)).state == state


@pytest.mark.parametrize("ending", get_args(Ending))
def test_a_court_decides_on_the_day_that_it_says(ending: str) -> None:
    [(_, on)] = happened([{**FACTS, "what": ending, "decided_on": "2024-11-29"}])
    assert on == date(2024, 11, 29)


def test_a_case_that_rests_because_of_a_notice_is_considered_again_on_ten_further_sessions() -> None:
    """Met by what a notice rests on, cleared, and met by that again: it only watches; ten further ones are new."""
    life = with_holiday(today=date(2024, 10, 4))
    life.issue()
    life.absent(date(2024, 9, 16), 10)
    assert life.file.state == "threshold_met"
    for day in sorted({mark.day for mark in life.marks.values()}):
        for half in ("AM", "PM"):
            life.correct(day, half, "I")
    assert _stands(life) == ("watching", False)
    for day in range(9, 14):
        for half in ("AM", "PM"):
            life.correct(date(2024, 9, day), half, "G", revision=3)
    assert _stands(life) == ("watching", True)
    life.absent(date(2024, 9, 23), 10)
    assert _stands(life) == ("threshold_met", True)


def _stands(life: Life) -> tuple[str, bool]:
    return life.file.state, life.file.met
