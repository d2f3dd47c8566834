from decimal import Decimal

import gsm0338
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.addresses.sms_parts import size

CODEC = gsm0338.Codec()
EXTENDED = "^{}\\[~]|€"


@pytest.mark.parametrize(
    ("characters", "parts"),
    [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4), (918, 6)],
)
def test_a_plain_text_has_160_characters_in_one_part_and_153_in_each_of_several(characters: int, parts: int) -> None:
    measured = size("a" * characters)
    assert (measured.encoding, measured.characters, measured.parts) == ("GSM-7", characters, parts)


@pytest.mark.parametrize(("characters", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (918, 14)])
def test_one_character_outside_the_alphabet_makes_it_70_and_67(characters: int, parts: int) -> None:
    measured = size("ŵ" + "a" * (characters - 1))
    assert (measured.encoding, measured.characters, measured.parts) == ("UCS-2", characters, parts)


def test_71_characters_with_one_w_circumflex_are_2_parts_and_the_character_is_named() -> None:
    measured = size("a" * 40 + "ŵ" + "a" * 30)
    [dear] = measured.dear
    assert (measured.characters, measured.parts) == (71, 2)
    assert (dear.position, dear.character, dear.instead) == (40, "ŵ", "w")
    assert dear.name == "LATIN SMALL LETTER W WITH CIRCUMFLEX"


def test_signs_of_the_extension_table_count_twice_and_are_named() -> None:
    measured = size("a" * 158 + "€")
    assert (measured.encoding, measured.characters, measured.parts) == ("GSM-7", 160, 1)
    assert size("a" * 159 + "€").parts == 2
    assert [(each.position, each.why) for each in measured.dear] == [(158, "counts as 2 characters")]


def test_a_sign_beyond_the_basic_plane_is_two_of_ucs_2() -> None:
    assert size("😀").characters == 2
    assert size("😀" * 35).parts == 1
    assert size("😀" * 36).parts == 2


@pytest.mark.parametrize(
    ("character", "instead"),
    [("’", "'"), ("“", '"'), ("–", "-"), ("…", "..."), ("\u00a0", " "), ("ê", "e"), ("\u200b", ""), ("王", None)],
)
def test_a_plainer_character_is_suggested(character: str, instead: str | None) -> None:
    [dear] = size(f"a{character}").dear
    assert dear.instead == instead
    if instead is not None:
        assert size(f"a{instead}").encoding == "GSM-7"


def test_the_price_is_that_of_the_parts() -> None:
    assert size("a" * 161).price(Decimal("2.4")) == Decimal("4.8")
    assert size("a").price(Decimal("2.4"), 12) == Decimal("28.8")


@given(st.text(st.sampled_from("abz @£$ÄöñΔΣΩ\n'\"0189" + EXTENDED + "ŵêŷ’王😀"), max_size=400))
def test_the_count_is_that_of_an_independent_codec(text: str) -> None:
    measured = size(text)
    try:
        octets = len(CODEC.encode(text)[0])
    except UnicodeEncodeError:
        assert measured.encoding == "UCS-2"
        assert measured.characters == len(text.encode("utf-16-be")) // 2
        alone, several = 70, 67
    else:
        assert (measured.encoding, measured.characters) == ("GSM-7", octets)
        alone, several = 160, 153
    cut = [text] if measured.characters <= alone else range(0, measured.characters, several)
    assert measured.parts == len(cut)


@given(st.text(max_size=200))
def test_what_is_named_as_dear_is_where_it_is_said_to_be(text: str) -> None:
    for dear in size(text).dear:
        assert text[dear.position] == dear.character
    if not size(text).dear:
        assert size(text).characters == len(text)
