"""Booking in a browser: for oneself and for colleagues, checked first, and the honest outcome at once."""

import html
import re
from typing import Any

import httpx
import pytest

from services.bookings.store import records
from shared.contracts.hosting import CancelMeeting
from shared.people.person import read_person
from shared.people.returning import Erased
from shared.store.documents import Store
from tests.component.test_bookings import OURS, Service, service
from tests.desk import HOST, NETWORK
from tests.making import school
from tests.visiting import Visitor, hidden

__all__ = ["service"]
HOSTILE = [
    "<script>alert(1)</script>",
    "x" * 10_000,
    "\u202eabc",
    "😀" * 30,
    "a\x00b",
    "{{ 7*7 }}",
    "a@b.example\nBcc: c@d.example",
]


async def sends(visitor: Visitor, page: httpx.Response, go: str, **typed: str) -> httpx.Response:
    """Send the form of a page, and go where it leads."""
    [action] = re.findall(r'<form method="post" action="([^"]+)"', page.text)
    values = dict(
        re.findall(r'<input class="govuk-input[^"]*" id="[^"]+" name="([^"]+)"[^>]*value="([^"]*)"', page.text)
    )
    values |= dict(re.findall(r'<select[^>]*name="([^"]+)".*?<option value="([^"]*)" selected', page.text, re.S))
    kept = {name: html.unescape(value) for name, value in values.items()}
    answer = await visitor.sends(action, **{**hidden(page.text), **kept, "go": go, **typed})
    return await visitor.opens(answer.headers["location"]) if answer.status_code == 303 else answer


def plain(page: httpx.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)))


async def begins(service: Service, **facts: Any) -> tuple[str, httpx.Response]:
    await service.hears(school(urn="123456", name="Hillside & Co Primary"))
    meeting = await service.publishes(**facts)
    return meeting, await service.visitor.opens(f"/meetings/{meeting}/book")


@pytest.mark.parametrize("page", ["", "/book"])
async def test_a_meeting_with_one_school_is_no_page_for_anybody(service: Service, page: str) -> None:
    meeting = await service.publishes(title="With one school", kind="support_meeting")
    shown = await service.visitor.opens(f"/meetings/{meeting}{page}")
    assert shown.status_code == 404
    assert "With one school" not in shown.text


async def test_what_can_be_booked_is_listed_with_its_room_and_what_is_over_is_not(service: Service) -> None:
    meeting = await service.publishes(title="A <b>meeting</b>", about="Bring\nyour questions.")
    gone = await service.publishes(title="Called off")
    await service.hears(service.command(CancelMeeting, meeting=gone, reason="Snow.", by=HOST))
    await service.publishes(title="With one school", kind="support_meeting")
    listed = await service.visitor.opens("/meetings")
    assert "A <b>meeting</b>" in plain(listed)
    assert "2 places free" in plain(listed)
    assert "Thursday 13 June 2024, 9.30am to 12.30pm" in plain(listed)
    assert "Called off" not in listed.text
    assert "With one school" not in listed.text
    for name in ("Ada", "Bea"):
        await service.books(meeting, name)
    page = await service.visitor.opens(f"/meetings/{meeting}")
    assert "None free. You can join the waiting list" in plain(page)
    await service.books(meeting, "Cy")
    assert "1 person on the waiting list" in plain(await service.visitor.opens(f"/meetings/{meeting}"))
    service.clock.instant = NETWORK["starts_at"]
    assert "There is nothing to book at the moment." in plain(await service.visitor.opens("/meetings"))
    assert "It has already started." in plain(await service.visitor.opens(f"/meetings/{meeting}"))
    assert (await service.visitor.opens(f"/meetings/{meeting}/book")).status_code == 410
    called_off = await service.visitor.opens(f"/meetings/{gone}/book")
    assert (called_off.status_code, "It was called off." in plain(called_off)) == (410, True)


async def test_three_colleagues_are_booked_and_the_third_waits_once_however_often_it_is_sent(service: Service) -> None:
    _, page = await begins(service)
    visitor = service.visitor
    page = await sends(visitor, page, "more", **{"name-1": "Ada Ames", "email-1": "ada@school.example.org"})
    page = await sends(visitor, page, "more", **{"name-2": "Bea Bond", "email-2": "bea@school.example.org"})
    assert 'value="Ada Ames"' in page.text
    rest = {"name-3": "Cy Cole", "email-3": "cy@school.example.org", "school": "123456"}
    booker = {"booker-name": "Lee", "booker-email": "lee@school.example.org"}
    check = await sends(visitor, page, "check", **rest, **booker)
    assert "Hillside & Co Primary" in plain(check)
    assert await service.said("booking_confirmed") == []
    for _ in range(2):
        page = await sends(visitor, check, "book")
        assert "Not everybody is booked" in plain(page)
        assert "Ada Ames has a place." in plain(page)
        assert "Cy Cole is on the waiting list at number 1." in plain(page)
    confirmed, waiting = await service.said("booking_confirmed"), await service.said("booking_waitlisted")
    assert [each.person.name for each in confirmed] == ["Ada Ames", "Bea Bond"]
    assert [each.person.name for each in waiting] == ["Cy Cole"]
    document = await service.store[records.BOOKINGS].get(confirmed[0].booking)
    assert document is not None
    assert (document["urn"], document["booked_by"]["name"]) == ("123456", "Lee")
    outcome = str(page.url)
    await visitor.presses(confirmed[0].links.cancel.removeprefix(OURS.public_url), answer="cancel")
    page = await visitor.opens(outcome)
    assert "Ada Ames is not booked any more." in plain(page)
    assert "Cy Cole has a place." in plain(page), "who waited is told by the same page"


