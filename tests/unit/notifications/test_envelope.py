"""An address is held to GOV.UK Notify's rules before a letter goes, and printed as Notify prints it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.words.envelope import FIXES, fault, printed
from tests.cases import rows

ADDRESSES = rows("notify/addresses.json")


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: row["id"])
def test_an_address_is_read_as_notify_reads_it(row: dict[str, Any]) -> None:
    assert (fault(row["lines"]) or "valid") == row["notify"]
    if row["printed"]:
        assert printed(row["lines"]) == row["printed"]


def test_every_fault_names_its_field_and_the_fix() -> None:
    assert all(field.startswith("recipient") and fix for field, fix in FIXES.values())


LINE = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("AZ09 ,.-(”"), max_size=20)
POSTCODE = st.sampled_from(["NR1 2DH", "nr12dh", "NR1  2DH", "BF1 0AA", "JE2 3AB", "AA1 1AA", "Norwich", "BFPO 57"])


@given(
    st.lists(LINE | st.sampled_from(["BFPO 57", "BFPO", "UK", "Germany"]), max_size=6), POSTCODE | st.just("Germany")
)
def test_what_is_printed_is_printed_the_same_once_more_and_has_the_same_fault(lines: list[str], last: str) -> None:
    shown = printed([*lines, last])
    assert printed(shown) == shown
    assert fault(shown) == fault([*lines, last])


@pytest.mark.parametrize(
    ("lines", "shown", "why"),
    [
        (["Unit 3", "BFPO 57"], ["Unit 3", "BFPO 57"], None),
        (["Unit 3", "bfpo c/o 57", "BFPO"], ["Unit 3", "BFPO 57"], None),
        (["Unit 3", "BFPO 57", "United Kingdom"], ["Unit 3", "BFPO 57"], None),
        (["Unit 3", "BFPO 57", "bf12aa"], ["Unit 3", "BF1 2AA", "BFPO 57"], None),
        (["Unit 3", "BFPO 57", "Germany"], ["Unit 3", "BFPO 57", "Germany"], "has-country-for-bfpo-address"),
        (["BFPO 57"], ["BFPO 57"], "not-enough-address-lines"),
        (["Unit 3", "BFPO ٥٧"], ["Unit 3", "BFPO ٥٧"], "not-a-real-uk-postcode"),
    ],
)
def test_a_forces_post_office_stands_last_and_has_no_country(lines: list[str], shown: list[str], why: str) -> None:
    assert printed(["Ms Ada Example", *lines]) == ["Ms Ada Example", *shown]
    assert fault(["Ms Ada Example", *lines]) == why
