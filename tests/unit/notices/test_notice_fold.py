"""What happened changes a notice only where it is a move from its state; what is none is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from services.notices.casefile.entries import NoticeMove
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_fold import notice_after
from services.notices.casefile.notice_states import NOTICE, NoticeState
from shared.machine import NoSuchMove
from tests.casework import with_holiday

MOVES = get_args(NoticeMove)
FACTS: dict[str, Any] = {
    "at": datetime(2024, 12, 1, 9, tzinfo=UTC), "cause": "c", "notice": "N", "payment_reference": "r-9", "amount": 100,
    "paid_on": "2024-11-30", "band": None, "settles": 8000, "settled_on": "2024-11-30", "posted_on": "2024-11-20",
    "served_on": "2024-11-22", "discount_until": "2024-12-12", "pay_until": "2024-12-19", "returned_on": "2024-11-28",
    "ground": "wrong_person", "about": "payment", "words": "look", "lost": 3,
}  # fmt: skip


def a_notice(state: NoticeState) -> Notice:
    life = with_holiday()
    notice = life.issue()
    dates = {"posted_on": date(2024, 10, 8), "served_on": date(2024, 10, 10), "pay_until": date(2024, 11, 6)}
    return replace(notice, state=state, **dates)


@pytest.mark.parametrize("state", NOTICE.states)
def test_what_is_no_move_from_a_state_is_refused_and_never_half_taken(state: NoticeState) -> None:
    notice = a_notice(state)
    content = dict(notice.content)
    for move in MOVES:
        if move not in NOTICE.moves[state] and state not in NOTICE.noted.get(move, ()):
            entry = {**FACTS, "what": move, "content": content}
            if NOTICE.ignores(state, move):
                assert notice_after(notice, entry) == notice, move
            else:
                with pytest.raises(NoSuchMove):
                    notice_after(notice, entry)


def test_what_is_no_entry_at_all_is_refused() -> None:
    file = with_holiday().file
    with pytest.raises(NoSuchMove, match="no move withdrown"):
        file.with_entries(({**FACTS, "what": "withdrown"},))


@pytest.mark.parametrize("state", NOTICE.states)
def test_registers_and_prompts_are_kept_in_every_state(state: NoticeState) -> None:
    notice = a_notice(state)
    assert notice_after(notice, {**FACTS, "what": "evidence_changed"}).lost_sessions == 3
    assert notice_after(notice, {**FACTS, "what": "prompted", "code": "day_15"}).prompted == {"day_15"}


def test_the_day_of_posting_is_set_once() -> None:
    notice = a_notice("representation")
    assert notice_after(notice, {**FACTS, "what": "letter_dispatched"}).posted_on == date(2024, 10, 8)


def test_a_file_folded_at_once_is_what_it_is_entry_by_entry_and_stands_so_since_its_first() -> None:
    history = with_holiday().file.history
    refused = {**history[0], "what": "refused"}  # leaves the state as it was at the start
    for entries in ((refused, *history), (*history, refused), history):
        file = CaseFile("C-1", "u", "1", "s")
        for entry in entries:
            file = file.with_entries((entry,))
        assert CaseFile.of("C-1", "u", "1", "s", entries) == file
        assert file.history == entries
    assert CaseFile.of("C-1", "u", "1", "s", (refused,)).since == refused["at"]
