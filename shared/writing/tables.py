"""Tables for spreadsheets: CSV whose cells no spreadsheet runs as a formula (OWASP ASVS 1.2.10, RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def as_csv(rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> str:
    """Rows as CSV with a header.

    A text that begins like a formula gets a leading apostrophe, which spreadsheets show as text. Numbers stay.

    Raises:
        ValueError: two columns have the same name.
    """
    names = list(columns)
    if len({name.strip().casefold() for name in names}) < len(names):
        raise ValueError("two columns of a table have one name")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def write_csv(file: Path, rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> None:
    """Rows as a file that Excel opens with all letters intact: the byte order mark tells it that this is UTF-8."""
    file.write_bytes(as_csv(rows, columns).encode("utf-8-sig"))


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
