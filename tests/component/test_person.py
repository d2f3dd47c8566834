"""What the surveys and the bookings service tell a person who asks what is held about them."""

import pytest

from services.bookings.store import person as bookings
from services.surveys.store import person as surveys
from shared.contracts.surveys import Invite
from shared.people.person import read_person
from shared.store.documents import Store
from tests.component.test_bookings import Service, service  # noqa: F401
from tests.surveying import survey, surveying

SAM = {"name": "Sam Reed", "email": "Sam.Reed@School.example.org", "group": "schools", "urn": "100001"}


@pytest.mark.parametrize(("mode", "shown"), [("confidential", True), ("anonymous", False)])
async def test_an_answer_is_shown_where_it_is_kept_with_a_name_and_nowhere_else(
    store: Store, mode: str, shown: bool
) -> None:
    async with surveying(store) as running:
        await running.schools(3)
        reference = await running.published(survey(mode=mode))
        await running.do(Invite, survey=reference, recipients=[SAM, {**SAM, "email": "kim@school.example.org"}])
        await running.timers()
        for invitation in await running.invitations(reference):
            await running.answers(invitation, {"ready": "no", "why": "We wait for the policy."})
        [section] = await surveys.kept(store, read_person("sam.reed@school.example.org"))
    rows = dict(section.rows)
    assert (rows["Name"], rows["Email"]) == ("Sam Reed", "Sam.Reed@school.example.org")
    assert rows["Survey"] == "How ready are you?"
    assert (rows.get("Why not?") == "We wait for the policy.") is shown
    assert shown or "unread" in rows["State"]
    assert shown or "policy" not in str(section)


async def test_nothing_is_shown_of_whom_nobody_has_asked(store: Store) -> None:
    assert await surveys.kept(store, read_person("nobody@example.org")) == []
    assert await surveys.kept(store, read_person("B801200005001")) == []


async def test_a_booking_is_shown_with_its_needs_to_whom_it_is_for_and_its_maker_is_told_that_they_made_it(
    service: Service,  # noqa: F811
) -> None:
    meeting = await service.publishes()
    needs = {"access": "A seat near the door.", "diet": "No nuts."}
    by = {"name": "Kim Dale", "role": "school", "email": "Kim@school.example.org"}
    booking = await service.books(meeting, "Ada", urn="123456", needs=needs, booked_by=by)
    await service.books(meeting, "Ben", urn="123456")
    [section] = await bookings.kept(service.store, read_person("ADA@school.example.org"))
    rows = dict(section.rows)
    assert section.heading == f"Booking {booking}"
    assert (rows["Name"], rows["School"], rows["State"]) == ("Ada", "123456", "confirmed")
    assert (rows["Needs for access"], rows["Diet"]) == ("A seat near the door.", "No nuts.")
    assert rows["Booked by"] == "K D"
    assert "Dale" not in str(section)
    [made] = await bookings.kept(service.store, read_person("kim@School.example.org"))
    assert dict(made.rows) == {"For": "A", "State": "confirmed"}
    assert booking in made.heading
    assert "Ada" not in str(made)
