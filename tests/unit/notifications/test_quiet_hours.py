"""Working hours are local ones: bank holidays, weekends and both changes of the clock."""

from datetime import UTC, datetime

import pytest

from services.notifications.deliveries.quiet import Window, next_midnight
from shared.time.clock import LONDON

WINDOW = Window()


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[misc,arg-type]  # year to minute


@pytest.mark.parametrize(
    "now", [london(2024, 10, 4, 8, 0), london(2024, 10, 4, 17, 59), london(2025, 3, 31, 8, 0), london(2024, 10, 28, 8)]
)
def test_it_is_open_in_working_hours(now: datetime) -> None:
    assert WINDOW.next_opening(now) is None


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (london(2024, 10, 4, 7, 59), london(2024, 10, 4, 8)),
        (london(2024, 10, 4, 18, 0), london(2024, 10, 7, 8)),  # Friday evening: Monday
        (london(2024, 10, 5, 12), london(2024, 10, 7, 8)),
        (london(2024, 12, 24, 18), london(2024, 12, 27, 8)),  # over Christmas
        (london(2025, 3, 28, 18), london(2025, 3, 31, 8)),  # summer time begins on the Sunday between
        (london(2024, 10, 25, 18), london(2024, 10, 28, 8)),  # and ends on this one
    ],
)
def test_what_comes_outside_waits_for_the_next_opening(now: datetime, opens: datetime) -> None:
    assert WINDOW.next_opening(now) == opens
    assert WINDOW.next_opening(opens) is None


def test_eight_oclock_is_another_instant_after_the_clocks_have_changed() -> None:
    assert WINDOW.next_opening(london(2025, 3, 28, 18)) == datetime(2025, 3, 31, 7, tzinfo=UTC)
    assert WINDOW.next_opening(london(2024, 10, 25, 18)) == datetime(2024, 10, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize("day", [(2025, 3, 30), (2024, 10, 27), (2025, 7, 1), (2025, 1, 1)])
def test_a_daily_limit_ends_at_local_midnight(day: tuple[int, int, int]) -> None:
    midnight = next_midnight(london(*day, 12)).astimezone(LONDON)
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert (midnight.date() - london(*day, 12).date()).days == 1
