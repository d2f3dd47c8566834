"""Why was I not offered a place? The answer names nobody, and can be checked with a finger."""

from datetime import datetime, timedelta

from services.bookings.booking.why import why
from services.bookings.places.words import ENTRY_KINDS, sentence
from shared.contracts.hosting import AcceptOffer, CancelBooking, DeclineOffer, Substitute
from shared.time.clock import LONDON
from shared.writing.paper import as_text
from tests.desk import HOST, HUB, SUMMER, Desk

FREEZE = SUMMER - timedelta(hours=48)


def told(desk: Desk, booking: str) -> str:
    page = why(desk.bookings[booking], desk.meeting, desk.bookings.values(), desk.rules, desk.now)
    return as_text(page)


def test_who_waits_learns_where_they_stand_and_where_the_free_places_went():
    desk = Desk()
    ada, *_, eve = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan", "Eve"))
    assert "No place has become free since they asked." in told(desk, eve)
    desk.do(CancelBooking, ada)
    text = told(desk, eve)
    assert "2 places of 2 are taken." in text
    assert "1 person who asked earlier is before them: they are number 2 on the list." in text
    assert "1 place became free: to number 3 in order of acceptance, who had asked before." in text
    assert "Until Tuesday 11 June 2024, 9.30am: when it is their turn, the place is booked at once" in text
    assert not any(name in text for name in ("Ada", "Bea", "Cy", "Dan", "Eve"))


def test_who_has_an_offer_learns_until_when_and_who_missed_it_why_it_is_over():
    desk = Desk()
    ada, bea, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.go_to(FREEZE)
    desk.do(CancelBooking, ada)
    assert "The place is kept until Tuesday 11 June 2024, 9.30pm. Without an answer, it goes" in told(desk, cy)
    assert "Other changes now need the Attendance Team" in told(desk, bea)
    desk.go_to(FREEZE + timedelta(hours=13))
    text = told(desk, cy)
    assert "Ended: they did not answer the offer in time." in text
    assert "A new booking goes to the end of the list" in text


def test_who_is_passed_over_for_the_limit_of_their_school_learns_that():
    limit = {"rule": "until", "places": 1, "until": datetime(2024, 6, 1, tzinfo=LONDON)}
    desk = Desk(in_person={**HUB, "capacity": 3}, school_limit=limit)
    desk.ask("Ada", urn="123456")
    bea = desk.ask("Bea", urn="123456")
    text = told(desk, bea)
    assert "The meeting gives each school 1 place until Saturday 1 June 2024, 12am, and this school has them" in text
    assert "1 place of 3 is taken" in text


def test_who_was_refused_learns_every_reason():
    desk = Desk()
    ada = desk.ask("Ada")
    again = desk.ask("Ada")
    assert f"Not booked: This person already has the booking {ada} for this meeting." in told(desk, again)


def test_every_kind_of_entry_can_be_said():
    desk = Desk()
    ada, bea, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.change(starts_at=SUMMER + timedelta(hours=1), ends_at=None)
    desk.do(
        Substitute, bea, person={"name": "Zoe", "email": "zoe@school.example.org"}, by={"name": "Jo", "role": "staff"}
    )
    desk.go_to(SUMMER - timedelta(hours=40))
    desk.do(CancelBooking, ada, reason="ofsted", by={"name": "Lee", "role": "school"})
    desk.do(AcceptOffer, bea)
    desk.do(DeclineOffer, cy)
    desk.go_to(SUMMER + timedelta(days=10))
    said = [sentence(entry) for booking in desk.bookings.values() for entry in booking.history]
    assert "Cancelled (Ofsted, late), by a colleague at the school." in said
    assert "The meeting changed: the start time and the end time." in said
    assert "Handed to a colleague from the same school, by staff." in said
    assert all(line.endswith(".") and "_" not in line and "{" not in line for line in said)
    assert desk.meeting.places.keys() == desk.bookings.keys()
    assert HOST.name not in " ".join(said)


def test_no_kind_of_decision_is_without_its_sentence():
    from services.bookings.places.meeting import KINDS

    assert KINDS <= ENTRY_KINDS
