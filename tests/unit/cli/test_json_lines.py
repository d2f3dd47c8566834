import json
from datetime import UTC, datetime

import pytest

from shared.cli.input import read_lines

NOW = datetime(2024, 9, 30, 9, 15, tzinfo=UTC)
SCHOOL = {
    "type": "mis.school_updated.v1",
    "urn": "123456",
    "name": "Hill School",
    "attendance_email": "office@hill.example.org",
}
PUPIL = {
    "type": "mis.pupil_updated.v1",
    "upn": "B801200005001",
    "urn": "123456",
    "given_name": "Freya",
    "family_name": "Thirtle",
    "date_of_birth": "2013-02-03",
}


def line(facts: dict, **changed: object) -> str:
    return json.dumps({**facts, **changed})


def problems(text: str) -> list[tuple[int, str, str]]:
    messages, found = read_lines([text], NOW)
    assert messages == []
    return [(problem.line, problem.field, problem.fix) for problem in found]


def test_a_line_needs_only_its_type_and_its_facts():
    (message,), found = read_lines([line(SCHOOL)], NOW)
    assert found == []
    assert (message.time, message.correlation_id) == (NOW, message.id)


def test_the_same_line_is_the_same_message_whenever_it_is_sent_and_however_it_is_written():
    later = datetime(2024, 10, 1, tzinfo=UTC)
    (first,), _ = read_lines([line(SCHOOL)], NOW)
    (again,), _ = read_lines(
        [json.dumps(dict(reversed(SCHOOL.items())), indent=None, separators=(" , ", " : "))], later
    )
    (other,), _ = read_lines([line(SCHOOL, name="Dale School")], NOW)
    assert first.id == again.id != other.id


def test_an_empty_id_or_time_is_as_good_as_none():
    (plain,), _ = read_lines([line(SCHOOL)], NOW)
    (empty,), found = read_lines([line(SCHOOL, id=None, time=None, correlation_id=None)], NOW)
    assert found == []
    assert empty == plain


def test_what_the_line_says_of_itself_is_kept():
    said = "0b9c3a52-6f0e-5d4e-9a57-0d3e8a1f2b11"
    (message,), _ = read_lines([line(SCHOOL, id=said, time="2024-09-02T08:00:00+01:00")], NOW)
    assert str(message.id) == said
    assert message.time == datetime(2024, 9, 2, 7, tzinfo=UTC)


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_tolerated():
    messages, found = read_lines(["\ufeff" + line(SCHOOL) + "\r", "", "  \r", line(PUPIL) + "\r\n"], NOW)
    assert (len(messages), found) == (2, [])


def test_every_line_is_checked_and_problems_name_their_own():
    _, found = read_lines([line(SCHOOL), "{", "", line(SCHOOL, urn="12"), "[1]"], NOW)
    assert [problem.line for problem in found] == [2, 4, 5]


def test_a_name_that_stands_twice_is_refused_whichever_would_be_believed():
    for twice in ('{"name": "Dale School", ', '{"x": {"name": 1, "name": 1}, '):
        assert problems(twice + line(SCHOOL)[1:]) == [(1, "name", "stands here twice: keep one of them")]


def test_bad_json_is_named_with_its_column():
    assert problems('{"type": "mis.school_updated.v1",, }')[0][1] == "column 34"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"version": ' + "9" * 5000 + "}", '{"type": []}', '{"type": {}}', "null", '"text"', "{}"],
)
def test_whatever_is_written_ends_in_one_problem_and_never_in_a_crash(text):
    assert len(problems(text)) == 1


def test_a_mistyped_type_is_answered_with_the_nearest_names():
    ((_, field, fix),) = problems(line(SCHOOL, type="mis.school_update.v1"))
    assert field == "type"
    assert "mis.school_updated.v1" in fix


@pytest.mark.parametrize(
    ("changed", "field", "fix"),
    [
        ({"urn": 123456}, "urn", "in quotes"),
        ({"urn": "12345"}, "urn", "6 digits"),
        ({"time": "2024-09-30T09:15:00"}, "time", "offset"),
        ({"time": "yesterday"}, "time", "2024-09-30T09:15:00+01:00"),
        ({"id": "1"}, "id", "leave it out"),
        ({"attendance_email": "nobody"}, "attendance_email", "office@school.example"),
    ],
)
def test_a_problem_says_how_to_mend_it(changed, field, fix):
    ((_, named, words),) = problems(line(SCHOOL, **changed))
    assert named == field
    assert fix in words


def test_a_missing_field_is_named():
    facts = {name: value for name, value in PUPIL.items() if name != "date_of_birth"}
    assert problems(line(facts)) == [(1, "date_of_birth", "is missing: add it")]


def test_a_bad_upn_deep_in_a_line_is_found_by_peoples_counting():
    register = {
        "type": "mis.register_taken.v1",
        "urn": "123456",
        "date": "2024-09-30",
        "session": "AM",
        "group": "7A",
        "revision": 1,
        "marks": [{"upn": "B801200005001", "code": "/"}, {"upn": "A801200005001", "code": "/"}],
    }
    ((_, field, fix),) = problems(line(register))
    assert field == "marks.2.upn"
    assert "check letter" in fix


def test_problems_never_repeat_what_the_line_says():
    secrets = {
        "upn": "Z999999999999",
        "given_name": ["Wilhelmina"],
        "date_of_birth": "31st of Nevuary",
        "address": {"lines": [], "postcode": "QQ99ZZ-secret"},
        "parents": [{"parent_id": "1", "name": "Wilhelmina", "email": "wil!hel?mina@o&o.example"}],
    }
    told = " ".join(f"{field} {fix}" for _, field, fix in problems(line(PUPIL, **secrets)))
    for secret in ("Z999", "Wilhelmina", "Nevuary", "secret", "wil", "o&o", "!", "&"):
        assert secret not in told


@pytest.mark.parametrize("sign", "‘’‛ʼ′´")
def test_whoever_types_a_curly_apostrophe_is_told_of_the_apostrophe(sign: str) -> None:
    person = {"name": "Jo Case", "email": f"jo.o{sign}neill@st-example.example"}
    asked = {"type": "bookings.request_booking.v1", "meeting": "M-7K4M-9PXT3", "person": person}
    (problem,) = [(field, fix) for _, field, fix in problems(line(asked)) if field.startswith("person")]
    assert "apostrophe" in " ".join(problem)
    assert "neill" not in " ".join(problem)
