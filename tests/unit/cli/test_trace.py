import gzip
import json
from uuid import UUID

import pytest
from typer.testing import CliRunner

from services.cli import app
from shared.identity import derived_reference

STORY, OTHER, REGISTER = (f"{digit}" * 8 + "-0000-4000-8000-000000000000" for digit in "123")
CASE, ELSEWHERE, NOTICE = (derived_reference(kind, UUID(int=number)) for kind, number in (("C", 7), ("C", 8), ("N", 9)))
COMMAND = "44444444-0000-4000-8000-000000000000"


def line(second: int, service: str, event: str, **facts: object) -> str:
    head = {"time": f"2024-10-10T08:00:{second:02}.000001Z", "level": "info", "service": service, "version": "7"}
    return json.dumps({**head, "event": event, **facts}) + "\n"


ABOUT_CASE = {"correlation_id": STORY, "case": CASE}
TAKEN = {"message_id": COMMAND, "correlation_id": OTHER, "attempt": 1, "duration_ms": 8.4}
KEPT = {"message_id": REGISTER, "correlation_id": REGISTER, "urn": "123456", "marks": 3, "unauthorised": 1}
REFUSED = {"command": "notices.withdraw_notice.v1", "reasons": ["impossible_now"]}
REACHED = "absence_threshold_reached"
NOTICES = "".join(
    [
        line(1, "notices", "batch_done", queue="notices.mis.register_taken.v1", messages=400, duration_ms=12.0),
        line(2, "notices", "register_kept", **KEPT),
        line(3, "notices", REACHED, **ABOUT_CASE, count=10, caused_by=REGISTER),
        line(3, "notices", REACHED, correlation_id=STORY, case=ELSEWHERE, count=11, caused_by=REGISTER),
        line(5, "notices", "notice_issued", **ABOUT_CASE, message_id=COMMAND, notice=NOTICE, by="officer-17"),
        line(6, "notices", "message_done", queue="notices.notices.authorise_notice.v1", **TAKEN),
        line(8, "notices", "notice_refused", **ABOUT_CASE, **REFUSED),
    ]
)
NOTIFICATIONS = line(7, "notifications", "letter_accepted", correlation_id=STORY, about=NOTICE) + line(
    4, "notifications", "email_sent", correlation_id=STORY, about=CASE
)
TOLD = [
    "register_kept", REACHED, "email_sent", "notice_issued", "message_done", "letter_accepted", "notice_refused",
]  # fmt: skip


@pytest.fixture
def everyday(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "notices.jsonl").write_text("Traceback (most recent call last):\n" + NOTICES)
    (tmp_path / "logs" / "notifications.jsonl").write_text(NOTIFICATIONS)
    return lambda *words, **more: CliRunner().invoke(app, words, **more)


def events(answer):
    assert answer.exit_code == 0, answer.output
    return [json.loads(each)["event"] for each in answer.stdout.splitlines()]


@pytest.mark.parametrize("asked", [CASE, NOTICE, CASE.lower().replace("-", " ")])
def test_a_reference_tells_its_story_across_the_services_in_order_and_no_other_case(everyday, asked):
    assert events(everyday("trace", asked, "logs", "--json")) == TOLD


def test_a_correlation_id_tells_everything_that_bears_it(everyday):
    told = events(everyday("trace", STORY, "logs", "--json"))
    assert sorted(told) == sorted([*TOLD, REACHED])


def test_lines_come_from_standard_input_with_a_pods_name_before_them(everyday):
    piped = "".join(f"[pod/notices-5d9f/notices] {each}\n" for each in NOTICES.splitlines())
    assert events(everyday("trace", CASE, "-", "--json", input=piped)) == [
        each for each in TOLD if each not in {"email_sent", "letter_accepted"}
    ]


def test_lines_come_from_packed_files_and_from_the_local_stack_where_none_are_named(everyday, tmp_path):
    (tmp_path / "day.gz").write_bytes(gzip.compress(NOTICES.encode()))
    assert len(events(everyday("trace", CASE, "day.gz", "--json"))) == 5
    (tmp_path / ".local" / "stack").mkdir(parents=True)
    (tmp_path / "logs").rename(tmp_path / ".local" / "stack" / "logs")
    assert events(everyday("trace", CASE, "--json")) == TOLD


def test_a_story_is_told_in_words_with_times_of_london(everyday):
    told = everyday("trace", CASE, "logs").stdout
    assert "2024-10-10 09:00:05.000  notices       issued a penalty notice, by officer-17 · case " + CASE in told
    assert "kept a register of school 123456: 3 marks, 1 of them unauthorised" in told
    assert "refused notices.withdraw notice.v1: impossible now" in told
    assert "took notices.authorise_notice.v1 (8.4 ms)" in told


def test_what_no_line_names_is_said_and_a_file_that_is_not_there_too(everyday):
    answer = everyday("trace", derived_reference("C", UUID(int=99)), "logs")
    assert (answer.exit_code, "no line names" in answer.output) == (2, True)
    assert everyday("trace", CASE, "nowhere.jsonl").exit_code == 2
    mistyped = everyday("trace", CASE[:-1] + ("2" if CASE[-1] != "2" else "3"), "logs")
    assert (mistyped.exit_code, "typing mistake" in mistyped.output) == (2, True)


def test_logs_are_chosen_by_service_level_event_and_what_they_name(everyday):
    assert everyday("logs", "logs", "--service", "notifications").stdout.count("\n") == 2
    assert everyday("logs", "logs", "--level", "warning").stdout == ""
    assert everyday("logs", "logs", "--about", NOTICE, "--last", "1").stdout.count("letter accepted") == 1
    assert "400 of mis.register_taken.v1" in everyday("logs", "logs", "--event", "batch_done").stdout
    counted = everyday("logs", "logs", "--event", REACHED, "--count").stdout
    assert "│ 2 " in counted
    assert everyday("logs", "logs", "--level", "loud").exit_code == 2


def test_what_is_stuck_is_what_went_wrong_and_has_not_gone_right_since_with_when_it_began(everyday, tmp_path):
    def of(second, event, level, **about):
        return line(second, "notices", event, **about).replace('"info"', f'"{level}"')

    (tmp_path / "day.log").write_text(
        of(1, "message_retried", "warning", message_id="mended", queue="a.b", delay_s=10, reason="r")
        + of(2, "message_retried", "warning", message_id="parked", queue="a.b", delay_s=10, reason="r")
        + of(3, "message_done", "info", message_id="mended", queue="a.b", duration_ms=1.0)
        + of(4, "message_parked", "error", message_id="parked", queue="a.b", reason="r")
        + of(5, "delivery_planned", "info", delivery="waits", message_id="m")
        + of(6, "delivery_waits", "warning", delivery="waits", why="the mail server is away")
        + of(7, "delivery_waits", "warning", delivery="sent", why="the mail server is away")
        + of(8, "email_sent", "info", delivery="sent")
        + of(9, "relay_waits", "warning", error="E")
    )
    told = everyday("logs", "day.log", "--stuck").stdout.splitlines()
    assert [each[:23] for each in told] == ["2024-10-10 09:00:02.000", "2024-10-10 09:00:06.000"]
    assert "the mail server is away" in told[1]


def test_where_nothing_is_stuck_it_says_so(everyday, tmp_path):
    (tmp_path / "day.log").write_text(line(1, "notices", "message_done", message_id=COMMAND))
    told = everyday("logs", "day.log", "--stuck")
    assert told.stdout == ""
    assert "all is well" in told.stderr
