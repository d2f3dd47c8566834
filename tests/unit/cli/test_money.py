"""Money at the command line is pounds; contracts keep pence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.cli import typed
from shared.cli.money import read_pounds
from shared.contracts import CATALOGUE
from shared.contracts.casework import RecordPayment, RecordRefund

PENCE = st.integers(min_value=0, max_value=100_000_000)


@given(PENCE)
def test_pounds_are_read_in_every_way_in_which_people_write_them(pence: int) -> None:
    pounds, rest = divmod(pence, 100)
    ways = [f"{pounds}.{rest:02d}", f"£{pounds}.{rest:02d}", f"£{pounds:,}.{rest:02d}", f" £ {pounds:,}.{rest:02d} "]
    if not rest:
        ways += [f"{pounds}", f"£{pounds}", f"£{pounds:,}"]
    assert {read_pounds(way) for way in ways} == {pence}


@pytest.mark.parametrize(
    "text",
    ["", "£", "80p", "80.5", "80.500", "80,00", "1,08", "1,0800", "8e1", "-80", "+80", "٨٠", "£80 and 5", "80.", ".50",
     "0x50", "1000001", "NaN", "8 0"],
)  # fmt: skip
def test_what_could_be_meant_otherwise_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write pounds, such as 80, £80"):
        read_pounds(text)


def test_every_amount_that_a_person_types_in_a_command_is_read_as_pounds() -> None:
    assert typed.read("80", typed.fields(RecordPayment)["amount"]) == 8000
    assert typed.read("£1,080.00", typed.fields(RecordRefund)["amount"]) == 108_000
    amounts = [
        (kind.key(), name)
        for kind in CATALOGUE.values()
        for name, field in kind.model_fields.items()
        if field.annotation is int and ("amount" in name or "pence" in name) and not typed.is_money(field)
    ]
    assert amounts == [], "an amount without its unit would be typed as pence"
