"""What is sealed comes out as it went in, to whom it belongs, and shows nothing; counts add up however they are cut."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.answers.counts import added, channels_of, count, minutes_of
from services.surveys.store.box import SMALLEST, Box, size_of

BOX = Box("secret")
INVITATION, ANOTHER = str(UUID(int=1)), str(UUID(int=2))
ANSWERS = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.one_of(st.text(max_size=600), st.integers(), st.booleans(), st.lists(st.text(max_size=20), max_size=4)),
    max_size=6,
)
INSTANTS = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TOLD = st.lists(st.tuples(st.sampled_from(("link", "letter", "phone", "email")), st.none() | st.integers(1, 240)))


@given(ANSWERS, INSTANTS)
def test_what_is_sealed_comes_out_as_it_went_in(answers: dict[str, object], at: datetime) -> None:
    content = {"answers": answers, "edition": 1, "begun_at": at, "saved_at": at}
    sealed = BOX.seal(INVITATION, content)
    assert BOX.open(INVITATION, sealed) == content
    assert BOX.seal(INVITATION, sealed) == sealed, "once is enough"


@given(ANSWERS, ANSWERS)
def test_two_boxes_are_alike_whatever_is_in_them(one: dict[str, object], other: dict[str, object]) -> None:
    boxes = [BOX.seal(INVITATION, {"answers": each}) for each in (one, other)]
    sizes = {size_of(each) for each in boxes}
    assert len(sizes) == 1 or max(len(json.dumps(each)) for each in (one, other)) > SMALLEST / 4
    assert {frozenset(each or {}) for each in boxes} == {frozenset({"sealed"})}
    assert boxes[0] != boxes[1], "the same words sealed twice look different"


def test_a_long_letter_shows_its_size_in_powers_of_two_only() -> None:
    sizes = {size_of(BOX.seal(INVITATION, {"answers": {"why": _noise(length)}})) for length in range(0, 30_000, 500)}
    assert len(sizes) <= 4


@given(st.text(min_size=8, max_size=40))
def test_the_words_are_not_to_be_read(words: str) -> None:
    sealed = BOX.seal(INVITATION, {"answers": {"why": words}}) or {}
    assert words.encode() not in sealed["sealed"]


def test_it_opens_for_its_own_invitation_and_with_its_own_key_only() -> None:
    sealed = BOX.seal(INVITATION, {"answers": {}})
    for box, invitation in ((BOX, ANOTHER), (Box("another"), INVITATION)):
        with pytest.raises(InvalidTag):
            box.open(invitation, sealed)


def test_what_was_kept_before_there_were_seals_is_read_as_it_is() -> None:
    kept = {"answers": {"ready": "yes"}, "edition": 1}
    assert BOX.open(INVITATION, kept) == kept
    assert BOX.open(INVITATION, None) is BOX.seal(INVITATION, None) is None


@given(st.uuids())
def test_a_submission_is_known_again_and_its_id_is_not_kept(submission: UUID) -> None:
    assert BOX.known_as(submission) == Box("secret").known_as(submission) != submission
    assert Box("another").known_as(submission) != BOX.known_as(submission)


@given(TOLD, TOLD)
def test_counts_add_up_however_the_answers_came_into_batches(
    one: list[tuple[str, int | None]], other: list[tuple[str, int | None]]
) -> None:
    together = added(count(one), count(other))
    assert together == count([*one, *other])
    assert minutes_of(together) == sorted(minutes for _, minutes in [*one, *other] if minutes is not None)
    assert channels_of(together).total() == len(one) + len(other)


def _noise(length: int) -> str:
    return "".join(chr(33 + (n * n * 31 + n * 7) % 90) for n in range(length))
