"""Reminders: when they come, on both sides of a change of clocks, merged when close, none after a cancellation."""

from datetime import UTC, datetime, timedelta

import pytest

from services.bookings.booking.reminders import reminders
from shared.contracts.bookings import FollowUpDue, ReminderDue
from shared.contracts.hosting import CancelBooking, RecordMaterials, Substitute
from shared.time.clock import LONDON
from tests.desk import RULES, SUMMER, WEB, Desk, details

ONLINE = {**WEB, "in_person": None, "ends_at": None}


def due(
    starts_at: datetime, mode: str = "online", told_at: datetime | None = None
) -> list[tuple[datetime, tuple[str, ...]]]:
    facts = {**ONLINE, "starts_at": starts_at}
    found = reminders(details(**facts), mode, told_at, RULES)  # type: ignore[arg-type]
    return [(each.due_at.astimezone(UTC), each.kinds) for each in found]


def test_the_webcast_of_13_may_is_remembered_a_week_a_working_day_and_an_hour_before():
    assert due(datetime(2024, 5, 13, 11, tzinfo=LONDON)) == [
        (datetime(2024, 5, 6, 8, tzinfo=UTC), ("7_days",)),
        (datetime(2024, 5, 10, 8, tzinfo=UTC), ("1_working_day",)),
        (datetime(2024, 5, 13, 9, tzinfo=UTC), ("1_hour",)),
    ]


def test_who_comes_in_person_gets_no_reminder_of_the_last_hour():
    assert [kinds for _, kinds in due(SUMMER, "in_person")] == [("7_days",), ("1_working_day",)]


@pytest.mark.parametrize(
    ("starts_at", "week_before", "hour_before"),
    [
        # the clocks go forward on 30 March 2025: 9am is 9am, whatever UTC says
        (
            datetime(2025, 4, 2, 11, tzinfo=LONDON),
            datetime(2025, 3, 26, 9, tzinfo=UTC),
            datetime(2025, 4, 2, 9, tzinfo=UTC),
        ),
        # and back on 27 October 2024
        (
            datetime(2024, 10, 30, 11, tzinfo=LONDON),
            datetime(2024, 10, 23, 8, tzinfo=UTC),
            datetime(2024, 10, 30, 10, tzinfo=UTC),
        ),
    ],
)
def test_a_week_before_is_nine_in_the_morning_on_both_sides_of_a_change_of_clocks(
    starts_at: datetime, week_before: datetime, hour_before: datetime
):
    planned = {kinds: at for at, kinds in due(starts_at)}
    assert planned["7_days",] == week_before
    assert planned["1_hour",] == hour_before


def test_two_reminders_that_fall_close_together_are_one():
    """Easter 2026: the working day before Tuesday 7 April is Thursday 2 April, two days after the week before."""
    assert due(datetime(2026, 4, 7, 10, tzinfo=LONDON), "in_person") == [
        (datetime(2026, 4, 2, 8, tzinfo=UTC), ("7_days", "1_working_day"))
    ]


def test_who_books_late_is_not_reminded_at_once_of_what_they_have_just_read():
    monday = datetime(2024, 5, 13, 11, tzinfo=LONDON)
    friday_early = datetime(2024, 5, 10, 7, 50, tzinfo=UTC)
    assert [kinds for _, kinds in due(monday, told_at=friday_early)] == [("1_hour",)]
    assert [kinds for _, kinds in due(monday, told_at=friday_early - timedelta(days=1))] == [
        ("1_working_day",),
        ("1_hour",),
    ]
    assert due(monday, told_at=monday - timedelta(minutes=30)) == []


def test_reminders_come_once_each_and_none_comes_after_a_cancellation():
    desk = Desk(**ONLINE)
    ada, bea = desk.ask("Ada"), desk.ask("Bea")
    desk.go_to(datetime(2024, 5, 7, tzinfo=LONDON))
    desk.do(CancelBooking, bea)
    desk.go_to(datetime(2024, 5, 13, 10, 59, tzinfo=LONDON))
    assert [event.reminders for event in desk.said(ReminderDue, ada)] == [("7_days",), ("1_working_day",), ("1_hour",)]
    assert [event.reminders for event in desk.said(ReminderDue, bea)] == [("7_days",)]
    assert all(event.links.join for event in desk.said(ReminderDue, ada))


def test_what_was_missed_while_nothing_ran_comes_as_one_and_not_after_the_start():
    desk = Desk(**ONLINE)
    desk.ask("Ada")
    desk.now = datetime(2024, 5, 12, tzinfo=LONDON)  # nothing ran since before the week before
    desk.go_to(desk.now)
    desk.go_to(desk.now + timedelta(seconds=1))
    [event] = desk.said(ReminderDue)
    assert event.reminders == ("7_days", "1_working_day")
    late = Desk(**ONLINE)
    late.ask("Ada")
    late.now = datetime(2024, 5, 13, 11, tzinfo=LONDON)
    late.go_to(late.now + timedelta(hours=1))
    assert late.said(ReminderDue) == []


def test_a_moved_meeting_is_remembered_anew():
    desk = Desk(**ONLINE)
    ada = desk.ask("Ada")
    desk.go_to(datetime(2024, 5, 10, 10, tzinfo=LONDON))
    desk.change(starts_at=datetime(2024, 6, 10, 11, tzinfo=LONDON))
    desk.go_to(datetime(2024, 6, 10, 10, 30, tzinfo=LONDON))
    kinds = [event.reminders for event in desk.said(ReminderDue, ada)]
    assert kinds == [("7_days",), ("1_working_day",), ("7_days",), ("1_working_day",), ("1_hour",)]


def test_who_takes_a_place_over_is_reminded_and_who_gave_it_up_is_not():
    desk = Desk()
    ada = desk.ask("Ada")
    desk.do(Substitute, ada, person={"name": "Zoe", "email": "zoe@school.example.org"})
    desk.go_to(SUMMER)
    assert {event.person.name for event in desk.said(ReminderDue)} == {"Zoe"}


def test_what_follows_a_meeting_waits_for_the_host_or_some_days():
    desk = Desk()
    desk.ask("Ada")
    desk.go_to(SUMMER + timedelta(hours=3) + timedelta(days=5) - timedelta(minutes=1))
    assert desk.said(FollowUpDue) == []
    desk.go_to(desk.now + timedelta(minutes=1))
    assert [event.recording for event in desk.said(FollowUpDue)] == [None]
    quick = Desk()
    quick.ask("Ada")
    quick.go_to(SUMMER + timedelta(hours=4))
    quick.host(RecordMaterials, recording="https://video.example.org/1")
    quick.go_to(quick.now + timedelta(minutes=1))
    assert [event.recording for event in quick.said(FollowUpDue)] == ["https://video.example.org/1"]


def test_materials_handed_round_before_the_meeting_are_no_follow_up():
    desk = Desk()
    desk.ask("Ada")
    desk.host(RecordMaterials, materials=[{"title": "Slides", "url": "https://example.org/slides"}])
    assert desk.said(FollowUpDue) == []
    assert desk.meeting.details.materials[0].title == "Slides"
