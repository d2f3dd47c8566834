"""The register, certificates and the reach of meetings: who came, how it is shown, and who was never there."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest

from services.bookings.booking import reach, register
from services.bookings.booking.certificates import certificate
from services.bookings.places.meeting import Moment
from shared.contracts.hosting import CancelBooking, RecordAttendance
from shared.identity import read_reference
from shared.time.clock import LONDON
from shared.writing.paper import as_pdf, as_text
from shared.writing.tables import as_csv
from tests.desk import HOST, SUMMER, WEB, WEBCAST, Desk, details, school

SCHOOLS = {"123456": school("123456", name="Marsh Lane")}


def recorded(desk: Desk, booking: str, status: str, day: int = 0) -> None:
    """A mark by the host, so many days after the meeting."""
    desk.go_to(SUMMER + timedelta(days=day, hours=2))
    marks = [{"booking": booking, "status": status}]
    command = desk.command(RecordAttendance, meeting=desk.meeting.reference, marks=marks, by=HOST)
    at = desk.moment(command)
    for key, mark in register.marks(desk.bookings, command).items():
        desk.tell(key, register.edit(desk.bookings[key], mark, desk.meeting.details, at, HOST.id))


def rows(desk: Desk, needs: register.Needs | None = None) -> list[dict[str, Any]]:
    return register.rows(desk.bookings.values(), SCHOOLS, needs or {})


def test_apologies_are_no_no_show():
    desk = Desk()
    ada, bea, cy = desk.ask("Ada"), desk.ask("Bea"), desk.ask("Cy")
    desk.do(CancelBooking, cy)
    desk.go_to(SUMMER - timedelta(hours=20))
    desk.do(CancelBooking, bea, reason="safeguarding")
    recorded(desk, ada, "no_show")
    shown = {row["name"]: row["attendance"] for row in rows(desk)}
    assert shown == {"Ada": "no-show", "Bea": "apologies"}  # Cy cancelled in good time, and is not expected


def test_a_late_edit_is_shown_with_who_made_it_and_when():
    desk = Desk()
    ada = desk.ask("Ada", urn="123456")
    recorded(desk, ada, "no_show")
    recorded(desk, ada, "attended", day=3)
    [row] = rows(desk)
    assert row["recorded"] == "Sunday 16 June 2024, 11.30am by officer-17, late"
    page = as_text(register.page(desk.meeting, desk.bookings.values(), SCHOOLS, {}, desk.now))
    assert "Ada: no-show became attended, Sunday 16 June 2024, 11.30am, by officer-17" in page
    assert "[  ] Ada: Marsh Lane; attended" in page


def test_what_people_need_is_in_the_hosts_register_and_cells_are_harmless_for_spreadsheets():
    desk = Desk(online=WEBCAST)
    ada = desk.ask("Ada", mode="in_person", person={"name": "=cmd|'/c calc'!A1"})
    desk.ask("Bea", mode="online")
    needs = {ada: {"access": "a hearing loop", "diet": None}}
    [first, second] = csv.DictReader(io.StringIO(as_csv(rows(desk, needs), register.COLUMNS)))
    assert (first["name"], first["access"]) == ("'=cmd|'/c calc'!A1", "a hearing loop")
    assert (second["how"], second["access"]) == ("online", "")
    page = register.page(desk.meeting, desk.bookings.values(), SCHOOLS, needs, desk.now)
    assert [section.heading for section in page.sections] == ["In person", "Online", "What people need"]
    assert as_pdf(page, desk.now).startswith(b"%PDF")


@pytest.mark.parametrize(("minutes", "door"), [(-16, "early"), (-15, "open"), (0, "open"), (89, "open"), (90, "over")])
def test_the_joining_link_is_open_from_shortly_before_until_shortly_after(minutes: int, door: str):
    desk = Desk(**{**WEB, "in_person": None, "ends_at": None})
    ada = desk.ask("Ada")
    starts = desk.meeting.details.starts_at
    now = starts + timedelta(minutes=minutes)
    assert register.door(desk.bookings[ada], desk.meeting.details, now, desk.rules) == door
    desk.do(CancelBooking, ada)
    assert register.door(desk.bookings[ada], desk.meeting.details, now, desk.rules) == "closed"


def test_joining_is_attending_and_joining_again_is_nothing_more():
    desk = Desk(**{**WEB, "in_person": None, "ends_at": None})
    ada = desk.ask("Ada")
    at = Moment(desk.now, desk.command(CancelBooking, booking=ada).id, desk.rules)
    desk.tell(ada, register.joined(desk.bookings[ada], at))
    assert desk.bookings[ada].attendance == "attended"
    assert register.joined(desk.bookings[ada], at) == ()


def test_a_certificate_says_who_came_to_what_when_and_for_how_long_and_only_who_came_has_one():
    desk = Desk()
    ada = desk.ask("Ada")
    with pytest.raises(ValueError, match="attended"):
        certificate(desk.bookings[ada], desk.meeting.details, "", desk.rules, desk.now)
    recorded(desk, ada, "attended")
    desk.go_to(SUMMER + timedelta(hours=4))
    booking = desk.bookings[ada]
    written = certificate(booking, desk.meeting.details, "https://example.org/c", desk.rules, desk.now)
    text = " ".join(pypdf.PdfReader(io.BytesIO(written)).pages[0].extract_text().split())
    for words in (
        "Ada attended Attendance Service network meeting, Summer term",
        "Thursday 13 June 2024, 9.30am to 12.30pm",
        "Length: 3 hours",
        f"Code {booking.certificate}",
        "https://example.org/c",
    ):
        assert words in text
    assert certificate(booking, desk.meeting.details, "https://example.org/c", desk.rules, desk.now) == written


def test_a_certificate_code_has_a_check_character():
    assert read_reference("k 7k4m 9pxt3") == "K-7K4M-9PXT3"
    with pytest.raises(ValueError, match="typing mistake"):
        read_reference("K-7K4M-9PXT4")


@pytest.mark.parametrize(
    ("day", "year"), [(date(2024, 8, 31), 2023), (date(2024, 9, 1), 2024), (date(2025, 1, 1), 2024)]
)
def test_a_school_year_begins_on_1_september(day: date, year: int):
    assert reach.school_year(day) == year
    first, after = reach.span(year)
    assert first <= datetime(day.year, day.month, day.day, 12, tzinfo=LONDON) < after
    assert first == datetime(year, 8, 31, 23, tzinfo=UTC)


def test_the_schools_not_yet_booked_are_those_that_the_meeting_is_for_and_nobody_asked_for():
    schools = [
        school("123456", district="Norwich", phase="Primary"),
        school("654321", district="Broadland", phase="primary"),
        school("222222", district="Broadland", phase="Secondary"),
        school("333333"),
    ]
    desk = Desk(audience={"phases": ["Primary"]})
    ada = desk.ask("Ada", urn="123456")
    assert [each.urn for each in reach.not_yet_booked(desk.meeting, schools)] == ["333333", "654321"]
    assert [each.urn for each in reach.not_yet_booked(desk.meeting, schools, ["broadland"])] == ["654321"]
    desk.do(CancelBooking, ada)
    assert "123456" in {each.urn for each in reach.not_yet_booked(desk.meeting, schools)}


def test_how_each_school_kept_its_bookings_is_counted_without_blame():
    desk = Desk(in_person={"place": "Hall"})
    ada, bea = desk.ask("Ada", urn="123456"), desk.ask("Bea", urn="123456")
    desk.ask("Cy", urn="654321")
    desk.ask("Dan")
    desk.go_to(SUMMER - timedelta(hours=20))
    desk.do(CancelBooking, bea, reason="ofsted")
    recorded(desk, ada, "attended")
    found = {row.pop("urn"): row for row in reach.pattern(desk.bookings.values())}
    assert found == {
        "123456": {"booked": 2, "attended": 1, "apologies": 1, "no_show": 0, "not_recorded": 0},
        "654321": {"booked": 1, "attended": 0, "apologies": 0, "no_show": 0, "not_recorded": 1},
    }


def test_districts_say_how_many_of_their_schools_nobody_came_from():
    schools = [school("123456", district="Norwich"), school("654321", district="Norwich"), school("222222")]
    found = reach.by_district(schools, frozenset({"123456"}))
    assert [(each.name, len(each.schools), [s.urn for s in each.never_reached]) for each in found] == [
        ("Norwich", 2, ["654321"]),
        ("district not known", 1, ["222222"]),
    ]
    assert details().modes == ("in_person",)
