"""CSV as people and systems save it: every cell is read correctly, or its line is named with the fix.

Python's reader is lenient: an open quotation mark swallows lines, and of two equal headings the last counts (RFC 4180
allows neither).
"""

import codecs
import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from shared.cli.input import Problem

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_HEADER_WITHIN = 30  # records: no report's title is longer
_HINT = re.compile(r'"?sep=([^"\'\w\s]|\t)"?[,;\t|]*\r?(?:\n|$)', re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = ("=", "+", "-", "@")
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u00ad"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


class Wrong(Exception):
    """A field of a line that cannot be read, and how to fix it. Never repeats the line's content."""

    def __init__(self, field: str, fix: str) -> None:
        super().__init__(field)
        self.field, self.fix = field, fix


@dataclass(frozen=True)
class Line:
    """One row below the header: its first line in the file, as people count, and its cells by field."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """Which headings stand for which field, in lower case; `given` are headings named for this file."""

    names: Mapping[str, Sequence[str]]
    needed: Sequence[str]
    given: Mapping[str, str]
    words: Collection[str] = ()
    """Fields with people's words, where a leading apostrophe may be a name's. Elsewhere a spreadsheet put it."""
    missing: Mapping[str, str] | str = "no column for it: name it with --{field} NAME"

    def usual(self, field: str) -> Sequence[str]:
        return (_heading(self.given[field]),) if field in self.given else self.names[field]

    def found(self, headings: Sequence[str]) -> dict[str, list[int]]:
        """The positions of the columns that may hold a field."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, heading in enumerate(headings):
            places[heading].append(place)
        every = {field: [at for name in self.usual(field) for at in places.get(name, ())] for field in self.names}
        return {field: found for field, found in every.items() if found}

    def why_missing(self, field: str) -> str:
        if field in self.given:
            return "the header has no column of the name that you gave for it"
        return (self.missing if isinstance(self.missing, str) else self.missing[field]).format(field=field)


@dataclass(frozen=True)
class CsvFile:
    """The content of a file. If there are problems, none of it should be used."""

    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()
    fields: frozenset[str] = frozenset()
    header: int = 1
    """The line of the header."""
    notes: tuple[str, ...] = ()
    """How it was read, and which columns were left out as empty or unknown."""


@dataclass(frozen=True)
class _Header:
    """A record that may be the header."""

    delimiter: str
    line: int
    cells: tuple[str, ...]
    found: Mapping[str, list[int]]


class _Broken(Exception):
    def __init__(self, line: int, fix: str) -> None:
        super().__init__(line)
        self.problem = Problem(line, "line", fix)


def read_csv(content: bytes | str, columns: Columns) -> CsvFile:
    """Read a file of any usual encoding and delimiter, with or without a title above its header."""
    try:
        text, encoding = (content, "") if isinstance(content, str) else _decoded(content)
        return _read(text.lstrip(_INVISIBLE).rstrip("\x1a"), encoding, columns)
    except _Broken as broken:
        return CsvFile(problems=(broken.problem,))


def _read(text: str, encoding: str, columns: Columns) -> CsvFile:
    if "\0" in text:
        raise _Broken(text.count("\n", 0, text.index("\0")) + 1, "this is no text: save the file as CSV UTF-8")
    hint = _HINT.match(text)
    if hint:
        text = f"\n{text[hint.end() :]}"
    header = _header(text, [*([hint[1]] if hint else []), *_DELIMITERS], columns)
    problems = [*_missing(header, columns), *_twice(header)]
    if problems:
        return CsvFile(problems=tuple(problems), fields=frozenset(header.found), header=header.line)
    rows = _Rows(header, columns)
    above: list[int] = []
    try:
        for line, cells in _records(text, header.delimiter):
            if line > header.line:
                rows.take(line, cells)
            elif line < header.line:
                above = _above(above, line, cells, header, columns)
    except _Broken as broken:
        rows.problems.append(broken.problem)
    fix = f"this is above the header, which is line {header.line}: put it below, or into a file of its own"
    rows.problems += [Problem(line, "line", fix) for line in above]
    if not rows.lines and not rows.problems:
        rows.problems.append(Problem(header.line, "line", "there is nothing below the header"))
    notes = (_as(header, encoding), *rows.notes())
    return CsvFile(tuple(rows.lines), tuple(rows.problems), frozenset(header.found), header.line, notes)


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding's name. Without a mark: UTF-16 has a zero in every Latin letter, UTF-8 is strict."""
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], codec), name
    if b"\0" in content[:2]:
        return _strictly(content, "utf-16-be" if content[:1] == b"\0" else "utf-16-le"), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        both = any(each in _OF_NAMES for each in content.decode("utf-8", _BAD))
        if both:
            line = content.count(b"\n", 0, error.start) + 1
            raise _Broken(line, "the file mixes two encodings from here: save all of it as CSV UTF-8") from None
        return _strictly(content, "cp1252"), "Windows-1252"


