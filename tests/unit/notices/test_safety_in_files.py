"""What a file that is given out under Article 15 says of safety: only to the parent whom a flag protects."""

from typing import Any

import pytest

from services.notices.asking.person import kept, known_as
from services.notices.store import records
from shared.contracts.casework import ConfirmAddress, FlagSafety, LiftSafety, ReissueNotice
from shared.people.person import Person
from tests.casework import HOME, Life, parent, with_holiday
from tests.making import PUPIL
from tests.unit.notices.test_whom import ELSEWHERE

TELLING = ("safe", "flag", "refuge", "confidential", "confirm")


class Stored:
    """A store with one pupil and their case."""

    def __init__(self, life: Life) -> None:
        details: dict[str, Any] = {"urn": life.file.urn, "given_name": "Ava", "family_name": "Larter"}
        details["parents"] = [each.model_dump(mode="json") for each in life.parents]
        pupil = {"_id": PUPIL, "urn": life.file.urn, "details": details, "rolls": {}, "details_at": life.moment().now}
        self.kept = {"pupils": [pupil], "cases": [{"_id": "C-1", **records.case_fields(life.file)}]}
        self.kind = ""

    def __getitem__(self, kind: str) -> "Stored":
        self.kind = kind
        return self

    async def find(self, _query: Any, **_more: Any) -> list[dict[str, Any]]:
        return self.kept.get(self.kind, [])

    async def get(self, _key: str) -> dict[str, Any]:
        return self.kept[self.kind][0]


def flagged() -> Life:
    """A notice to p-1, and a flag on p-2, with whom the child lives."""
    life = with_holiday(parents=(parent(1, ELSEWHERE), parent(2)))
    notice = life.issue("p-1")
    life.fails(notice)
    life.do(FlagSafety, parent_id="p-2", kind="refuge", child_address_confidential=True, reason="she is in a refuge")
    life.do(FlagSafety, kind="other", reason="the family is not safe")
    assert life.do(ConfirmAddress, parent_id="p-2", address=HOME, reason="a safe place") == ()
    assert life.do(ConfirmAddress, parent_id="p-2", address=ELSEWHERE, reason="a safe place") == ("address_differs",)
    assert "child_address_confidential" in life.do(ReissueNotice, reason="again")
    assert life.do(LiftSafety, reason="no flag any more") == ()
    return life


@pytest.mark.parametrize(
    ("person", "told"),
    [
        (Person(parents=frozenset({"p-1"})), False),
        (Person(parents=frozenset({"p-2"})), True),
        (Person(upn=PUPIL), False),
    ],
)
async def test_a_safety_flag_is_told_to_the_parent_whom_it_protects_and_to_nobody_else(
    person: Person, told: bool
) -> None:
    store: Any = Stored(flagged())
    sections = await kept(store, await known_as(store, person))
    [happened] = [section for section in sections if section.heading.startswith("Case C-1")]
    words = " ".join(text for _, text in happened.rows).casefold()
    assert any(word in words for word in TELLING) is told
    assert happened.rows
