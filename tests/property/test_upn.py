"""The check of a UPN against its definition, worked out character by character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.fields import check_upn

ALPHABET = "ABCDEFGHJKLMNPQRTUVWXYZ"
SHAPE = re.compile(f"[{ALPHABET}][0-9]{{11}}[0-9{ALPHABET}]")
TAILS = st.from_regex(f"[0-9]{{11}}[0-9{ALPHABET}]", fullmatch=True)


def check_letter(tail: str) -> str:
    values = [int(each) if each.isdigit() else ALPHABET.index(each) for each in tail]
    return ALPHABET[sum(position * value for position, value in enumerate(values, start=2)) % 23]


@given(TAILS)
def test_of_all_first_letters_only_the_right_one_is_taken(tail: str):
    right = check_letter(tail)
    assert check_upn(right + tail) == right + tail
    for letter in set(ALPHABET) - {right}:
        with pytest.raises(ValueError, match="check letter"):
            check_upn(letter + tail)


@given(TAILS.map(lambda tail: check_letter(tail) + tail), st.integers(1, 12), st.sampled_from("0123456789"))
def test_a_wrong_digit_is_seen(upn: str, place: int, digit: str):
    wrong = upn[:place] + digit + upn[place + 1 :]
    if wrong != upn and check_letter(wrong[1:]) != upn[0]:
        with pytest.raises(ValueError, match="check letter"):
            check_upn(wrong)


@given(st.one_of(st.text(max_size=15), st.text(alphabet=ALPHABET + "0123456789٣²", min_size=11, max_size=15)))
def test_nothing_of_another_shape_is_taken(text: str):
    if not SHAPE.fullmatch(text):
        with pytest.raises(ValueError, match="UPN"):
            check_upn(text)
