"""What a host changes: what is material is told once to whom it concerns, a typing mistake to nobody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import typer

from services.bookings.cli.hosting import ask_about_the_same
from services.bookings.places.materiality import difference
from services.bookings.places.words import changes
from services.notifications.rules.bookings import RULES
from services.notifications.rules.rule import facts_of
from services.notifications.words.wording import write
from shared.contracts.bookings import (
    BookedOnBehalf,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    HostRefused,
    MeetingCancelled,
    MeetingChanged,
)
from shared.contracts.hosting import CancelMeeting, ChangeMeeting, ConfirmComing
from tests.desk import HOST, HUB, SUMMER, WEBCAST, Desk, details

LATER = {"starts_at": SUMMER + timedelta(days=7), "ends_at": SUMMER + timedelta(days=7, hours=3)}


@pytest.mark.parametrize(
    ("changed", "material"),
    [
        ({"title": "Attendance Service Network Meeting, Summer Term"}, ()),
        ({"about": "Updates, and time with the team."}, ()),
        ({"agenda": [{"title": "Agenda", "url": "https://example.org/agenda"}]}, ()),
        ({"in_person": {**HUB, "place": "The inspiration trust  Teaching School Hub."}}, ()),
        ({"in_person": {**HUB, "capacity": 80}}, ()),
        ({"in_person": {**HUB, "place": "County Hall"}}, ("place",)),
        ({"in_person": {**HUB, "address": ("Martineau Lane", "Norwich")}}, ("place",)),
        ({"starts_at": SUMMER + timedelta(minutes=30)}, ("starts_at",)),
        ({"ends_at": None}, ("ends_at",)),
        ({"online": WEBCAST}, ("mode",)),
        ({"in_person": None, "online": WEBCAST}, ("mode",)),
    ],
)
def test_time_place_and_way_to_come_are_material_and_words_are_not(changed: dict[str, Any], material: tuple[str, ...]):
    assert difference(details(), details(**changed)).material == material


def test_the_joining_link_is_material_and_a_place_that_is_only_spelt_better_is_not():
    before = details(online=WEBCAST)
    other = details(online={**WEBCAST, "link": "https://meet.example.org/other"})
    assert difference(before, other).material == ("link",)
    spelt = details(in_person={**HUB, "place": "The Inspiration Trust Teachers' School Hub"})
    assert difference(details(), spelt).material == ("place",)
    assert difference(details(), spelt, wording_only=True).material == ()
    moved = details(starts_at=SUMMER + timedelta(hours=1))
    assert difference(details(), moved, wording_only=True).material == ("starts_at",)


def test_a_moved_meeting_asks_everybody_once_whether_they_are_still_coming():
    desk = Desk()
    ada, bea, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.change(**LATER)
    told = {event.booking: event for event in desk.said(BookingChanged)}
    assert set(told) == {ada, bea, cy}
    assert told[ada].changed == ("starts_at", "ends_at")
    assert told[ada].links.still_coming
    assert told[ada].diary is not None
    assert (told[ada].diary.sequence, told[ada].about.starts_at) == (1, LATER["starts_at"])
    assert (told[cy].outcome, told[cy].diary, told[cy].links.still_coming) == ("waiting", None, None)
    desk.do(ConfirmComing, ada)
    assert desk.bookings[ada].history[-1]["what"] == "still_coming"


def test_who_comes_online_is_not_told_of_another_room_nor_who_comes_in_person_of_another_link():
    desk = Desk(online=WEBCAST)
    ada, bea = desk.ask("Ada", mode="in_person"), desk.ask("Bea", mode="online")
    desk.change(in_person={**HUB, "place": "County Hall"})
    assert [event.booking for event in desk.said(BookingChanged)] == [ada]
    desk.change(online={**WEBCAST, "link": "https://meet.example.org/other"})
    assert [event.booking for event in desk.said(BookingChanged)] == [ada, bea]


def test_more_room_goes_to_those_who_wait_in_order_and_they_hear_of_it_once():
    desk = Desk()
    *_, cy, dan, eve = (desk.ask(name) for name in ("Ada", "Bea", "Cy", "Dan", "Eve"))
    desk.change(in_person={**HUB, "capacity": 4}, **LATER)
    assert desk.states(cy, dan, eve) == ["confirmed", "confirmed", "waiting"]
    assert desk.heard_by(cy) == ["booking_waitlisted", "booking_confirmed"]
    assert desk.said(BookingConfirmed, cy)[0].about.starts_at == LATER["starts_at"]


def test_nobody_loses_a_place_by_a_smaller_room():
    desk = Desk()
    desk.ask("Ada")
    desk.ask("Bea")
    desk.change(in_person={**HUB, "capacity": 1})
    [refused] = desk.said(HostRefused)
    assert refused.reasons[0].words.startswith("in_person.capacity: 2 places are booked or on offer")
    assert desk.meeting.details.capacity("in_person") == 2
    assert desk.meeting.refusals[0]["reasons"][0]["code"] == "too_few_places"


def test_a_meeting_that_goes_online_for_the_snow_takes_everybody_along():
    desk = Desk()
    ada, bea, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    desk.change(in_person=None, online={**WEBCAST, "capacity": 3})
    assert {desk.meeting.places[each].mode for each in (ada, bea, cy)} == {"online"}
    assert desk.states(ada, bea, cy) == ["confirmed", "confirmed", "confirmed"]
    told = desk.said(BookingChanged, ada)[0]
    assert (told.changed, told.about.where) == (("mode",), "online")
    assert told.links.join
    desk = Desk()
    desk.ask("Ada")
    desk.ask("Bea")
    desk.change(in_person=None, online={**WEBCAST, "capacity": 1})
    assert desk.said(HostRefused)[0].reasons[0].code == "too_few_places"


def test_a_change_made_on_an_older_revision_does_not_undo_a_colleagues():
    desk = Desk()
    desk.change(title="Network meeting")
    desk.host(ChangeMeeting, details={**details().model_dump(), "title": "Other"}, seen=1)
    assert desk.said(HostRefused)[0].reasons[0].code == "changed_meanwhile"
    assert desk.meeting.details.title == "Network meeting"


def test_a_change_sent_again_after_another_one_does_not_bring_the_first_back():
    desk = Desk()
    first = desk.host(ChangeMeeting, details={**details().model_dump(), "title": "First"})
    desk.change(title="Second")
    desk.take(first)
    assert desk.meeting.details.title == "Second"
    assert [event.material for event in desk.said(MeetingChanged)] == [False, False]


def test_a_meeting_called_off_tells_those_who_come_and_those_who_wait_and_no_diary_keeps_it():
    desk = Desk()
    ada, _, cy = (desk.ask(name) for name in ("Ada", "Bea", "Cy"))
    command = desk.host(CancelMeeting, reason="The hub is closed because of snow.")
    desk.take(command)
    assert len(desk.said(MeetingCancelled)) == 1
    told = {event.booking: event for event in desk.said(BookingCancelled)}
    assert len(told) == 3
    assert (told[ada].because, told[ada].words) == ("meeting_cancelled", "The hub is closed because of snow.")
    assert told[ada].diary is not None
    assert told[ada].diary.method == "CANCEL"
    assert told[cy].diary is None


def test_a_meeting_keeps_why_it_is_put_on_and_says_so():
    cause = {"theme": "Planning and legal intervention", "survey": "S-7K4M-9PXT3"}
    desk = Desk(cause=cause)
    desk.ask("Ada")
    assert desk.events[0].cause.theme == "Planning and legal intervention"  # type: ignore[attr-defined]
    assert desk.said(BookingConfirmed)[0].about.cause is not None
    assert HOST.id


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"in_person": {**HUB, "place": "County Hall", "address": ()}},
            "The venue is now County Hall (was: The Inspiration Trust Teaching School Hub, Hall Road, Norwich).",
        ),
        (
            LATER,
            "The time is now Thursday 20 June 2024, 9.30am to 12.30pm (was: Thursday 13 June 2024, 9.30am to 12.30pm).",
        ),
        (
            {"ends_at": None},
            "The time is now Thursday 13 June 2024, 9.30am (was: Thursday 13 June 2024, 9.30am to 12.30pm).",
        ),
        ({"in_person": None, "online": WEBCAST}, "You now join online (was: in person)."),
    ],
)
def test_the_mail_on_a_change_names_how_it_was_and_how_it_is(changed: dict[str, Any], sentence: str):
    desk = Desk()
    desk.ask("Ada", booked_by={"name": "Chris", "role": "school", "email": "chris@school.example.org"})
    desk.change(**changed)
    [told] = desk.said(BookingChanged)
    [behalf] = [each for each in desk.said(BookedOnBehalf) if each.changed]
    for event, words in ((told, sentence), (behalf, sentence.replace("You now", "They now"))):
        rule = next(each for each in RULES if each.event is type(event))
        said = " ".join(write(rule.template, "email", facts_of(rule, event, rule.whom(event)[0])).text.split())
        assert words.replace("(was: ", "(was: ") in said


def test_a_change_is_printed_with_how_it_was_and_how_it_is_to_be():
    before, after = (
        details(),
        details(**LATER, title="Another", in_person={**HUB, "capacity": 80}, audience={"phases": ["x"]}),
    )
    printed = changes(before, after, difference(before, after).changed)
    assert printed[0] == "title: Attendance Service network meeting, Summer term → Another"
    assert printed[1] == "when: Thursday 13 June 2024, 9.30am to 12.30pm → Thursday 20 June 2024, 9.30am to 12.30pm"
    assert printed[2].startswith("in person: place The Inspiration")
    assert "capacity 2" in printed[2].split("→")[0]
    assert "capacity 80" in printed[2].split("→")[1]
    assert printed[3] == "audience: open to all → phases X"


def test_the_same_file_twice_is_a_question_and_a_cancelled_meeting_may_be_put_on_again(
    capsys: pytest.CaptureFixture[str],
):
    desk = Desk()
    wanted = details(title=desk.meeting.details.title.upper())
    with pytest.raises(typer.Exit):
        ask_about_the_same([desk.meeting], wanted, "file.toml")
    said = " ".join(capsys.readouterr().err.split())
    assert f"everyday bookings change {desk.meeting.reference} --file file.toml" in said
    assert "--again" in said
    ask_about_the_same([desk.meeting], details(**LATER), "file.toml")
    ask_about_the_same([replace(desk.meeting, cancelled=True)], wanted, "file.toml")
