"""Nothing that a letter says runs over the edge of what GOV.UK Notify prints, whatever words people have typed."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.notifications.words.contacts import contact_book
from services.notifications.words.letters import pictures
from services.notifications.words.template_files import Template, find, templates
from services.notifications.words.wording import Unwritable
from tests.cases import rows
from tests.sizes import tried

PPI = 72
_MM = PPI / 25.4
_SLACK = 1.0  # mm that Notify forgives
FIRST = ((15, 95, 195, 292), (125, 5, 195, 95), (15, 5, 125, 30), (24.6, 39.5, 120, 66.3))
"""The areas of a first page that may be printed on: left, top, right, bottom in mm (Notify's letter specification)."""
LATER = ((15, 5, 195, 292),)
LETTERS = [name for name, each in templates().items() if "letter" in each.sources]
NAMES = {"code", "urn", "session", "date", "postcode", "notice", "case", "upn", "ground", "language", "band"}
"""Fields that no person types as words."""


def outside(page: bytes, areas: tuple[tuple[float, ...], ...]) -> bool:
    """Whether anything is printed outside: the areas are painted white, as Notify does, and all has to be white."""
    picture = Image.open(io.BytesIO(page)).convert("L")
    for left, top, right, bottom in areas:
        box = ((left - _SLACK) * _MM, (top - _SLACK) * _MM, (right + _SLACK) * _MM, (bottom + _SLACK) * _MM)
        picture.paste(255, tuple(round(edge) for edge in box))
    return bool(picture.getextrema()[0] < 250)


def pages_outside(template: Template, facts: dict[str, Any]) -> list[int]:
    made = pictures(template, facts, contact_book(), PPI)
    is_behind = template.name == "cover_page"  # never a first page: it is enclosed
    return [n for n, page in enumerate(made, start=1) if outside(page, LATER if is_behind or n > 1 else FIRST)]


def every_text(facts: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The same facts with every text that people type changed."""
    if isinstance(facts, dict):
        return {each: value if each in NAMES else every_text(value, change, each) for each, value in facts.items()}
    if isinstance(facts, list):
        return [every_text(each, change, name) for each in facts]
    is_typed = isinstance(facts, str) and name not in NAMES and not facts[:4].isdigit()
    return change(facts) if is_typed else facts


def sample(name: str, **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((find(name, "letter").folder / "sample.json").read_text())
    return {**facts, **more}


CASES = {row["id"]: row for row in rows("notify/letters.json") if "word" in row}


@pytest.mark.parametrize("name", ["large-print-long-word", "large-print-long-mail"])
def test_a_word_as_long_as_in_the_reports_is_broken_in_large_print(name: str) -> None:
    word, times = CASES[name]["word"]
    facts = sample("notice_to_improve", large_print=True)
    facts["content"] = every_text(facts["content"], lambda _: f"Please use {word * times} to book")
    assert pages_outside(find("notice_to_improve", "letter"), facts) == []


def test_a_long_line_of_an_address_is_broken_below_the_window() -> None:
    word, times = CASES["large-print-address"]["word"]
    facts = sample("penalty_notice", large_print=True)
    facts["recipient"]["address"]["lines"][0] = word * times
    assert pages_outside(find("penalty_notice", "letter"), facts) == []


WORDS = st.text("xWmi-_.@/ŵé", min_size=30, max_size=160)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("large", [False, True], ids=["plain", "large"])
@tried(4, gate=50)
@given(word=WORDS)
def test_whatever_words_are_typed_a_letter_is_inside_or_refused_with_its_field(
    name: str, large: bool, word: str
) -> None:
    plain = sample(name, large_print=large)
    typed = every_text(plain, lambda text: f"{text[:20]} {word}")
    facts = {**typed, "recipient": plain["recipient"]} if "recipient" in plain else typed
    try:
        found = pages_outside(find(name, "letter"), facts)
    except Unwritable as error:
        why = str(error)
    else:
        assert found == []
        return
    assert ":" in why
    assert word not in why
