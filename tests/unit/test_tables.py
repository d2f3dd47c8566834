"""CSV that spreadsheets show as it was meant."""

import csv
import io
from pathlib import Path

import pytest

from shared.writing.tables import as_csv, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_shown_as_text(text: str) -> None:
    [row] = csv.DictReader(io.StringIO(as_csv([{"a": text}], ["a"]), newline=""))
    assert row["a"] == f"'{text}"


def test_plain_texts_numbers_and_empty_tables_come_out_as_they_are() -> None:
    assert as_csv([{"a": "x, y", "b": -5}], ["a", "b"]) == 'a,b\r\n"x, y",-5\r\n'
    assert as_csv([], ["a", "b"]) == "a,b\r\n"


def test_a_written_file_says_its_encoding_to_excel_and_keeps_every_letter(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [{"a": "Ŵyn – café"}], ["a"])
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + "a\r\nŴyn – café\r\n".encode()


def test_no_two_columns_have_one_name() -> None:
    with pytest.raises(ValueError, match="one name"):
        as_csv([], ["phase", "Phase "])
