"""A text is measured as GOV.UK Notify sends it: replaced first, counted afterwards. What it loses does not go by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.addresses.notify_texts import LONGEST, arriving, charged, lost, unfit
from services.notifications.addresses.sms_parts import size
from tests.cases import rows, text

TEXTS = rows("notify/texts.json")


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row["id"])
def test_a_text_is_measured_as_notify_sends_it(row: dict[str, Any]) -> None:
    words = text(row["text_pieces"])
    assert arriving(words) == row.get("arrives_as", arriving(words))
    assert charged(words).parts == row["notify_parts"]
    assert (len(arriving(words)) > LONGEST) == row["notify_too_long"]


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row["id"])
def test_what_would_arrive_as_question_marks_or_is_too_long_is_not_for_notify(row: dict[str, Any]) -> None:
    words = text(row["text_pieces"])
    is_lost = "?" in row.get("arrives_as", "")
    assert bool(lost(words)) == is_lost
    assert bool(unfit(words)) == (is_lost or row["notify_too_long"])


def test_the_same_text_has_another_size_by_a_provider_that_changes_nothing() -> None:
    words = "a" * 155 + "“ok”"
    assert (charged(words).parts, size(words).parts) == (1, 3)


def test_a_question_mark_that_was_written_is_no_lost_letter() -> None:
    assert unfit("Can you call us?") is None


def test_the_service_s_name_is_counted_and_charged_but_not_held_against_the_limit() -> None:
    assert arriving("Hello", "Norfolk") == "Norfolk: Hello"
    assert charged("a" * 155, "Norfolk").parts == 2
    assert unfit("a" * LONGEST) is None


ANY = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("…’“”–ł₤€[]ŵóšу😀\u200b\n \t"), max_size=300)


@given(ANY)
def test_what_arrives_arrives_unchanged_once_more(words: str) -> None:
    assert arriving(arriving(words)) == arriving(words)


@given(ANY)
def test_a_text_without_question_marks_arrives_with_some_exactly_where_it_is_said_to_lose_something(words: str) -> None:
    plain = words.replace("?", "")
    assert ("?" in arriving(plain)) == bool(lost(plain))


@given(st.text(st.sampled_from("abz @£ÄñΔ!€^{}[]~|\\"), max_size=300))
def test_what_needs_no_replacing_costs_the_same_by_everybody(words: str) -> None:
    assert charged(words) == size(arriving(words))
