"""Places and the waiting list: capacity, order, promotion, offers, limits, and every place freed exactly once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bookings.places.meeting import holder_of, holders_of
from shared.contracts.bookings import (
    BookedOnBehalf,
    BookingCancelled,
    BookingConfirmed,
    BookingOffered,
    BookingRefused,
    BookingWaitlisted,
    ChangeRefused,
)
from shared.contracts.hosting import (
    AcceptOffer,
    CancelBooking,
    ChangeBooking,
    DeclineOffer,
    Substitute,
)
from shared.time.clock import LONDON
from tests.desk import HOST, HUB, LONG_BEFORE, SUMMER, WEBCAST, Desk, school

CASES = Path(__file__).parents[2] / "cases" / "public-reports"
IN_THE_FREEZE = datetime(2024, 6, 12, 9, tzinfo=LONDON)


def test_who_asks_first_has_the_places_and_the_others_wait_in_that_order() -> None:
    desk = Desk()
    asked = [desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan")]
    assert desk.states(*asked) == ["confirmed", "confirmed", "waiting", "waiting"]
    assert [event.position for event in desk.said(BookingWaitlisted)] == [1, 2]
    assert [place.number for place in desk.meeting.places.values()] == [1, 2, 3, 4]


def test_a_request_delivered_again_changes_nothing() -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    desk.count -= 1  # the same command once more
    assert desk.ask("Ada") == ada
    assert len(desk.events) == 2
    assert desk.meeting.accepted == 1


def test_a_meeting_without_a_capacity_takes_everybody() -> None:
    desk = Desk(in_person={**HUB, "capacity": None})
    asked = [desk.ask(f"P{number}") for number in range(50)]
    assert set(desk.states(*asked)) == {"confirmed"}


def test_one_person_has_one_booking_however_they_type_their_address() -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    again = desk.ask("Ada", person={"email": "ADA@School.example.ORG"})
    assert desk.state(again) == "refused"
    [refused] = desk.said(BookingRefused)
    assert refused.reasons[0].code == "already_booked"
    assert ada in refused.reasons[0].words


def test_who_cancelled_may_book_again_and_stands_at_the_end_of_the_list() -> None:
    desk = Desk()
    ada, _, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.do(CancelBooking, ada)
    again = desk.ask("Ada")
    assert desk.states(ada, cy, again) == ["cancelled", "confirmed", "waiting"]
    assert again != ada
    assert desk.said(BookingWaitlisted, again)[0].position == 1


def test_a_cancelled_place_goes_to_the_first_in_line_once_and_never_back_to_the_canceller() -> None:
    desk = Desk()
    ada, _, cy, dan = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan"))
    cancel = desk.do(CancelBooking, ada)
    desk.take(cancel)
    desk.do(CancelBooking, ada)
    assert desk.states(ada, cy, dan) == ["cancelled", "confirmed", "waiting"]
    [told] = desk.said(BookingConfirmed, cy)
    assert told.because == "promoted"
    assert told.links.cancel
    assert len(desk.said(BookingCancelled)) == 1


def test_within_the_freeze_the_place_is_offered_and_kept_for_one_person_alone() -> None:
    desk = Desk()
    ada, _, cy, dan = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan"))
    desk.go_to(IN_THE_FREEZE)
    desk.do(CancelBooking, ada, reason="sickness")
    assert desk.states(cy, dan) == ["offered", "waiting"]
    [offer] = desk.said(BookingOffered)
    assert offer.offer_until == IN_THE_FREEZE + timedelta(hours=12)
    assert offer.diary is None
    desk.do(AcceptOffer, cy)
    assert desk.states(cy, dan) == ["confirmed", "waiting"]
    assert desk.said(BookingConfirmed, cy)[0].because == "offer_accepted"


def test_an_offer_that_is_declined_or_runs_out_goes_to_the_next_and_is_never_made_twice() -> None:
    desk = Desk()
    ada, _, cy, dan, eve = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan", "Eve"))
    desk.go_to(IN_THE_FREEZE)
    desk.do(CancelBooking, ada)
    desk.do(DeclineOffer, cy)
    assert desk.states(cy, dan, eve) == ["offer_declined", "offered", "waiting"]
    desk.go_to(IN_THE_FREEZE + timedelta(hours=12))
    assert desk.states(dan, eve) == ["offer_expired", "offered"]
    desk.do(AcceptOffer, dan)
    assert desk.said(ChangeRefused, dan)[0].reasons[0].code == "no_offer"
    desk.do(AcceptOffer, eve)
    assert desk.states(cy, dan, eve) == ["offer_declined", "offer_expired", "confirmed"]
    assert [event.booking for event in desk.said(BookingOffered)] == [cy, dan, eve]


def test_an_offer_ends_an_hour_before_the_start_and_then_nobody_is_offered_anything() -> None:
    desk = Desk()
    ada, bea, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.go_to(SUMMER - timedelta(hours=2))
    desk.do(CancelBooking, ada)
    assert desk.said(BookingOffered, cy)[0].offer_until == SUMMER - timedelta(hours=1)
    desk.go_to(SUMMER - timedelta(minutes=30))
    dan = desk.ask("Dan")
    desk.do(CancelBooking, bea)
    assert desk.states(cy, dan) == ["offer_expired", "confirmed"]
    assert len(desk.said(BookingOffered)) == 1


def test_who_still_waits_when_the_meeting_begins_is_told_that_no_place_came_free() -> None:
    desk = Desk()
    *_, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.go_to(SUMMER + timedelta(minutes=1))
    assert desk.state(cy) == "list_closed"
    assert desk.said(BookingCancelled, cy)[0].because == "list_closed"


@pytest.mark.parametrize("reason", ["sickness", "ofsted", "safeguarding", "other"])
def test_a_late_cancellation_is_kept_with_its_kind_and_costs_nothing(reason: str) -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    desk.go_to(IN_THE_FREEZE)
    desk.do(CancelBooking, ada, reason=reason)
    [told] = desk.said(BookingCancelled)
    assert (told.late, told.reason) == (True, reason)
    assert desk.bookings[ada].comes


def test_nothing_can_be_cancelled_once_the_meeting_has_begun() -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    desk.go_to(SUMMER)
    desk.do(CancelBooking, ada)
    assert desk.state(ada) == "confirmed"
    assert desk.said(ChangeRefused)[0].reasons[0].code == "has_begun"


def test_a_substitute_keeps_place_number_and_diary_entry_and_the_earlier_holder_loses_theirs() -> None:
    desk = Desk()
    ada = desk.ask("Ada", urn="123456")
    desk.do(Substitute, ada, person={"name": "Zoe", "email": "zoe@school.example.org"}, urn="123456")
    place = desk.meeting.places[ada]
    assert (place.state, place.number, place.turn) == ("confirmed", 1, 1)
    [gone] = desk.said(BookingCancelled)
    [came] = [event for event in desk.said(BookingConfirmed) if event.because == "substituted"]
    assert (gone.person.name, came.person.name) == ("Ada", "Zoe")
    assert gone.diary
    assert came.diary
    assert (gone.diary.uid, gone.diary.method, gone.diary.sequence) == (came.diary.uid, "CANCEL", 1)
    assert gone.links.cancel is None
    assert desk.said(BookingConfirmed)[0].links.cancel != came.links.cancel


def test_a_colleague_who_waits_gives_their_position_up_when_they_take_a_place_over() -> None:
    desk = Desk()
    ada, _, cy, dan = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan"))
    desk.do(Substitute, ada, person={"name": "Cy", "email": "cy@school.example.org"})
    assert desk.states(ada, cy, dan) == ["confirmed", "cancelled", "waiting"]
    assert desk.meeting.position(dan) == 1
    assert desk.meeting.taken("in_person") == 2


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"person": {"name": "Bea", "email": "bea@school.example.org"}}, "already_booked"),
        ({"person": {"name": "Zoe", "email": "zoe@school.example.org"}, "urn": "654321"}, "other_school"),
    ],
)
def test_a_place_passes_to_no_stranger_and_to_nobody_who_has_one(facts: dict[str, object], code: str) -> None:
    desk = Desk()
    ada = desk.ask("Ada", urn="123456")
    desk.ask("Bea", urn="123456")
    desk.do(Substitute, ada, **facts)
    assert desk.said(ChangeRefused)[0].reasons[0].code == code
    assert desk.bookings[ada].person.name == "Ada"


def test_a_substitute_sent_again_after_another_one_does_not_bring_the_first_back() -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    first = desk.do(Substitute, ada, person={"name": "Zoe", "email": "zoe@school.example.org"})
    desk.do(Substitute, ada, person={"name": "Yan", "email": "yan@school.example.org"})
    desk.take(first)
    assert desk.bookings[ada].person.name == "Yan"


def test_after_the_freeze_a_change_needs_a_colleague_and_with_one_it_goes_through() -> None:
    desk = Desk()
    ada = desk.ask("Ada")
    desk.go_to(IN_THE_FREEZE)
    zoe = {"name": "Zoe", "email": "zoe@school.example.org"}
    desk.do(Substitute, ada, person=zoe)
    [refused] = desk.said(ChangeRefused)
    assert refused.reasons[0].words == (
        "Changes after 9.30am on Tuesday 11 June 2024 need the Attendance Team. Call 01603 223681."
    )
    desk.do(Substitute, ada, person=zoe, approved_by=HOST)
    assert desk.bookings[ada].person.name == "Zoe"


def test_each_way_to_come_has_its_own_capacity_and_list() -> None:
    desk = Desk(online=WEBCAST)
    rooms = [desk.ask(name, mode="in_person") for name in ("Ada", "Bea", "Cy")]
    screens = [desk.ask(name, mode="online") for name in ("Dan", "Eve", "Flo")]
    assert desk.states(*rooms, *screens) == ["confirmed", "confirmed", "waiting"] * 2
    asked = desk.ask("Gus")
    assert desk.said(BookingRefused, asked)[0].reasons[0].code == "choose_mode"


def test_who_changes_the_way_to_come_frees_the_place_there_once() -> None:
    desk = Desk(online=WEBCAST)
    ada, _, cy = (desk.ask(name, mode="in_person") for name in ("Ada", "Bea", "Cy"))
    desk.do(ChangeBooking, ada, mode="online")
    assert desk.states(ada, cy) == ["confirmed", "confirmed"]
    assert desk.meeting.places[ada].mode == "online"
    assert (desk.meeting.taken("in_person"), desk.meeting.taken("online")) == (2, 1)
    assert desk.heard_by(ada) == ["booking_confirmed", "booking_changed"]


def test_who_cannot_be_taken_the_other_way_keeps_their_place() -> None:
    desk = Desk(online={**WEBCAST, "capacity": 1})
    ada = desk.ask("Ada", mode="in_person")
    desk.ask("Bea", mode="online")
    desk.do(ChangeBooking, ada, mode="online")
    assert desk.meeting.places[ada].mode == "in_person"
    assert desk.said(ChangeRefused, ada)[0].reasons[0].code == "full"


def test_who_waits_and_changes_to_another_list_stands_at_its_end() -> None:
    desk = Desk(in_person={**HUB, "capacity": 1}, online={**WEBCAST, "capacity": 1})
    desk.ask("Ada", mode="in_person")
    bea = desk.ask("Bea", mode="in_person")
    desk.ask("Cy", mode="online")
    dan = desk.ask("Dan", mode="online")
    desk.do(ChangeBooking, bea, mode="online")
    assert [place.booking for place in desk.meeting.line("online")] == [dan, bea]


def test_a_hard_limit_turns_the_next_of_a_school_away_unless_a_colleague_lets_them_in() -> None:
    desk = Desk(in_person={**HUB, "capacity": 10}, school_limit={"rule": "hard", "places": 1})
    desk.ask("Ada", urn="123456")
    bea = desk.ask("Bea", urn="123456")
    assert desk.said(BookingRefused, bea)[0].reasons[0].words == (
        "This meeting takes 1 person from each school, and this school already has that many."
    )
    assert desk.state(desk.ask("Cy", urn="123456", approved_by=HOST)) == "confirmed"
    assert desk.state(desk.ask("Dan", urn="654321")) == "confirmed"


def test_a_limit_until_a_date_lets_the_others_wait_and_then_opens_the_places_in_order() -> None:
    until = datetime(2024, 6, 1, tzinfo=LONDON)
    limit = {"rule": "until", "places": 1, "until": until}
    desk = Desk(in_person={**HUB, "capacity": 3}, school_limit=limit)
    ada, bea, cy = (desk.ask(name, urn="123456") for name in ("Ada", "Bea", "Cy"))
    dan = desk.ask("Dan", urn="654321")
    assert desk.states(ada, bea, cy, dan) == ["confirmed", "waiting", "waiting", "confirmed"]
    assert desk.said(BookingWaitlisted, bea)[0].because == "school_limit"
    desk.go_to(until)
    assert desk.states(bea, cy) == ["confirmed", "waiting"]


def test_a_place_that_becomes_free_goes_first_to_a_school_with_none_where_the_host_says_so() -> None:
    desk = Desk(in_person={**HUB, "capacity": 1}, school_limit={"rule": "priority"})
    ada = desk.ask("Ada", urn="123456")
    _ = desk.ask("Bea", urn="123456")
    cy = desk.ask("Cy", urn="654321")
    desk.do(CancelBooking, ada)
    assert desk.state(cy) == "waiting"  # with Ada gone, Bea's school has none either, and she asked first
    desk = Desk(in_person={**HUB, "capacity": 2}, school_limit={"rule": "priority"})
    ada, _, cy, dan = (desk.ask(name, urn="123456") for name in ("Ada", "Bea", "Cy", "Dan"))
    eve = desk.ask("Eve", urn="654321")
    desk.do(CancelBooking, ada)
    assert desk.states(cy, dan, eve) == ["waiting", "waiting", "confirmed"]
    assert [entry["what"] for entry in desk.bookings[cy].history] == ["waitlisted", "passed_over"]


def test_a_meeting_for_some_says_clearly_for_whom_and_shuts_out_nobody_of_whom_it_does_not_know() -> None:
    desk = Desk(audience={"phases": ["Primary"], "districts": ["Broadland", "Norwich"]})
    desk.schools = {"123456": school("123456", phase="Secondary", district="Norwich"), "654321": school("654321")}
    ada = desk.ask("Ada", urn="123456")
    [refused] = desk.said(BookingRefused, ada)
    assert [each.words for each in refused.reasons] == ["This meeting is for the phase Primary, not for Secondary."]
    assert desk.state(desk.ask("Bea", urn="654321")) == "confirmed"
    assert desk.state(desk.ask("Cy", urn="123456", approved_by=HOST)) == "confirmed"


def test_nobody_can_book_what_has_begun_or_was_called_off() -> None:
    desk = Desk()
    desk.call_off()
    assert desk.said(BookingRefused, desk.ask("Ada"))[0].reasons[0].code == "meeting_cancelled"
    begun = Desk(now=SUMMER)
    assert begun.said(BookingRefused, begun.ask("Ada"))[0].reasons[0].code == "has_begun"


def test_who_books_for_a_colleague_is_told_too_and_has_a_link_of_their_own() -> None:
    desk = Desk(now=LONG_BEFORE)
    booker = {"name": "Lee", "role": "school", "email": "lee@school.example.org"}
    ada = desk.ask("Ada", booked_by=booker)
    assert desk.heard_by(ada) == ["booking_confirmed", "booked_on_behalf"]
    told = desk.events[-1]
    assert told.to.name == "Lee"  # type: ignore[attr-defined]
    assert told.links.cancel != desk.said(BookingConfirmed)[0].links.cancel  # type: ignore[attr-defined]
    bea = desk.ask("Bea", booked_by={"name": "Jo", "role": "staff", "id": "officer-17"})
    assert desk.heard_by(bea) == ["booking_confirmed"]


def test_who_books_for_a_colleague_hears_of_every_later_turn_once() -> None:
    desk = Desk(in_person={**HUB, "capacity": 1})
    first = desk.ask("Ada")
    booker = {"name": "Lee", "role": "school", "email": "lee@school.example.org"}
    bea = desk.ask("Bea", booked_by=booker, urn="123456")
    desk.do(CancelBooking, first)
    desk.do(Substitute, bea, person={"name": "Cy", "email": "cy@school.example.org"}, urn="123456")
    desk.change(starts_at=SUMMER + timedelta(days=7), ends_at=None)
    desk.call_off("Snow.")
    told = desk.said(BookedOnBehalf)
    assert [(each.outcome, each.because, each.person.name) for each in told] == [
        ("waiting", None, "Bea"),
        ("confirmed", "promoted", "Bea"),
        ("confirmed", "substituted", "Cy"),
        ("confirmed", None, "Cy"),
        ("ended", "meeting_cancelled", "Cy"),
    ]
    assert (told[3].changed, told[4].words, told[4].links.cancel) == (("starts_at", "ends_at"), "Snow.", None)


def test_two_colleagues_who_share_a_mailbox_are_two_people() -> None:
    [case] = [each for each in json.loads((CASES / "booking-emails.json").read_text("utf-8")) if "twice" in each]
    desk = Desk()
    mine = [desk.ask(name, person={"email": case["email"]}) for name in case["twice"]]
    assert [desk.meeting.places[each].state for each in mine] == ["confirmed", "confirmed"]
    again = desk.ask("one, ANN ", person={"email": case["email"].upper()})
    assert desk.meeting.places[again].state == "refused", "the same person, typed otherwise"
    desk.do(Substitute, mine[0], person={"name": "Cat Three", "email": case["email"]})
    assert desk.meeting.places[mine[0]].turn == 1


def test_who_booked_before_names_counted_is_still_recognised_by_their_address() -> None:
    desk = Desk()
    mine = desk.ask("Ada")
    [old] = holders_of(desk.meeting.reference, "ada@school.example.org", "") - {
        holder_of(desk.meeting.reference, "ada@school.example.org", "")
    }
    place = replace(desk.meeting.places[mine], holder=old)
    desk.meeting = replace(desk.meeting, places={mine: place})
    again = desk.ask("Ada")
    assert desk.meeting.places[again].state == "refused"


@given(
    st.lists(st.tuples(st.sampled_from(("Ann One", "one  ann", "Bob Two", "Zoë", "ZOE")), st.sampled_from("xyX"))),
)
@settings(deadline=None)
def test_one_person_has_one_live_booking_and_different_people_have_their_own(asked: list[tuple[str, str]]) -> None:
    """The rule: an address (in any case) and a name (in any order, case and accents) are a person."""
    desk = Desk(in_person={**HUB, "capacity": None})
    for name, box in asked:
        desk.ask(name, person={"email": f"{box}@school.example.org"})
    people = {(box.lower(), {"one  ann": "Ann One", "Zoë": "ZOE"}.get(name, name)) for name, box in asked}
    assert len(list(desk.meeting.live())) == len(people)
