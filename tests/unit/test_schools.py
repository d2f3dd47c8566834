"""Controlled words have one spelling, whoever types them; filters find what an MIS spells otherwise."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.fields import WhichSchools
from shared.contracts.meetings import Audience
from shared.contracts.mis import SchoolUpdated
from shared.contracts.schools import those
from tests.surveying import school_of

PHASES = st.sampled_from(("Nursery", "Primary", "Middle deemed primary", "Secondary", "16 plus", "All-through"))
DISTRICTS = st.sampled_from(("Norwich", "King's Lynn and West Norfolk", "South Norfolk"))


@st.composite
def typed(draw: st.DrawFn, words: st.SearchStrategy[str]) -> tuple[str, str]:
    """A word, and how somebody types it: in any case, with any spaces."""
    word = draw(words)
    cased = "".join(draw(st.sampled_from((each.lower(), each.upper()))) for each in word)
    return word, f" {cased.replace(' ', '  ')} " if draw(st.booleans()) else cased


@given(typed(PHASES))
def test_a_phase_is_one_spelling_at_every_door(found: tuple[str, str]) -> None:
    word, said = found
    told = SchoolUpdated.model_validate({**school_of(1).model_dump(), "phase": said})
    assert told.phase == word
    assert WhichSchools(phases=(said,)).phases == Audience(phases=(said,)).phases == (word,)


@given(typed(DISTRICTS), typed(PHASES))
def test_a_filter_finds_a_school_however_either_is_spelt(district: tuple[str, str], phase: tuple[str, str]) -> None:
    query = those([district[1]], [phase[1]], [])
    assert matches(query, {"district": district[0], "phase": phase[0]})
    assert not matches(query, {"district": f"{district[0]}x", "phase": phase[0]})
    assert those([], [], []) == {}


def matches(query: dict[str, Any], school: dict[str, str]) -> bool:
    return all(any(each.search(school[name]) for each in said["$in"]) for name, said in query.items())
