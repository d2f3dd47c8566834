from datetime import UTC, datetime, timedelta

import pytest

from shared.cli.clock import advanced, duration, instant


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
