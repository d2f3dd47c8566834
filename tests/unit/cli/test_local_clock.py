import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.cli.clock import advanced, duration, instant
from shared.cli.places import places_known
from shared.time.clock import write_offset


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("3d2h", timedelta(days=3, hours=2)),
    ],
)
def test_a_step_is_read(text, step):
    assert duration(text) == step


@pytest.mark.parametrize("text", ["", "3", "h", "3 d", "-2h", "2y", "1.5h", "to 25:00", "to 9:60", "to noon"])
def test_what_is_no_step_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="such as"):
        advanced(datetime(2024, 10, 4, 9, tzinfo=UTC), text)


def test_a_clock_goes_on_to_the_next_such_time_of_day_in_london():
    four_pm_summer = datetime(2024, 10, 4, 15, tzinfo=UTC)
    assert advanced(four_pm_summer, "to 17:31") == datetime(2024, 10, 4, 16, 31, tzinfo=UTC)
    assert advanced(four_pm_summer, "to 9:00") == datetime(2024, 10, 5, 8, tzinfo=UTC)


def test_a_time_of_day_is_right_over_the_end_of_summer_time():
    saturday_evening = datetime(2024, 10, 26, 19, tzinfo=UTC)
    assert advanced(saturday_evening, "to 17:31") == datetime(2024, 10, 27, 17, 31, tzinfo=UTC)


def test_an_instant_without_an_offset_is_london_time():
    assert instant("2024-10-04T18:00") == datetime(2024, 10, 4, 17, tzinfo=UTC)
    assert instant("2024-12-04T18:00") == datetime(2024, 12, 4, 18, tzinfo=UTC)
    assert instant("2024-10-04T18:00+00:00") == datetime(2024, 10, 4, 18, tzinfo=UTC)


def test_what_is_no_instant_is_refused_with_an_example():
    with pytest.raises(ValueError, match="2024-10-04T18:00"):
        instant("tomorrow")


def test_what_is_checked_without_the_stack_is_checked_by_the_stacks_clock(tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    write_offset(clock, timedelta(days=4 * 365.25))
    (tmp_path / ".local").mkdir()
    told = {"amqp": "amqp://here/", "mongo": "mongodb://here/", "clock_file": str(clock)}
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(told), "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("AMQP_URL", "MONGO_URL", "CLOCK_FILE"):
        monkeypatch.delenv(f"EVERYDAY_{name}", raising=False)
    here = datetime.now(UTC).year
    assert places_known().clock().today().year == here + 4
    monkeypatch.setenv("EVERYDAY_AMQP_URL", "amqp://elsewhere/")
    assert places_known().clock().today().year == here, "another system has a clock of its own"
