"""Addresses are compared in one form, and remembered as hashes that only we can make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.addresses.addresses import canonical, hashed, objection
from services.notifications.addresses.phones import MULTIPLIERS
from services.notifications.addresses.pricing import multiplier
from services.notifications.deliveries.preferences import refusal


@pytest.mark.parametrize("written", ["07700 900123", "+44 7700 900123", "(07700) 900-123", "0044 7700 900123"])
def test_a_number_has_one_form_however_it_is_written(written: str) -> None:
    assert canonical("sms", written) == "+447700900123"


@pytest.mark.parametrize(("channel", "written"), [("sms", "12"), ("sms", "mum's"), ("email", "nobody")])
def test_what_takes_no_message_is_no_address(channel: str, written: str) -> None:
    assert canonical(channel, written) is None  # type: ignore[arg-type]


NUMBERS = ("7700900123", "7797712345", "7624123456")


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(["0", "+44", "0044", "+44 (0)", "44", ""]),
    st.sampled_from(["", "'", "\u202a", "\ufeff"]),
    st.sampled_from(["", ".0", "\u202c", "\u200e", " "]),
    st.sampled_from(["", " ", "-", ".", "\u2011", "–", "\u00a0"]),
)
def test_what_programs_put_around_a_number_makes_it_no_other(
    number: str, prefix: str, before: str, behind: str, gap: str
) -> None:
    written = f"{before}{prefix}{number[:4]}{gap}{number[4:]}{behind}"
    assert canonical("sms", written) == f"+44{number}"
    assert multiplier(written, MULTIPLIERS) == (1 if number.startswith("7700") else 2)


@pytest.mark.parametrize("written", ["07700 9001234", "(07700) 9001234", "\u202a07700 9001234"])
def test_a_number_with_a_digit_too_many_is_no_number_abroad(written: str) -> None:
    assert canonical("sms", written) is None
    assert objection("sms", written) == "this number is too long"


def test_the_hash_of_an_address_names_its_channel_needs_the_key_and_holds_nothing_of_it() -> None:
    kept = hashed("email", "Office@School.Example", "secret")
    assert kept == hashed("email", "office@school.example", "secret")
    assert kept.startswith("email:")
    assert kept != hashed("email", "office@school.example", "other")
    assert "school" not in kept


def test_suppression_beats_preference_and_the_law_asks_neither_but_a_dead_address() -> None:
    no = {"wishes": {"service:email": {"wanted": False}}}
    yes = {"wishes": {"service:email": {"wanted": True}}}
    dead = {**yes, "suppressed": {"why": "550"}}
    assert refusal(None, None, "service", "email") is None
    assert "wanted" in str(refusal(None, no, "service", "email"))
    assert "wanted" in str(refusal(no, yes, "service", "email"))
    assert refusal(None, no, "campaign", "email") is None
    assert refusal(None, no, "statutory", "email") is None
    assert "takes no messages" in str(refusal(dead, yes, "service", "email"))
    assert "takes no messages" in str(refusal(dead, None, "statutory", "email"))