async def test_somebody_who_is_not_from_a_school_books_with_their_needs(service: Service) -> None:
    both = {"in_person": {"place": "Hall"}, "online": {"link": "https://meet.example.org/x"}, "asks_for": ["access"]}
    _, page = await begins(service, **both)
    typed = {"name-1": "Dee", "email-1": "dee@partner.example.org", "access-1": "A hearing loop", "school": "none"}
    page = await sends(service.visitor, page, "check", **typed)
    assert page.status_code == 422
    assert "Choose whether to come in person or online" in plain(page)
    page = await sends(service.visitor, page, "check", **typed, mode="online")
    assert "access: A hearing loop" in plain(page)
    page = await sends(service.visitor, page, "change")
    assert ">A hearing loop</textarea>" in page.text
    page = await sends(service.visitor, page, "check", **typed, mode="online")
    assert "You are booked" in plain(await sends(service.visitor, page, "book"))
    [confirmed] = await service.said("booking_confirmed")
    [needs] = await service.store[records.NEEDS].find({})
    assert (needs["_id"], needs["access"]) == (confirmed.booking, "A hearing loop")


async def test_every_mistake_is_named_at_its_field_and_what_was_typed_is_kept(service: Service) -> None:
    _, page = await begins(service)
    typed = {"name-1": "", "email-1": "not an address", "booker-name": "Lee", "school": "999999"}
    wrong = await sends(service.visitor, page, "check", **typed)
    assert wrong.status_code == 422
    for words in (
        "Enter the name of who is coming",
        "Enter an email address for who is coming, like name@example.com",
        "Choose the school, or say that you are not from a school",
        "Enter an email address for who is booking",
    ):
        assert words in plain(wrong), words
    assert 'value="not an address"' in wrong.text
    two = {"name-1": "Ada", "email-1": "a@b.example.org", "name-2": "ada", "email-2": "A@b.example.org", "rows": "2"}
    again = await sends(service.visitor, page, "check", **two, school="none")
    assert "The same person is there twice" in plain(again)
    assert await service.said("booking_refused") == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "where", ["name-1", "email-1", "access-1", "booker-name", "school", "mode", "rows", "submission"]
)
async def test_whatever_is_typed_into_a_field_is_text_or_refused(service: Service, where: str, hostile: str) -> None:
    _, page = await begins(service, asks_for=["access"])
    right = {
        "name-1": "Ada",
        "email-1": "a@school.example.org",
        "school": "none",
        "booker-email": "b@school.example.org",
    }
    page = await sends(service.visitor, page, "check", **{**right, "booker-name": "Bo", where: hostile})
    assert page.status_code in (200, 413, 422)
    assert "<script>" not in page.text
    assert "\u202e" not in page.text
    if page.status_code == 200:
        page = await sends(service.visitor, page, "book", **({where: hostile} if where == "submission" else {}))
        assert page.status_code in (200, 413, 422)


async def test_why_somebody_is_not_booked_is_said_at_once(service: Service) -> None:
    meeting, page = await begins(service)
    await service.books(meeting, "Ada")
    typed = {"name-1": "Ada", "email-1": "ada@school.example.org", "school": "none"}
    page = await sends(service.visitor, await sends(service.visitor, page, "check", **typed), "book")
    assert "Not booked" in plain(page)
    [refused] = await service.said("booking_refused")
    assert refused.reasons[0].words in plain(page)


async def test_somebody_who_was_erased_is_not_booked_and_the_page_tells_nobody_why(
    service: Service, store: Store
) -> None:
    _, page = await begins(service)
    await Erased(store, OURS.address_key, service.clock).remember(read_person("ada@school.example.org"), "E-1")
    typed = {"name-1": "Ada", "email-1": "ada@school.example.org", "school": "none"}
    page = await sends(service.visitor, await sends(service.visitor, page, "check", **typed), "book")
    assert "We could not book one of the people here. We will be in touch." in plain(page)
    assert await service.said("booking_confirmed") == []
