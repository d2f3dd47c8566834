"""CSV that spreadsheets show as it was meant."""

import csv
import io

import pytest

from shared.tables import as_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_shown_as_text(text: str) -> None:
    [row] = csv.DictReader(io.StringIO(as_csv([{"a": text}], ["a"]), newline=""))
    assert row["a"] == f"'{text}"


def test_plain_texts_numbers_and_empty_tables_come_out_as_they_are() -> None:
    assert as_csv([{"a": "x, y", "b": -5}], ["a", "b"]) == 'a,b\r\n"x, y",-5\r\n'
    assert as_csv([], ["a", "b"]) == "a,b\r\n"