_BAD = "surrogateescape"
_OF_NAMES = frozenset(map(chr, (*range(0x80, 0x250), *range(0x2000, 0x2100))))
"""Characters of names and sentences. Other UTF-8 characters are accidents of Windows-1252, such as é–“."""


def _strictly(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Broken(line, "a letter cannot be read in any usual encoding: save the file as CSV UTF-8") from None


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its first line; raises _Broken."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    first = 1
    try:
        for cells in reader:
            yield first, cells
            first = reader.line_num + 1
    except csv.Error as error:
        raise _Broken(first, _why(str(error))) from None


def _why(error: str) -> str:
    if "limit" in error:
        return f"a cell has more than {csv.field_size_limit():,} characters: look for a quotation mark too many"
    if "end of data" in error:
        return "a quotation mark is opened and never closed: take it out, or close it"
    return "this line is not CSV: look for a quotation mark too many"


def _header(text: str, delimiters: Sequence[str], columns: Columns) -> _Header:
    """The record with the most of our columns, the first of equals; raises _Broken."""
    best: tuple[tuple[bool, int, int, int], _Header] | None = None
    broken: list[_Broken] = []
    for delimiter in delimiters:
        try:
            for line, cells in islice(_records(text, delimiter), _HEADER_WITHIN):
                if not any(map(str.strip, cells)):
                    continue
                found = columns.found([_heading(cell) for cell in cells])
                rank = (all(field in found for field in columns.needed), len(found), -line, len(cells))
                if best is None or rank > best[0]:
                    best = rank, _Header(delimiter, line, tuple(cells), found)
        except _Broken as error:
            broken.append(error)
    if broken and not (best and best[0][1]):
        raise broken[0]
    if best is None:
        raise _Broken(1, "the file is empty")
    return best[1]


def _above(before: list[int], line: int, cells: Sequence[str], header: _Header, columns: Columns) -> list[int]:
    """Lines above a header that are not a title: another table, or rows that sorting moved above their header."""
    found = columns.found([_heading(cell) for cell in cells])
    if len(found) > 1 and all(field in found for field in columns.needed):
        raise _Broken(line, f"another table begins here, above that of line {header.line}: send each on its own")
    if not any(map(_plain, cells)):
        return []
    if len(cells) != len(header.cells):
        return before
    filled = {field for field, places in header.found.items() if any(_plain(cells[place]) for place in places)}
    is_row = len(filled) > 1 and filled.issuperset(columns.needed)
    return [*before, line] if is_row else before


def _heading(text: str) -> str:
    seen = "".join(each for each in _plain(text) if each not in _INVISIBLE)
    return " ".join(seen.removeprefix("'").rstrip(":*.").replace("_", " ").split()).lower()


def _missing(header: _Header, columns: Columns) -> list[Problem]:
    wanted = [each for each in columns.names if each in columns.needed or each in columns.given]
    return [Problem(header.line, field, columns.why_missing(field)) for field in wanted if field not in header.found]


def _twice(header: _Header) -> list[Problem]:
    plain = [_heading(cell) for cell in header.cells]
    again = {name: cell.strip() for name, cell in zip(plain, header.cells, strict=True) if plain.count(name) > 1}
    fix = "two columns have this heading: rename one of them, or take it out"
    return [Problem(header.line, cell, fix) for name, cell in again.items() if name]


class _Rows:
    """The rows below a header, checked against it."""

    def __init__(self, header: _Header, columns: Columns) -> None:
        self._header = header
        self._columns = columns
        self._width = len(header.cells)
        self.lines: list[Line] = []
        self.problems: list[Problem] = []
        self._empty = 0
        self._short: list[int] = []

    def take(self, line: int, cells: Sequence[str]) -> None:
        plain = [_plain(cell) for cell in cells]
        if not any(plain):
            self._empty += bool(cells)
            return
        if fix := self._fault(cells, plain):
            self.problems.append(Problem(line, "line", fix))
            return
        if len(cells) < self._width:
            self._short.append(line)
        by_field = {field: self._cell_of(line, field, places, plain) for field, places in self._header.found.items()}
        self.lines.append(Line(line, by_field))

    def _fault(self, cells: Sequence[str], plain: Sequence[str]) -> str:
        """What is wrong with a row as a whole; empty if each cell is under its heading."""
        if any(plain[self._width :]):
            return (
                f"{len(cells)} cells, and the header has {self._width}: put a cell that holds the delimiter in quotes"
            )
        if len(cells) > self._width and any('"' in cell for cell in cells):
            return "a quotation mark within a cell, and more cells than columns: is the end of a line missing?"
        if 1 < self._width < len(cells) and len(cells) >= 2 * self._width - 1:  # two rows that became one
            return f"{len(cells)} cells, and the header has {self._width}: is the end of a line missing?"
        if any(self._swallows(place, cell) for place, cell in enumerate(cells) if "\n" in cell or "\r" in cell):
            return "a quotation mark takes in the next line: close it, take it out, or write the cell on one line"
        return ""

    def notes(self) -> Iterator[str]:
        ours = {place for places in self._header.found.values() for place in places}
        others = [cell.strip() for place, cell in enumerate(self._header.cells) if place not in ours and cell.strip()]
        if others:
            yield f"columns not read: {', '.join(others)}"
        if self._empty:
            yield f"empty rows left out: {self._empty}"
        if self._short:
            yield f"rows that end before the last column, whose other cells are empty: {_listed(self._short)}"

    def _cell_of(self, line: int, field: str, places: Sequence[int], cells: Sequence[str]) -> str:
        """The cell of a field; if several columns may hold it, they must agree."""
        different = {cells[place]: place for place in reversed(places) if place < len(cells) and cells[place]}
        if len(different) > 1:
            names = " and ".join(sorted(self._header.cells[place].strip() for place in different.values()))
            self.problems.append(Problem(line, field, f"{names} say different things: keep one of these columns"))
        text = next(reversed(different), "")
        if text.startswith("'") and (field not in self._columns.words or text[1:].startswith(_FORMULA)):
            return text[1:].strip()
        return text

    def _swallows(self, place: int, cell: str) -> bool:
        """Whether a cell of several lines is the rest of one row and the start of another."""
        first, *_, last = re.split(r"\r\n|\r|\n", cell)
        after, before = self._width - 1 - place, place
        return first.count(self._header.delimiter) >= after and last.count(self._header.delimiter) >= before


def _plain(cell: str) -> str:
    """A cell without the extras that spreadsheets add."""
    text = cell.strip().strip(_INVISIBLE).strip()
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return kept[1].strip() if kept else text


def _as(header: _Header, encoding: str) -> str:
    delimiter = _DELIMITERS.get(header.delimiter, f"delimiter {header.delimiter}")
    notes = ["one column" if len(header.cells) == 1 else delimiter, encoding]
    notes += [f"header in line {header.line}"] if header.line > 1 else []
    return f"read as: {', '.join(filter(None, notes))}"


def _listed(lines: Sequence[int], most: int = 10) -> str:
    more = f" and {len(lines) - most} more" if len(lines) > most else ""
    return f"line {', '.join(map(str, lines[:most]))}{more}"
