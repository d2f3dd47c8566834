"""CSV as systems export it: any usual delimiter, and columns found by their usual names or by those that one gives."""

import csv
import io
from collections.abc import Mapping, Sequence

from shared.cli.input import Problem


def open_csv(text: str) -> "csv.DictReader[str]":
    """The rows of a CSV with a header, whatever its delimiter; a missing cell is empty."""
    text = text.lstrip("\ufeff")
    head = text.split("\n", 1)[0]
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), restval="")


def find_columns(
    header: Sequence[str], names: Mapping[str, Sequence[str]], given: Mapping[str, str], needed: Sequence[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Which column holds which field. `given` names columns that are not called as usual; `needed` must be there."""
    plain = {name.strip().lower(): name for name in header}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for field, usual in names.items():
        wanted = (given[field].strip().lower(),) if field in given else usual
        column = next((plain[name] for name in wanted if name in plain), None)
        if column is not None:
            found[field] = column
        elif field in given:
            problems.append(Problem(1, field, "the header has no column of the name that you gave for it"))
        elif field in needed:
            problems.append(Problem(1, field, f"no column for it: name it with --{field} NAME"))
    return found, problems
