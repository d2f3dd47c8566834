"""Which word on a booking is kept, and what is counted of those that are."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.surveys.results.turnout import BookingState, stands, turnout

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
MEETING: dict[str, Any] = {
    "_id": "M-7K4M-9PXT3", "theme": None, "because": "Webinars", "title": "Webinar", "starts_at": NOON,
    "ends_at": None, "cancelled": False,
}  # fmt: skip


def kept(state: BookingState) -> dict[str, Any]:
    return {"state": state, "told_at": NOON, "told_event": "5"}


@pytest.mark.parametrize(
    ("before", "state", "is_news", "is_kept"),
    [
        (None, "booked", True, True),
        ({"attendance": "attended"}, "booked", True, True),
        (kept("waiting"), "booked", True, True),
        (kept("booked"), "waiting", False, False),
        (kept("booked"), "ended", False, True),
        (kept("ended"), "booked", True, False),
    ],
)
def test_the_latest_word_is_kept_and_an_end_is_for_good(
    before: dict[str, Any] | None, state: BookingState, is_news: bool, is_kept: bool
) -> None:
    assert stands(before, state, is_news) is is_kept


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
