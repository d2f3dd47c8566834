"""What people read: numbers of things, and a sentence for everything that happens."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.casefile.words import KINDS, headline, sentence
from shared.writing.counting import number_of
from tests.casework import term, with_holiday

FIELDS: dict[str, Any] = {
    "count": 1, "left": 1, "school_weeks": 1, "offered_on": "2024-10-01", "starts_on": "2024-10-01", "parents": ["p-1"],
    "decide_by": "2024-10-18", "alternative": "support", "parent_id": "p-1", "earlier_id": "p-2", "same": True,
    "command": "notices.withdraw_notice.v1", "letter": "withdrawal_letter", "amount": 8150, "paid_on": "2024-10-01",
    "refunded_on": "2024-10-02", "ground": "wrong_person", "authority": "Suffolk", "kind": "domestic_abuse",
    "words": "Look at it.", "about": "payment",
}  # fmt: skip


@given(st.integers(min_value=0, max_value=10_000_000))
def test_only_one_is_one(number: int) -> None:
    assert number_of(number, "school week") == f"{number:,} school week{'' if number == 1 else 's'}"
    assert number_of(number, "person", "people") == f"{number:,} {'person' if number == 1 else 'people'}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_everything_that_happens_has_a_sentence_without_the_machine_s_words(kind: str) -> None:
    said = headline({"what": kind, **FIELDS})
    for part in ("{", "}", "_", "None", "1 sessions", "1 school weeks", "pence"):
        assert part not in said, said
    assert sentence({"what": kind, **FIELDS, "reasons": []})[-1] in ".?"


def test_sessions_of_one_school_week_lie_within_one_week() -> None:
    life = with_holiday(today=date(2024, 10, 4), weeks=term(date(2024, 9, 9), date(2028, 7, 28)))
    said = life.issue().content["circumstances"]
    assert said.endswith("They lie within 1 school week: the week beginning Monday 9 September 2024.")
