"""Every door that reads CSV: whatever the dialect and the order, all is taken rightly, or named by line and field.

The oracle is the table that was written down; the writer below is Python's own, with a dialect around it.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.bookings.booking.importing import read_bookings
from services.notifications.circulars.member_files import read_members
from services.surveys.answers.people_files import read_people
from shared.cli.csv_file import Columns, read_csv
from shared.cli.input import Problem
from shared.cli.marks_csv import read_marks
from tests.desk import Desk
from tests.making import upn

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
LETTERS = "aBcDé üñ'"  # also in Windows-1252, where no two of them are a letter of UTF-8
MORE = LETTERS + "Ŵŷ–“"
UNREAD = "Comment"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Door:
    """One way in: its usual headings, rows that are right, what spoils a field, and what it makes of a file."""

    headings: Sequence[str]
    rows: st.SearchStrategy[Any]
    spoilt: Mapping[str, tuple[str, Sequence[str]]]
    """By heading: the field that is named, and what it cannot be."""
    read: Callable[[bytes], tuple[set[Any], Sequence[Problem]]]
    meant: Callable[[Row], Any]


def words(alphabet: str = MORE) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=12).map(lambda text: f"N{text}n")


def people(**more: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    one = st.fixed_dictionaries({"Name": words(), UNREAD: words(), **more})

    def with_addresses(rows: list[dict[str, str]]) -> list[Row]:
        return [{**row, "Email": f"p{n}@school.example"} for n, row in enumerate(rows)]

    return st.lists(one, min_size=1, max_size=6).map(with_addresses)


def _marks(content: bytes) -> tuple[set[Any], Sequence[Problem]]:
    registers, problems, _ = read_marks(content, None, {}, NOW)
    return {
        (mark.upn, each.date, each.session.value, mark.code, each.urn) for each in registers for mark in each.marks
    }, problems


def _bookings(content: bytes) -> tuple[set[Any], Sequence[Problem]]:
    desk = Desk()
    report = read_bookings(content, {}, (), desk.meeting, (), NOW)
    return {(row.person["name"], row.person["email"], row.booked) for row in report.new}, report.problems


def _members(content: bytes) -> tuple[set[Any], Sequence[Problem]]:
    listed = read_members(content, "parents", NOW.date())
    return {(each.email, each.source, each.consent_on) for each in listed.members}, listed.problems


def _people(content: bytes) -> tuple[set[Any], Sequence[Problem]]:
    found, problems, _ = read_people(content)
    return {(each.name, each.email, each.group) for each in found}, problems


def _plain(text: str) -> str:
    return " ".join(text.split())


DAYS = {
    "2026-11-02": date(2026, 11, 2),
    "03/11/2026": date(2026, 11, 3),
    "4/11/26": date(2026, 11, 4),
    "5 Nov 2026": date(2026, 11, 5),
    "06-Nov-26": date(2026, 11, 6),
    "2026-11-09T00:00:00": date(2026, 11, 9),
}
UPNS = [upn(f"8012000000{n:02}") for n in range(8)]
MARKS = st.lists(
    st.fixed_dictionaries(
        {
            "UPN": st.sampled_from([*UPNS, UPNS[0].lower(), f"'{UPNS[1]}", f'="{UPNS[2]}"']),
            "Date": st.sampled_from(sorted(DAYS)),
            "Session": st.sampled_from(["AM", "pm", "1", "Afternoon"]),
            "Code": st.just("o"),
            "URN": st.sampled_from(["123457", "123457.0", " 123456 ", '="123456"']),
            UNREAD: words(),
        }
    ),
    min_size=1,
    max_size=8,
)
DOORS = {
    "marks": Door(
        ("UPN", "Date", "Session", "Code", "URN", UNREAD),
        MARKS,
        {
            "UPN": ("upn", ["X801200000002", "١٢٣", '"']),
            "Date": ("date", ["02/11/68", "02/11/1924", "31/09/2026", "11/23/2026", "46328", ""]),
            "Session": ("session", ["noon", ""]),
            "Code": ("code", ["", "LATE"]),
            "URN": ("urn", ["12345", "123457.5", "١٢٣٤٥٧", ""]),
        },
        _marks,
        lambda row: (
            row["UPN"].strip("'=\"").upper(),
            DAYS[row["Date"]],
            "AM" if row["Session"] in ("AM", "1") else "PM",
            "O",
            row["URN"].strip(' ="')[:6],
        ),
    ),
    "bookings": Door(
        ("Name", "Email", UNREAD, "Booked on"),
        people(**{"Booked on": st.sampled_from(["02/11/2026 09:00", "2026-11-02T09:00:00Z", "2 Nov 2026 9:00 am"])}),
        {
            "Name": ("name", [""]),
            "Email": ("email", ["di@school.example.", "di at school", "d’i@school.example", "dŵ@school.example", ""]),
            "Booked on": ("booked", ["yesterday", "02/13/2026", "02/11/68", "05/12/2026", "02/11/2026 25:00"]),
        },
        _bookings,
        lambda row: (_plain(row["Name"]), row["Email"], datetime(2026, 11, 2, 9, tzinfo=UTC)),
    ),
    "members": Door(
        ("Name", "Email", UNREAD, "Source", "Consent on"),
        people(**{"Source": words(), "Consent on": st.sampled_from(sorted(DAYS))}),
        {
            "Email": ("email", ["di@", "d’i@school.example", ""]),
            "Source": ("source", [""]),
            "Consent on": ("consent_on", ["", "soon", "01/12/2026"]),
        },
        _members,
        lambda row: (row["Email"], row["Source"].strip(), DAYS[row["Consent on"]]),
    ),
    "people": Door(
        ("Name", "Email", UNREAD, "Group"),
        people(Group=st.sampled_from(["police", "partners"])),
        {
            "Name": ("name", [""]),
            "Email": ("email", ["di@", "d’i@school.example", ""]),
            "Group": ("group", ["friends"]),
        },
        _people,
        lambda row: (_plain(row["Name"]), row["Email"], row["Group"]),
    ),
}


@dataclass(frozen=True)
class Dialect:
    """How a file is written: nothing of it changes what it says."""

    delimiter: str
    encoding: str
    ends: str
    quoting: Any
    hint: bool
    titles: int
    empty: frozenset[int]
    """Before which rows an empty one stands."""

    def write(self, headings: Sequence[str], rows: Sequence[Row]) -> tuple[bytes, list[int]]:
        """The file, and in which line each row begins."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.ends)
        text.write(f"sep={self.delimiter}{self.ends}" if self.hint else "")
        for n in range(self.titles):
            writer.writerow([f"Report {n}", *[""] * (len(headings) - 1)])
        writer.writerow(headings)
        lines = []
        for n, row in enumerate(rows):
            if n in self.empty:
                writer.writerow([""] * len(headings))
            lines.append(text.getvalue().count(self.ends) + 1)
            writer.writerow([row[heading] for heading in headings])
        return text.getvalue().encode(self.encoding), lines


DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    ends=st.sampled_from(["\r\n", "\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    hint=st.booleans(),
    titles=st.integers(0, 3),
    empty=st.frozensets(st.integers(0, 8)),
)


def written(dialect: Dialect, headings: Sequence[str], rows: Sequence[Row]) -> tuple[bytes, list[int]]:
    try:
        content, lines = dialect.write(headings, rows)
    except UnicodeEncodeError:
        assume(False)
        raise
    assume(dialect.encoding != "cp1252" or not _is_utf8_by_accident(content))
    return content, lines


def _is_utf8_by_accident(content: bytes) -> bool:
    try:
        return not content.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("name", DOORS)
@given(data=st.data(), dialect=DIALECTS)
def test_every_dialect_and_every_order_of_rows_and_columns_says_the_same(
    name: str, data: st.DataObject, dialect: Dialect
) -> None:
    door = DOORS[name]
    rows = data.draw(st.permutations(data.draw(door.rows)))
    headings = data.draw(st.permutations(door.headings))
    content, _ = written(dialect, headings, rows)
    taken, problems = door.read(content)
    assert not problems
    assert taken == {door.meant(row) for row in rows}


@pytest.mark.parametrize("name", DOORS)
@given(data=st.data(), dialect=DIALECTS)
def test_a_field_that_cannot_be_read_is_named_with_its_line_as_people_count(
    name: str, data: st.DataObject, dialect: Dialect
) -> None:
    door = DOORS[name]
    rows = data.draw(door.rows)
    heading = data.draw(st.sampled_from(sorted(door.spoilt)))
    field, values = door.spoilt[heading]
    which = data.draw(st.sampled_from(range(len(rows))))
    spoilt = [{**row, heading: data.draw(st.sampled_from(values))} if n == which else row for n, row in enumerate(rows)]
    content, lines = written(dialect, data.draw(st.permutations(door.headings)), spoilt)
    _, problems = door.read(content)
    assert [(each.line, each.field) for each in problems] == [(lines[which], field)]
    assert all(each.fix for each in problems)


PLAIN = Columns({"a": ("a",), "b": ("b",), "c": ("c",)}, ("a", "b", "c"), {}, words=("a", "b", "c"))
CELLS = st.sampled_from(["x", "yé", "", "x y", 'x"y', "x,y", "x\ny", "x, y\nx,y", '"x"'])


@settings(deadline=None, max_examples=30)  # each is tried at every place of the file
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=3), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
@example([("x", "x"), ("", "")], csv.QUOTE_ALL)
@example([("x", "x"), ("", "")], csv.QUOTE_MINIMAL)
def test_whatever_is_put_in_taken_out_or_cut_off_nothing_is_lost_without_a_word(
    rows: list[tuple[str, str]], quoting: Any
) -> None:
    """A quotation mark or a delimiter too many or too few, anywhere: the file is refused, or all of it is there."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=quoting)
    writer.writerow(("a", "b", "c"))
    first = len(text.getvalue())
    writer.writerows([(f"r{n}", *row) for n, row in enumerate(rows)])
    whole = text.getvalue()
    for at in range(first, len(whole)):
        before, after = whole[:at], whole[at:]
        for changed in (f'{before}"{after}', f"{before},{after}", before + after[1:], before):
            file = read_csv(changed, PLAIN)
            if file.problems:
                continue
            told = [" ".join(line.cells.values()) for line in file.lines]
            assert _letters("".join(told)) == _letters(changed[first:]), changed
            assert all(len(re.findall(r"r\d", line)) <= 1 for line in told), changed


def _letters(text: str) -> list[str]:
    return sorted(each for each in text if each.isalnum())


@given(st.binary(max_size=300))
def test_no_bytes_whatever_end_in_a_crash(content: bytes) -> None:
    for door in DOORS.values():
        _, problems = door.read(content)
        assert problems
