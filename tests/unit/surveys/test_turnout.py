"""Which word on a booking is kept, and what is counted of those that are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.surveys.turnout import Standing, stands, turnout

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
MEETING: dict[str, Any] = {
    "_id": "M-7K4M-9PXT3", "theme": None, "because": "Webinars", "title": "Webinar", "starts_at": NOON,
    "ends_at": None, "cancelled": False,
}  # fmt: skip


def kept(state: Standing) -> dict[str, Any]:
    return {"state": state, "told_at": NOON, "told_event": "5"}


@pytest.mark.parametrize(
    ("before", "state", "told", "is_kept"),
    [
        (None, "booked", (NOON, "1"), True),
        ({"attendance": "attended"}, "booked", (NOON, "1"), True),
        (kept("waiting"), "booked", (NOON + timedelta(minutes=1), "1"), True),
        (kept("booked"), "waiting", (NOON - timedelta(minutes=1), "9"), False),
        (kept("booked"), "booked", (NOON, "5"), False),
        (kept("booked"), "ended", (NOON - timedelta(minutes=1), "1"), True),
        (kept("ended"), "booked", (NOON, "9"), False),
        (kept("ended"), "booked", (NOON + timedelta(days=1), "9"), False),
    ],
)
def test_the_latest_word_is_kept_and_an_end_is_for_good(
    before: dict[str, Any] | None, state: Standing, told: tuple[datetime, str], is_kept: bool
) -> None:
    assert stands(before, state, told) is is_kept


def test_people_and_schools_are_counted_and_whoever_came_had_a_place() -> None:
    places: list[dict[str, Any]] = [
        {"urn": "100001", "state": "booked", "attendance": "attended"},
        {"urn": "100001", "state": "booked", "attendance": "no_show"},
        {"urn": None, "attendance": "attended"},
        {"urn": "100002", "state": "waiting"},
        {"urn": "100003", "state": "ended"},
    ]
    came = turnout(MEETING, places)
    assert came.words == "3 booked from 1 school, 1 waiting for a place, 2 came from 1 school"
    assert turnout(MEETING | {"cancelled": True}, places).words == "cancelled"
