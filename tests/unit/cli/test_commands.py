import json
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from services.cli import app
from shared.cli import marks_csv
from shared.cli.asking import at_least
from shared.time.clock import Clock, read_offset, write_offset

SCHOOL = {
    "type": "mis.school_updated.v1",
    "urn": "123456",
    "name": "Hill School",
    "attendance_email": "office@hill.example.org",
}


@pytest.fixture
def everyday(monkeypatch, tmp_path):
    for name in ("AMQP_URL", "MONGO_URL", "CLOCK_FILE"):
        monkeypatch.delenv(f"EVERYDAY_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *words, **more: CliRunner().invoke(app, words, **more)


@pytest.fixture
def clock_file(tmp_path):
    file = tmp_path / "clock.json"
    place = tmp_path / ".local" / "stack.json"
    place.parent.mkdir()
    place.write_text(json.dumps({"amqp": "amqp://a", "mongo": "mongodb://a", "clock_file": str(file)}))
    return file


def test_a_dry_run_checks_a_file_without_any_stack(everyday, tmp_path):
    (tmp_path / "school.jsonl").write_text(json.dumps(SCHOOL))
    assert everyday("send", "school.jsonl", "--dry-run").exit_code == 0


def test_a_line_separator_within_a_text_does_not_end_the_line(everyday):
    text = json.dumps({**SCHOOL, "name": "Hill\u2028School\x85"}, ensure_ascii=False)
    assert everyday("send", "-", "--dry-run", input=text.encode()).exit_code == 0


def test_bad_lines_are_all_named_and_end_with_2(everyday):
    ended = everyday("send", "-", "--dry-run", input=json.dumps({**SCHOOL, "urn": "1"}) + "\n{\n")
    assert ended.exit_code == 2
    assert "line 1: urn: a URN has 6 digits" in ended.stderr
    assert "line 2: column" in ended.stderr


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_ends_with_2(everyday, tmp_path, content):
    if content is not None:
        (tmp_path / "[x].jsonl").write_bytes(content)
    ended = everyday("send", "[x].jsonl", "--dry-run")
    assert ended.exit_code == 2
    assert "[x].jsonl" in ended.stderr


@pytest.mark.parametrize(("day", "code"), [("02/09/2044", 0), ("02/09/2040", 0), ("02/09/2047", 2), ("02/09/2020", 2)])
def test_a_dry_run_goes_by_the_clock_of_the_stack(everyday, clock_file, tmp_path, monkeypatch, day, code):
    monkeypatch.setattr(marks_csv, "ask", lambda *_: [{"_id": "123456"}])
    write_offset(clock_file, datetime(2044, 11, 30, tzinfo=UTC) - Clock.wall())
    (tmp_path / "marks.csv").write_text(f"UPN,Date,Session,Code,URN\nB801200005001,{day},AM,O,123456\n")
    assert everyday("import", "marks.csv", "--dry-run").exit_code == code


def test_a_school_that_is_not_known_is_warned_of(everyday, clock_file, tmp_path, monkeypatch):
    monkeypatch.setattr(marks_csv, "ask", lambda *_: [{"_id": "123456"}])
    rows = "".join(f"B801200005001,02/09/2024,AM,O,{urn}\n" for urn in ("123456", "999999"))
    (tmp_path / "marks.csv").write_text(f"UPN,Date,Session,Code,URN\n{rows}")
    ended = everyday("import", "marks.csv", "--dry-run")
    assert (ended.exit_code, "school 999999 is not known here" in ended.stderr) == (0, True)
    assert "123456" not in ended.stderr


def test_a_file_of_pupils_is_answered_with_where_pupils_come_from(everyday, tmp_path):
    (tmp_path / "pupils.csv").write_text("UPN,Surname,DOB\nB801200005001,Larter,2015-03-04\n")
    ended = everyday("import", "pupils.csv", "--dry-run")
    assert (ended.exit_code, "everyday send FILE.jsonl" in ended.stderr) == (2, True)


def test_an_export_that_is_not_utf8_is_read_as_windows_wrote_it(everyday, tmp_path):
    text = "UPN,Name,Date,Session,Mark\nB801200005001,Zoë,30/09/2024,AM,O\n"
    (tmp_path / "marks.csv").write_bytes(text.encode("cp1252"))
    ended = everyday("import", "marks.csv", "--urn", "123456", "--dry-run")
    assert ended.exit_code == 0
    assert "1 register is right" in ended.stderr


@pytest.mark.parametrize("words", [("send", "-"), ("watch",), ("dead", "list"), ("clock", "show")])
def test_without_a_stack_every_command_says_so_and_ends_with_2(everyday, words):
    ended = everyday(*words, input="")
    assert ended.exit_code == 2
    assert "make up" in ended.stderr


@pytest.mark.parametrize("words", [("dead", "replay"), ("dead", "replay", "some-id", "--all")])
def test_a_replay_says_exactly_what_to_bring_back(everyday, words):
    assert everyday(*words).exit_code == 2


@pytest.mark.parametrize("words", [("dead", "drop", "some-id"), ("dead", "drop", "some-id", "--reason", " ")])
def test_nothing_parked_is_dropped_without_a_reason(everyday, words):
    ended = everyday(*words)
    assert ended.exit_code == 2
    assert "--reason" in ended.stderr


def test_a_upn_that_is_none_is_not_looked_for_among_the_parked(everyday):
    ended = everyday("dead", "list", "--about", "A801200005001")
    assert ended.exit_code == 2
    assert "--about" in ended.stderr


def test_the_clock_is_advanced_and_says_where_it_stands(everyday, clock_file):
    assert everyday("clock", "advance", "3d2h").exit_code == 0
    assert read_offset(clock_file).total_seconds() == pytest.approx(74 * 3600, abs=5)
    assert everyday("clock", "advance", "to", "17:31").stdout.count("17:31") == 2


def test_a_clock_set_back_warns(everyday, clock_file):
    ended = everyday("clock", "set", "2024-10-04T18:00")
    assert ended.exit_code == 0
    assert "goes back" in ended.stderr
    assert "Friday 4 October 2024, 18:00:00" in ended.stdout


@pytest.mark.parametrize("words", [("clock", "advance", "soon"), ("clock", "set", "soon")])
def test_a_clock_that_is_told_nonsense_ends_with_2_and_an_example(everyday, clock_file, words):
    ended = everyday(*words)
    assert ended.exit_code == 2
    assert "such as" in ended.stderr


@pytest.mark.parametrize(("day", "in_force"), [("2024-08-18", False), ("2020-01-01", False), ("2024-08-19", True)])
def test_a_day_before_any_policy_has_none(everyday, day, in_force):
    shown = everyday("policy", "show", "--on", day)
    assert shown.exit_code == 0
    assert ("No policy was in force" in shown.stdout) is not in_force
    assert ("threshold.sessions" in shown.stdout) is in_force


def test_the_retry_ladder_is_refused_where_it_is_no_list_of_seconds(everyday):
    for delays in ("x", "10", "[0]", "[-1]", '["a"]'):
        ended = everyday("topology", "--delays", delays)
        assert ended.exit_code == 2
        assert "--delays: write seconds" in ended.stderr


def test_how_long_a_command_waits_is_the_longer_of_its_own_and_the_environments(monkeypatch):
    for told, waits in (("", 5.0), ("60", 60.0), ("1", 5.0)):
        monkeypatch.setenv("EVERYDAY_PATIENCE", told)
        assert at_least(5) == waits
    monkeypatch.setenv("EVERYDAY_PATIENCE", "long")
    with pytest.raises(typer.Exit):
        at_least(5)
