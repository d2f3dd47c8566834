"""Tables for spreadsheets: CSV whose cells no spreadsheet takes for a formula (OWASP ASVS 1.2.10, RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Mapping

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def as_csv(rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> str:
    """Rows as CSV with a header.

    A text that begins like a formula gets an apostrophe before it, which spreadsheets show as text. Numbers stay.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
