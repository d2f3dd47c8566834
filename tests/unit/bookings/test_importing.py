"""Bookings made elsewhere: the export of a training website, matched to schools, everybody once, and reported."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.bookings.booking.importing import Report, read_bookings
from services.bookings.places.asking import booking_of
from shared.contracts.hosting import CancelBooking, RequestBooking, Substitute
from tests.desk import Desk, school

EXPORT = (Path(__file__).parent / "s4s_export.csv").read_text()
SCHOOLS = [
    school("123456", name="Marsh Lane Primary School"),
    school("654321", name="St. Mary's CofE High School"),
    school("222222", name="Hill Academy"),
    school("333333", name="Church View Infant School"),
]


NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)


def read(desk: Desk, text: str = EXPORT, **columns: str) -> Report:
    return read_bookings(text, columns, SCHOOLS, desk.meeting, desk.bookings.values(), NOW)


def requests(desk: Desk, report: Report) -> list[RequestBooking]:
    facts = [row.facts(desk.meeting.reference, "S4S Training") for row in report.new]
    return [desk.command(RequestBooking, **each) for each in facts]


def test_the_export_of_the_training_website_is_read_as_it_is():
    report = read(Desk())
    assert report.problems == ()
    assert [row.person["email"] for row in report.new] == [
        "BEA@mary.example.org",
        "ada@marsh.example.org",
        "dan@hill.example.org",
        "eve@marsh.example.org",
    ]
    assert [row.urn for row in report.new] == ["654321", "123456", None, "123456"]
    assert report.new[0].person == {"name": "Bea Nix", "email": "BEA@mary.example.org", "role": "Headteacher"}


def test_the_report_says_by_line_what_became_of_each_and_repeats_nobodys_name():
    report = read(Desk())
    assert (report.gone, report.twice, report.already, report.by_name) == ((4,), (6,), (), (2, 3, 7))
    assert report.unmatched == ((5, "did you mean Hill Academy (222222)?"),)


def test_people_have_their_places_in_the_order_of_their_bookings_there():
    desk = Desk()
    asked = requests(desk, read(desk))
    for command in asked:
        desk.take(command)
    assert desk.states(*map(booking_of, asked)) == ["confirmed", "confirmed", "waiting", "waiting"]
    assert desk.bookings[booking_of(asked[0])].source == "S4S Training"


def test_an_export_imported_again_books_nobody_twice_nor_brings_back_who_cancelled_or_sent_a_colleague():
    desk = Desk()
    asked = requests(desk, read(desk))
    for command in asked:
        desk.take(command)
    bea, ada, *_ = map(booking_of, asked)
    desk.do(CancelBooking, bea)
    desk.do(Substitute, ada, person={"name": "Zoe", "email": "zoe@marsh.example.org"})
    again = read(desk)
    assert (again.new, again.already) == ((), (2, 3, 5, 7))


def test_what_is_booked_while_an_import_runs_is_not_booked_twice():
    desk = Desk()
    for command in (*requests(desk, read(desk)), *requests(desk, read(Desk()))):
        desk.take(command)
    assert [booking.state for booking in desk.bookings.values()].count("refused") == 4


def test_an_imported_bookings_reference_cannot_be_worked_out_from_an_address():
    first, second = Desk(), Desk()
    second.count = 7  # another id for each command
    references = [{booking_of(each) for each in requests(desk, read(desk))} for desk in (first, second)]
    assert not references[0] & references[1]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Name,School\nAda,Hill Academy\n", "email"),
        ("Email,School\nada@example.org,Hill Academy\n", "name"),
        ("Name,Email\nAda,ada at example\n", "email"),
        ("Name,Email\n,ada@example.org\n", "name"),
        ('Name,Email\n"Ada"x,"a', "line"),
    ],
)
def test_a_wrong_file_is_refused_with_line_field_and_fix(text: str, field: str):
    report = read(Desk(), text)
    assert [problem.field for problem in report.problems] == [field]
    assert "Ada" not in str(report.problems)


def test_columns_of_other_names_are_named():
    report = read(
        Desk(), "Wer;Mail;Haus\nAda Moss;ada@example.org;Hill Academy\n", name="Wer", email="mail", school="Haus"
    )
    assert [(row.person["name"], row.urn) for row in report.new] == [("Ada Moss", "222222")]


@pytest.mark.parametrize(
    ("name", "urn"),
    [
        ("St Marys Church of England High School", "654321"),
        ("THE HILL ACADEMY", "222222"),
        ("Church View Infants School", None),
        ("Church View Infant", "333333"),
        ("High School", None),
    ],
)
def test_a_school_is_found_by_its_name_where_no_other_can_be_meant(name: str, urn: str | None):
    report = read(Desk(), f"Name,Email,School\nAda Moss,ada@example.org,{name}\n")
    assert [row.urn for row in report.new] == [urn]


REPORTS = Path(__file__).parents[2] / "cases" / "public-reports"


@pytest.mark.parametrize(
    ("name", "emails", "problems", "unknown", "unmatched"),
    [
        ("bookings-dates.csv", ["cy", "bo", "al"], [], (), [2, 3, 4]),
        ("bookings-bad-email.csv", ["ed"], [(2, "email")], (), [3]),
        ("bookings-empty-rows.csv", ["fi"], [], (), [2]),
        ("bookings-urn-as-number.csv", ["fi", "gi"], [], (2,), [3]),
    ],
)
def test_the_reported_exports_are_taken_or_named(
    name: str, emails: list[str], problems: list[tuple[int, str]], unknown: tuple[int, ...], unmatched: list[int]
) -> None:
    report = read(Desk(), (REPORTS / name).read_text())
    assert [row.person["email"].partition("@")[0] for row in report.new] == emails
    assert [(each.line, each.field) for each in report.problems] == problems
    assert (report.unknown, [line for line, _ in report.unmatched]) == (unknown, unmatched)
    if name == "bookings-urn-as-number.csv":
        assert [row.urn for row in report.new] == ["123457", None]


@pytest.mark.parametrize("booked", ["yesterday", "31/09/2026", "02/11/68", "01/12/2026 09:00"])
def test_a_day_of_booking_that_decides_nothing_is_named(booked: str) -> None:
    report = read(Desk(), f"Name,Email,Booked on\nAda,ada@example.org,{booked}\n")
    assert [(each.line, each.field) for each in report.problems] == [(2, "booked")]
