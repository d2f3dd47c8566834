import pytest

from services.notifications.words.plain_english import STATUTORY, faults, reading, sentences


def test_plain_words_pass() -> None:
    text = (
        "A letter is on its way to you. Please read it when it comes.\n\n- It tells you what to do.\n1. Call us.\n" * 3
    )
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("text", "better"),
    [("Please ensure it.", "make sure"), ("In accordance with the Act.", "by"), ("You SHALL pay.", "will or must")],
)
def test_a_banned_word_is_named_with_a_better_one(text: str, better: str) -> None:
    [fault] = faults(text)
    assert better in fault


def test_a_word_that_holds_a_banned_one_is_none() -> None:
    assert list(faults("The marshall ensured shallow regards.")) == []


def test_a_long_sentence_is_named_and_the_law_may_have_longer_ones() -> None:
    text = " ".join(["word"] * 26) + "."
    assert "26 words" in next(iter(faults(text)))
    assert list(faults(text, STATUTORY)) == []
    assert list(faults(" ".join(["word"] * 31) + ".", STATUTORY))


def test_headings_lists_and_addresses_are_no_part_of_a_sentence() -> None:
    text = "A heading\n---------\n\n1. Do this now. Then rest.\n- https://a.example/long/address\n- one more\n"
    assert sentences(text) == ["A heading", "Do this now.", "Then rest.", "one more"]


def test_the_measure_is_the_published_formula() -> None:
    measured = reading("The cat sat on the mat. It was fat.")  # 9 words, 25 letters, 2 sentences
    assert (measured.words, measured.sentences) == (9, 2)
    assert measured.index == pytest.approx(4.71 * 25 / 9 + 0.5 * 9 / 2 - 21.43)


def test_hard_words_are_too_hard() -> None:
    text = "Organisational considerations necessitate comprehensive administrative documentation everywhere. " * 6
    assert "reading measure" in "; ".join(faults(text))
