"""A meeting as a host writes it down: days and times as people write them, and every mistake named with its fix."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.bookings.cli.files import FileWrong, clock, read_details
from services.bookings.places.words import when, where
from services.cli import app
from shared.contracts.meetings import MeetingDetails
from shared.time.clock import LONDON

EXAMPLES = Path(__file__).parents[3] / "services" / "bookings" / "examples"
BY = ("--officer-id", "o-17", "--officer", "Jo Harwood")


def example(name: str) -> MeetingDetails:
    return MeetingDetails.model_validate(read_details((EXAMPLES / name).read_text(), name))


def test_the_two_meetings_of_the_attendance_teams_page_are_there_to_be_published():
    network, webcast = example("network-meeting.toml"), example("webcast.toml")
    assert when(network) == "Thursday 13 June 2024, 9.30am to 12.30pm"
    assert where(network) == "The Inspiration Trust Teaching School Hub, Hall Road, Norwich"
    assert (when(webcast), webcast.ends_at) == ("Monday 13 May 2024, 11am", None)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("9.30am", "09:30"), ("11am", "11:00"), ("12.15pm", "12:15"), ("12am", "00:00"), ("14:00", "14:00")],
)
def test_times_are_read_as_people_write_them(text: str, hour: str):
    assert f"{clock(text):%H:%M}" == hour


@pytest.mark.parametrize("text", ["9", "25:00", "9:70", "13pm", "half past nine", "٩:٣٠", ""])
def test_what_is_no_time_is_refused_with_a_word_on_how_to_write_one(text: str):
    with pytest.raises(ValueError, match="14:00"):
        clock(text)


@pytest.mark.parametrize(
    ("text", "name", "fix"),
    [
        ("title = 'A'\ndate = 2024-06-13", "m.toml", "from: is missing"),
        ("titel = 'A'", "m.toml", "titel: there is no such field: did you mean title?"),
        ("[in_person]\nplce = 'A'", "m.toml", "in_person.plce: there is no such field: did you mean place?"),
        ("[[evaluation]]\nasks = 'A'", "m.toml", "evaluation.1.asks: there is no such field: did you mean ask?"),
        ("date = '13 June'\nfrom = '9am'", "m.toml", "date: write it as 2024-06-13"),
        ("date = 9999-12-31\nfrom = '9am'", "m.toml", "date: no meeting is on such a day"),
        ("date = '0024-06-13'\nfrom = '9am'", "m.toml", "date: no meeting is on such a day"),
        ("title = ", "m.toml", "this is not TOML"),
        ("{", "m.json", "line 1: this is not JSON"),
        ("{", "M.JSON", "line 1: this is not JSON"),
        ('{"title": "A", "title": "B"}', "m.json", "title: stands here twice"),
        ("[1]", "m.json", "write the fields of one meeting"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_fix(text: str, name: str, fix: str):
    with pytest.raises(FileWrong, match=fix.replace("?", r"\?")):
        read_details(text, name)


def test_an_instant_in_a_file_is_london_time():
    found = read_details("starts_at = 2024-06-13T09:30:00", "m.toml")
    assert datetime.fromisoformat(found["starts_at"]) == datetime(2024, 6, 13, 9, 30, tzinfo=LONDON)


def test_a_file_is_checked_without_a_running_stack():
    done = CliRunner().invoke(app, ["bookings", "publish", str(EXAMPLES / "webcast.toml"), "--dry-run", *BY])
    assert done.exit_code == 0
    assert "Monday 13 May 2024, 11am, online" in done.output


@pytest.mark.parametrize(
    ("facts", "fix"),
    [
        ({"title": "A", "starts_at": "2024-06-13T09:30:00+01:00"}, "in_person, online: say where people meet"),
        ({"online": {"link": "javascript:alert(1)"}}, "online.link: write a whole web address"),
        ({"online": {"link": "https://user:word@example.org/"}}, "online.link: write a whole web address"),
        ({"in_person": {"place": "A", "capacity": 0}}, "in_person.capacity"),
        ({"school_limit": {"rule": "until"}}, "until: give the instant with the rule"),
        ({"ends_at": "2024-06-13T08:00:00+01:00"}, "ends_at: must be after starts_at"),
    ],
)
def test_a_wrong_field_is_named_with_its_fix_and_nothing_is_published(tmp_path: Path, facts: dict[str, Any], fix: str):
    import json

    whole = {"title": "A", "starts_at": "2024-06-13T09:30:00+01:00", "in_person": {"place": "Hub"}, **facts}
    if facts.keys() == {"title", "starts_at"}:
        del whole["in_person"]
    file = tmp_path / "m.json"
    file.write_text(json.dumps(whole))
    done = CliRunner().invoke(app, ["bookings", "publish", str(file), "--dry-run", *BY])
    assert done.exit_code == 2
    assert fix in " ".join(done.output.split())
