"""CSV as people really save it: the files of public bug reports, and others of their kinds."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.surveys.answers.people_files import read_people
from shared.cli.csv_file import Columns, read_csv
from shared.cli.marks_csv import read_marks
from shared.cli.spelling import read_day, read_moment, read_number, read_urn

REPORTS = Path(__file__).parents[2] / "cases" / "public-reports"
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
COLUMNS = Columns({"a": ("a", "aa"), "b": ("b",), "c": ("c",)}, ("a", "b"), {}, words=("c",))


@pytest.mark.parametrize(
    ("name", "marks", "named", "said"),
    [
        ("marks-empty-rows.csv", 4, [], "empty rows left out: 2"),
        ("marks-sep-line.csv", 4, [], "read as: semicolons, UTF-8, header in line 2"),
        ("marks-utf16-tab.txt", 4, [], "read as: tabs, UTF-16"),
        ("marks-title-rows.csv", 4, [], "read as: commas, UTF-8, header in line 4"),
        ("marks-excel-text.csv", 2, [], "read as: commas, UTF-8"),
        ("marks-quote-unclosed.csv", 0, [(2, "line")], "columns not read: Comment"),
        ("marks-same-heading-twice.csv", 0, [(1, "Code")], ""),
        ("marks-two-digit-year.csv", 0, [(2, "date"), (3, "date")], "read as: commas, UTF-8"),
    ],
)
def test_the_reported_marks_are_taken_or_named(name: str, marks: int, named: list[tuple[int, str]], said: str) -> None:
    registers, problems, file = read_marks((REPORTS / name).read_bytes(), None, {}, NOW)
    assert [(each.line, each.field) for each in problems] == named
    assert said in (*file.notes, "")
    if not named:
        assert sum(len(each.marks) for each in registers) == marks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_reported_people_are_one_in_every_encoding(encoding: str) -> None:
    text = (REPORTS / "invited-people-semicolons.csv").read_text("utf-8")
    [person], problems, _ = read_people(text.encode(encoding))
    assert (person.name, person.email, person.group, list(problems)) == ("Zoë Smith", "p@police.example", "police", [])


@pytest.mark.parametrize(
    ("content", "line", "field", "fix"),
    [
        (b'a,b,c\n1,2,3\n4,5,"6\n7,8,9\n', 3, "line", "never closed"),
        (b'a,b,c\n1,2,"3\n4,5,6"\n', 2, "line", "takes in the next line"),
        (b'a,b,c\n1,"2,3\n4,5",6\n', 2, "line", "takes in the next line"),
        (b'a,b,c\n1,"2"3,4\n', 2, "line", "quotation mark too many"),
        (b"a,b,c\n1,2," + b"x" * 131_073 + b"\n", 2, "line", "131,072 characters"),
        (b"a,b,c\n1,2,3,4\n", 2, "line", "4 cells, and the header has 3"),
        (b"a,b,b,c\n1,2,3,4\n", 1, "b", "two columns have this heading"),
        (b"a,b,B \n1,2,3\n", 1, "B", "two columns have this heading"),
        (b"a,aa,b\n1,1,2\n1,3,2\n", 3, "a", "a and aa say different things"),
        ("a,b\n1,Zoë\n".encode() + b"2,Zo\xeb\n", 3, "line", "two encodings"),
        (b"a,b\n1,\x81\n", 2, "line", "any usual encoding"),
        (b"a,b\n1,x\x00y\n", 2, "line", "no text"),
        (b'"a,b\n1,2\n', 1, "line", "never closed"),
        (b'sep=;\n\na;b\n1;"2\n', 4, "line", "never closed"),
        (b"a,b\n1,2\n\na,b,c\n3,4,5\n", 1, "line", "another table"),
        (b"3,4,5\na,b,c\n1,2,\n", 1, "line", "above the header"),
        (b"a,b\n", 1, "line", "nothing below the header"),
        (b"", 1, "line", "empty"),
        (b"Report\n\na,c\n1,2\n", 3, "b", "no column for it"),
    ],
)
def test_what_cannot_be_read_is_named_with_line_field_and_fix(content: bytes, line: int, field: str, fix: str) -> None:
    [problem] = read_csv(content, COLUMNS).problems
    assert (problem.line, problem.field) == (line, field)
    assert fix in problem.fix


@pytest.mark.parametrize(
    "content",
    [
        "'a,\u200eb\u200f,c\n1,2,3\n",
        "A:,b*,_c_\n1,2,3\n",
        'a, "b", "c"\n1, "2", "3"\n',
        "\ufeff\ufeffa,b,c\n\u202a1\u202c,2,3\n",
        "One, two, three\n\na,b,c\n1,2,3\n",
        'sep="\na,b,c\n1,2,3\n',
    ],
)
def test_what_programs_put_around_headings_and_cells_changes_nothing(content: str) -> None:
    file = read_csv(content, COLUMNS)
    assert (file.problems, [dict(each.cells) for each in file.lines]) == ((), [{"a": "1", "b": "2", "c": "3"}])


def test_signs_of_windows_that_are_utf8_by_accident_are_read() -> None:
    file = read_csv("a,b,c\n1,2,é–“ é\n".encode("cp1252"), COLUMNS)
    assert file.lines[0].cells["c"] == "é–“ é"


def test_a_cell_of_several_lines_is_read_where_it_is_no_row() -> None:
    file = read_csv(b'a,b,c\n1,2,"two\nlines"\n3,4,5\n', COLUMNS)
    assert [(each.number, each.cells["c"]) for each in file.lines] == [(2, "two\nlines"), (4, "5")]


def test_rows_that_end_early_are_read_and_said() -> None:
    file = read_csv(b"a,b,c\n1,2\n", COLUMNS)
    assert [dict(each.cells) for each in file.lines] == [{"a": "1", "b": "2", "c": ""}]
    assert "whose other cells are empty: line 2" in file.notes[-1]


def test_two_columns_that_say_the_same_are_one() -> None:
    assert [each.cells["a"] for each in read_csv(b"a,aa,b\n1,1,2\n,3,2\n", COLUMNS).lines] == ["1", "3"]


def test_an_apostrophe_is_a_names_or_a_spreadsheets() -> None:
    file = read_csv(b"a,b,c\n'1,'=x,'t Hart\n='1,x,'=y\n", COLUMNS)
    assert [tuple(each.cells.values()) for each in file.lines] == [("1", "=x", "'t Hart"), ("='1", "x", "=y")]


@pytest.mark.parametrize(
    "written", ["2026-11-02", "02/11/2026", "2.11.26", "2-11-2026", "2 Nov 2026", "Mon 2 Nov 2026"]
)
def test_a_day_is_read_as_people_write_it(written: str) -> None:
    assert read_day(written) == date(2026, 11, 2)


@pytest.mark.parametrize(
    "written",
    [
        "11/23/2026",
        "31/09/2026",
        "2026-13-01",
        "46328",
        "٠٢/١١/٢٠٢٦",
        "2/11-2026",
        "soon",
        "Tue 2 Nov 2026",
        "2026-11-02T25:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_no_day_is_guessed(written: str) -> None:
    with pytest.raises(ValueError, match="write the date"):
        read_day(written)


def test_a_day_that_a_system_says_in_utc_is_the_day_in_london() -> None:
    assert read_day("2026-06-30T23:00:00Z") == date(2026, 7, 1)
    assert read_day("2026-11-16T00:00:00Z") == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("02/07/2026 09:00", datetime(2026, 7, 2, 8, tzinfo=UTC)),
        ("2026-07-02T09:00:00Z", datetime(2026, 7, 2, 9, tzinfo=UTC)),
        ("2026-07-02 09:00:00.123+02:00", datetime(2026, 7, 2, 7, tzinfo=UTC)),
        ("2 Jul 2026, 9:05 pm", datetime(2026, 7, 2, 20, 5, tzinfo=UTC)),
        ("02/07/26 12:00 am", datetime(2026, 7, 1, 23, tzinfo=UTC)),
    ],
)
def test_an_instant_is_of_london_unless_it_says_its_offset(written: str, instant: datetime) -> None:
    assert read_moment(written) == instant


def test_numbers_are_read_as_a_spreadsheet_shows_them_and_no_others() -> None:
    assert (read_number("2.0"), read_urn("123457.0"), read_urn("123457,0")) == (2, "123457", "123457")
    for wrong in ("12345", "123457.5", "1234567", "١٢٣٤٥٧", "1.23457E+05", "123,457", ""):
        with pytest.raises(ValueError, match="URN"):
            read_urn(wrong)
