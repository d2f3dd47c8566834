from datetime import UTC, date, datetime

import pytest

from shared.cli.marks_csv import read_marks

NOW = datetime(2024, 10, 1, 9, tzinfo=UTC)
A, B = "B801200005001", "P207000016049"


def export(*rows: str, header: str = "UPN,Date,Session,Code,URN") -> str:
    return "\n".join([header, *rows]) + "\n"


def read(text: str | bytes, urn: str | None = None, **columns: str):
    return read_marks(text, urn, columns, NOW)[:2]


def named(text: str, urn: str | None = None, **columns: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.field) for problem in read(text, urn, **columns)[1]]


def test_marks_become_one_register_for_each_school_date_and_session():
    registers, problems = read(
        export(
            f"{A},2024-09-30,AM,O,123456",
            f"{B},30/09/2024,am,/,123456",
            f"{A},2024-09-30,PM,O,123456",
            f"{A},2024-09-30,1,I,123457",
        )
    )
    assert problems == []
    assert [(each.urn, each.session.value, len(each.marks)) for each in registers] == [
        ("123456", "AM", 2),
        ("123456", "PM", 1),
        ("123457", "AM", 1),
    ]
    assert {each.date for each in registers} == {date(2024, 9, 30)}
    assert all(each.revision == 1 and each.correlation_id == each.id for each in registers)


def test_the_same_export_in_another_order_is_the_same_registers():
    rows = [f"{A},2024-09-30,AM,O,123456", f"{B},2024-09-30,AM,/,123456"]
    first, _ = read(export(*rows))
    again, *_ = read_marks(export(*reversed(rows), rows[0]), None, {}, datetime(2025, 1, 1, tzinfo=UTC))
    changed, _ = read(export(rows[0].replace(",O,", ",I,"), rows[1]))
    assert [each.id for each in first] == [each.id for each in again] != [each.id for each in changed]


def test_groups_and_revisions_are_registers_of_their_own():
    header = "UPN,Date,Session,Code,Tutor group,Revision"
    registers, problems = read(
        export(f"{A},2024-09-30,AM,O,7A,1", f"{B},2024-09-30,AM,/,7B,1", f"{A},2024-09-30,AM,I,7A,2", header=header),
        "123456",
    )
    assert problems == []
    assert [(each.group, each.revision) for each in registers] == [("7A", 1), ("7A", 2), ("7B", 1)]
    assert len({each.id for each in registers}) == 3


def test_columns_of_other_names_are_mapped_without_regard_to_case():
    text = export(f"{A},2024-09-30,AM,O", header="Learner,Day,Half,Att. Mark")
    assert named(text, "123456") == [(1, "upn"), (1, "date"), (1, "session"), (1, "code")]
    registers, problems = read(text, "123456", upn="LEARNER", date="day", session="Half", code="att. mark")
    assert (len(registers), problems) == (1, [])


def test_a_column_that_was_named_and_is_not_there_is_a_problem():
    text = export(f"{A},2024-09-30,AM,O,123456")
    assert named(text, code="Mark") == [(1, "code")]
    assert named(text, group="Form") == [(1, "group")]


def test_a_school_is_named_by_a_column_or_by_the_option():
    text = export(f"{A},2024-09-30,AM,O", header="UPN,Date,Session,Code")
    assert named(text) == [(1, "urn")]
    assert read(text, "123456")[0][0].urn == "123456"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_recognised_and_a_byte_order_mark_tolerated(separator):
    text = export(f"{A},2024-09-30,AM,O,123456").replace(",", separator)
    registers, problems = read("\ufeff" + text.replace("\n", "\r\n"))
    assert (len(registers), problems) == (1, [])


@pytest.mark.parametrize("written", ["2024-09-30", "30/09/2024", "30/9/2024", "30/09/24", "2024-09-30T00:00:00"])
def test_dates_are_read_as_schools_write_them(written):
    assert read(export(f"{A},{written},AM,O,123456"))[0][0].date == date(2024, 9, 30)


def test_a_code_in_small_letters_is_the_code():
    assert read(export(f"{A},2024-09-30,AM,o,123456"))[0][0].marks[0].code == "O"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("A801200005001,2024-09-30,AM,O,123456", "upn"),
        (",2024-09-30,AM,O,123456", "upn"),
        (f"{A},31/09/2024,AM,O,123456", "date"),
        (f"{A},09/30/2024,AM,O,123456", "date"),
        (f"{A},2024-09-30,evening,O,123456", "session"),
        (f"{A},2024-09-30,AM,,123456", "code"),
        (f"{A},2024-09-30,AM,LATE,123456", "code"),
        (f"{A},2024-09-30,AM,O,12345", "urn"),
        (f"{A},2024-09-30,AM,O", "urn"),
    ],
)
def test_a_bad_value_is_named_by_line_and_field(row, field):
    assert named(export(f"{B},2024-09-30,AM,/,123456", row)) == [(3, field)]


def test_lines_are_counted_as_in_the_file_past_blank_lines_and_quoted_line_ends():
    header = "UPN,Date,Session,Code,URN,Comment"
    text = export(f'{A},2024-09-30,AM,/,123456,"two\nlines"', "", "x,2024-09-30,AM,/,123456,", header=header)
    assert named(text) == [(5, "upn")]


def test_two_codes_for_one_pupil_and_session_are_a_problem():
    assert named(export(f"{A},2024-09-30,AM,O,123456", f"{A},2024-09-30,AM,I,123456")) == [(3, "code")]


def test_problems_never_repeat_what_the_line_says():
    _, problems = read(export("Z123456789012,31/31/2024,noon,SECRET,9", "Z123456789012,2024-09-30,AM,SECRET,123456"))
    told = " ".join(problem.fix for problem in problems)
    assert not any(secret in told for secret in ("Z123", "31/31", "noon", "SECRET"))


@pytest.mark.parametrize("text", ["", "\n", '"', "UPN,Date,Session,Code,URN\n" + "x" * 200_000])
def test_a_file_that_is_no_export_ends_in_problems_and_never_in_a_crash(text):
    registers, problems = read(text)
    assert registers == []
    assert problems
