"""Working days, deemed service, and the last days for each amount."""

from datetime import date

import pytest

from services.notices.attendance.policy import shipped
from services.notices.casefile.clocks import clocks
from shared.time.working_days import add_working_days, is_working_day, working_days


def test_a_letter_dispatched_on_tuesday_8_october_2024() -> None:
    found = clocks(date(2024, 10, 8), 1, shipped().versions[0])
    assert found.served_on == date(2024, 10, 10)
    assert found.discount_until == date(2024, 10, 30)
    assert found.pay_until == date(2024, 11, 6)


def test_a_second_notice_has_no_discount() -> None:
    found = clocks(date(2024, 10, 8), 2, shipped().versions[0])
    assert found.discount_until is None
    assert found.pay_until == date(2024, 11, 6)


@pytest.mark.parametrize(
    ("posted", "served"),
    [
        (date(2024, 10, 10), date(2024, 10, 14)),  # Thursday: Friday, Monday
        (date(2024, 10, 11), date(2024, 10, 15)),  # Friday: Monday, Tuesday
        (date(2024, 12, 24), date(2024, 12, 30)),  # Christmas Eve: 27th, 30th
        (date(2025, 4, 17), date(2025, 4, 23)),  # Maundy Thursday: Tuesday, Wednesday after Easter
    ],
)
def test_deemed_service_is_the_second_working_day(posted: date, served: date) -> None:
    assert add_working_days(posted, 2) == served


# fmt: off
BANK_HOLIDAYS = [
    "2024-08-26", "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05",
    "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
    "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26",
    "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
]
# fmt: on


@pytest.mark.parametrize("day", BANK_HOLIDAYS)
def test_bank_holidays_are_not_working_days(day: str) -> None:
    assert not is_working_day(date.fromisoformat(day))


def test_ordinary_days_are() -> None:
    assert is_working_day(date(2024, 10, 8))
    assert not is_working_day(date(2024, 10, 12))


def test_working_days_are_counted_backwards_and_between_two_days() -> None:
    assert add_working_days(date(2024, 5, 7), -1) == date(2024, 5, 3)
    assert working_days(date(2024, 4, 30), date(2024, 5, 17)) == 13
