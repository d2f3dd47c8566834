"""Numbers are read as GOV.UK Notify reads them; what is no mobile number gets no text."""

from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.addresses import phones
from services.notifications.addresses.addresses import canonical, objection
from services.notifications.rules.rule import Recipient, next_rung
from tests.cases import rows

WITHOUT_LANDLINES, WITHOUT_ABROAD = "service without landlines (the default)", "service without international"
PHONES = rows("notify/phones.json")
by_phone = {"ids": lambda row: row["phone"]}


@pytest.mark.parametrize("row", PHONES, **by_phone)
def test_a_number_is_read_as_notify_reads_it(row: dict[str, Any]) -> None:
    if "normalised" not in row:
        with pytest.raises(phones.NoNumber):
            phones.read(row["phone"])
        return
    number = phones.read(row["phone"])
    assert (number.e164, number.multiplier()) == (f"+{row['normalised']}", row["price_multiplier"])
    assert number.is_landline == (row[WITHOUT_LANDLINES]["answer"] == 400)
    assert (number.is_landline or number.is_abroad) == (row[WITHOUT_ABROAD]["answer"] == 400)


@pytest.mark.parametrize("row", PHONES, **by_phone)
def test_what_notify_refuses_gets_no_text_and_a_word_on_why(row: dict[str, Any]) -> None:
    if row["phone"] == "07700.900.123":
        assert canonical("sms", row["phone"]) == "+447700900123"  # ours goes out in one form: the dots are only gaps
        return
    is_taken = row.get(WITHOUT_LANDLINES, {}).get("answer") == 201
    assert canonical("sms", row["phone"]) == (f"+{row['normalised']}" if is_taken else None)
    assert (objection("sms", row["phone"]) is None) == is_taken


@pytest.mark.parametrize("row", rows("public-reports/own-message-phones.json"), **by_phone)
def test_a_number_that_a_colleague_mistypes_is_refused(row: dict[str, Any]) -> None:
    why = objection("sms", row["phone"])
    assert canonical("sms", row["phone"]) is None
    assert why
    assert row["phone"] not in why


def test_a_landline_leads_to_the_next_channel() -> None:
    parent = Recipient("parent:1", email="robin@home.example", phone="01603 223681")
    assert next_rung(("sms", "email"), parent) == 1
    assert next_rung(("sms",), parent) is None


MOBILES = (
    st.integers(7400000000, 7499999999)
    .map(str)
    .filter(lambda number: phonenumbers.is_valid_number(phonenumbers.parse(number, "GB")))
)


@given(MOBILES, st.sampled_from(["0", "+44", "0044", "44", "+44 (0)", "00", "+0", "+"]), st.integers(3, 8))
def test_a_mobile_number_has_one_form_whatever_stands_before_it_and_wherever_its_gaps_are(
    number: str, before: str, gap: int
) -> None:
    typed = f"{before}{number[:gap]} {number[gap:]}"
    assert canonical("sms", typed) == f"+44{number}"


@given(st.text(max_size=20))
def test_whatever_is_typed_it_is_a_number_or_it_is_said_why_not(typed: str) -> None:
    assert (canonical("sms", typed) is None) == bool(objection("sms", typed))
