"""Diary entries, read by a second and independent reader: identity, sequence, times, and nothing smuggled in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from pydantic import ValidationError

from shared.contracts.bookings import AboutBooking, BookingCancelled, BookingChanged, BookingConfirmed
from shared.contracts.hosting import CancelBooking
from shared.contracts.meetings import Diary
from shared.people.invitations import invitation
from shared.time.clock import LONDON
from tests.calendar_program import Calendar, read
from tests.desk import HUB, SUMMER, WEB, Desk

PLAIN: Mapping[str, Any] = {
    "uid": "B-7K4M-9PXT3@bookings.example.org",
    "sequence": 0,
    "method": "REQUEST",
    "stamped_at": datetime(2024, 4, 29, 9, tzinfo=UTC),
    "starts_at": SUMMER,
    "ends_at": SUMMER + timedelta(hours=3),
    "title": "Network meeting",
    "where": "Hall Road, Norwich",
    "description": "Updates.",
    "organiser": {"name": "Attendance Team", "email": "csattendance@norfolk.gov.uk"},
    "attendee": {"name": "Ada Moss", "email": "ada@school.example.org"},
}


def diary(**facts: Any) -> Diary:
    return Diary.model_validate({**PLAIN, **facts})


def shown(event: AboutBooking) -> bytes:
    """What is attached to the message."""
    assert event.diary is not None
    return invitation(event.diary)


def test_a_calendar_follows_created_moved_a_typing_mistake_and_cancelled():
    desk, calendar = Desk(), Calendar()
    ada = desk.ask("Ada")
    calendar.receives(shown(desk.said(BookingConfirmed)[0]))
    [entry] = calendar.entries.values()
    assert entry.uid.value.startswith(ada)
    assert (entry.sequence.value, entry.dtstart.value) == ("0", SUMMER)
    desk.now += timedelta(hours=1)
    desk.change(starts_at=SUMMER + timedelta(days=7), ends_at=SUMMER + timedelta(days=7, hours=3))
    [moved] = desk.said(BookingChanged)
    calendar.receives(shown(moved))
    [entry] = calendar.entries.values()
    assert (entry.sequence.value, entry.dtstart.value) == ("1", SUMMER + timedelta(days=7))
    desk.change(about="Updates, with fewer typing mistakes.")
    assert desk.said(BookingChanged) == [moved]
    assert desk.bookings[ada].sequence == 1
    desk.now += timedelta(hours=1)
    desk.do(CancelBooking, ada)
    [gone] = desk.said(BookingCancelled)
    assert gone.diary is not None
    assert gone.diary.sequence == 2
    calendar.receives(shown(gone))
    calendar.receives(shown(moved))  # a message that was delayed
    assert calendar.entries == {}


def test_a_new_booking_after_a_cancelled_one_is_another_entry():
    desk = Desk()
    ada = desk.ask("Ada")
    desk.do(CancelBooking, ada)
    desk.ask("Ada")
    uids = {event.diary.uid for event in desk.said(BookingConfirmed) if event.diary}
    assert len(uids) == 2


def test_an_invitation_is_what_rfc_5545_wants():
    written = invitation(diary())
    whole = read(written)
    event = whole.vevent
    assert (whole.version.value, whole.method.value) == ("2.0", "REQUEST")
    assert event.organizer.value == "mailto:csattendance@norfolk.gov.uk"
    assert event.attendee.value == "mailto:ada@school.example.org"
    assert event.attendee.params["RSVP"] == ["FALSE"]
    assert b"DTSTART;TZID=Europe/London:20240613T093000\r\n" in written
    assert b"BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n" in written
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert written.count(b"\n") == written.count(b"\r\n")
    assert invitation(diary()) == written


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        (datetime(2024, 3, 30, 11, tzinfo=LONDON), 0),
        (datetime(2024, 3, 31, 11, tzinfo=LONDON), 1),
        (datetime(2024, 10, 26, 11, tzinfo=LONDON), 1),
        (datetime(2024, 10, 27, 11, tzinfo=LONDON), 0),
        (datetime(2031, 3, 30, 1, 30, tzinfo=UTC), 1),
    ],
)
def test_the_zone_that_is_sent_along_tells_the_same_time_on_both_sides_of_a_change_of_clocks(
    local: datetime, offset: int
):
    """Read with the rules in the file itself, not with those of this machine."""
    written = invitation(diary(starts_at=local, ends_at=local + timedelta(hours=1))).decode()
    renamed = written.replace("Europe/London", "Somewhere/Else")
    starts = vobject.readOne(renamed).vevent.dtstart.value
    assert starts.utcoffset() == timedelta(hours=offset)
    assert starts == local


def test_a_meeting_without_an_end_shows_a_usual_length_and_says_so():
    desk = Desk(**{**WEB, "in_person": None, "ends_at": None})
    desk.ask("Ada")
    entry = desk.said(BookingConfirmed)[0].diary
    assert entry is not None
    assert (entry.ends_at - entry.starts_at, entry.end_assumed) == (timedelta(hours=1), True)
    assert "The host gives no end" in read(invitation(entry)).vevent.description.value
    assert entry.url
    assert entry.url in entry.description


NASTY = "Meeting\r\nATTENDEE:mailto:evil@example.org\nBEGIN:VALARM; \\ , ünïcode \N{PILE OF POO} " + "x" * 200


@pytest.mark.parametrize("field", ["where", "description"])
def test_nothing_in_a_text_can_become_a_line_of_its_own(field: str):
    written = invitation(diary(**{field: NASTY}))
    event = read(written).vevent
    assert [each.value for each in event.attendee_list] == ["mailto:ada@school.example.org"]
    assert event.contents.get("valarm") is None
    value = getattr(event, {"where": "location", "description": "description"}[field]).value
    assert value.replace("\r\n", "\n") == NASTY.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "A\nB"},
        {"uid": "x\r\nMETHOD:CANCEL"},
        {"organiser": {"name": "A\r\nB", "email": "a@example.org"}},
        {"attendee": {"name": "A", "email": "a@example.org\r\nX:Y"}},
    ],
)
def test_names_and_identities_have_one_line(facts: dict[str, Any]):
    with pytest.raises(ValidationError):
        diary(**facts)


def test_a_name_with_quotes_and_commas_stays_one_name():
    written = invitation(diary(attendee={"name": 'Jo "Ö" O\'Brien; Head, Hill', "email": "jo@example.org"}))
    attendee = read(written).vevent.attendee
    assert attendee.params["CN"] == ["Jo 'Ö' O'Brien; Head, Hill"]
    assert attendee.value == "mailto:jo@example.org"


def test_who_comes_in_person_finds_the_place_and_how_to_get_in():
    desk = Desk()
    desk.ask("Ada")
    entry = desk.said(BookingConfirmed)[0].diary
    assert entry is not None
    assert entry.where == "The Inspiration Trust Teaching School Hub, Hall Road, Norwich"
    assert HUB["access"] in entry.description
    assert entry.url is None


def test_a_long_text_about_the_meeting_does_not_push_the_joining_link_out():
    desk = Desk(**{**WEB, "in_person": None, "ends_at": None, "about": "x" * 2000})
    ada = desk.ask("Ada")
    entry = desk.said(BookingConfirmed)[0].diary
    assert entry is not None
    assert entry.url
    assert entry.url in entry.description
    assert ada in entry.description
