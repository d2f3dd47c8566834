"""Lives with things still to come, erased at some moment: nothing is sent to them, and nothing names them but the law.

After an erasure the same person is named again by every import; each is taken without them, and asked about.
"""

import json
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.local.servers import Servers
from services.bookings.places.asking import booking_of
from services.bookings.store import erasing as bookings
from services.notices.asking import erasing as notices
from services.notices.asking.person import known_as
from services.notifications.asking import erasing as notifications
from services.surveys.questionnaire.document import canonical
from services.surveys.store import erasing as surveys
from shared.contracts.circulars import Member, RunCampaign, SendMessage
from shared.contracts.erasure import (
    DecideReturnInBookings,
    DecideReturnInNotifications,
    DecideReturnInSurveys,
    ForgetInBookings,
    ForgetInNotifications,
    ForgetInSurveys,
)
from shared.contracts.hosting import CancelBooking, PublishMeeting, RequestBooking
from shared.contracts.meetings import normalised
from shared.contracts.surveys import Invite, PublishSurvey, SaveProgress, SubmitResponse
from shared.identity import derived_reference
from shared.people.erasing import Held
from shared.people.person import Person, read_person
from shared.people.returning import questions
from tests.making import school
from tests.surveying import survey
from tests.town import Town, town

NAME, EMAIL, PHONE = "Pia Quillfeather", "pia.quillfeather@home.example", "07700 900177"
VALUES = ("quillfeather", "7700 900177", "7700900177")
URN = "123456"
OFFICER = {"id": "officer-17", "name": "Jo Harwood", "role": "Attendance Officer"}
HOST = {"id": "officer-17", "name": "Jo Harwood", "role": "Attendance Officer"}
PIA = {"name": NAME, "email": EMAIL}
OTHER = {"name": "Ben Marsh", "email": "ben@school.example.org"}
NIGHT = timedelta(hours=10)

Lived = Callable[[Town, random.Random], Awaitable[None]]


async def _meeting(town: Town, days: int, places: int = 1) -> str:
    begins = (town.clock.now() + timedelta(days=days)).replace(microsecond=0)
    details = {
        "title": "Network meeting", "kind": "network_meeting", "starts_at": begins,
        "ends_at": begins + timedelta(hours=2), "in_person": {"place": "Hall Road, Norwich", "capacity": places},
        "contact_name": "Attendance Team",
        "contact_email": "team@example.org",
    }  # fmt: skip
    command = await town.do(PublishMeeting, details=details, by=HOST)
    return derived_reference("M", command.id)


async def has_a_place(town: Town, chance: random.Random) -> None:
    """With reminders, a follow-up and needs to come."""
    needs = {"access": f"Near the door, for {NAME}.", "diet": "None."}
    await town.do(
        RequestBooking, meeting=await _meeting(town, chance.randrange(2, 40)), person=PIA, urn=URN, needs=needs
    )


async def waits_for_a_place(town: Town, chance: random.Random) -> None:
    """Somebody else has the last one, and gives it back after the erasure."""
    meeting = await _meeting(town, 30)
    await town.do(RequestBooking, meeting=meeting, person=OTHER, urn=URN)
    await town.do(RequestBooking, meeting=meeting, person=PIA, urn=URN)


async def was_at_a_meeting(town: Town, chance: random.Random) -> None:
    await town.do(RequestBooking, meeting=await _meeting(town, 1), person=PIA, urn=URN)
    await town.later(timedelta(days=1, hours=chance.randrange(1, 30)))


async def has_cancelled(town: Town, chance: random.Random) -> None:
    asked = await town.do(RequestBooking, meeting=await _meeting(town, 20), person=PIA, urn=URN)
    await town.do(CancelBooking, booking=booking_of(asked))


async def _survey(town: Town, mode: str, opens: int = 0) -> str:
    first = (town.clock.now() + timedelta(days=opens)).date()
    facts = {"opens": f"{first} 00:01", "closes": {"before": str(first + timedelta(days=30))}}
    command = await town.do(PublishSurvey, document=canonical(survey(mode=mode, **facts)), officer=OFFICER)
    await town.later()
    return derived_reference("S", command.id)


async def is_asked(town: Town, chance: random.Random) -> None:
    """With reminders to come, and perhaps half an answer."""
    reference = await _survey(town, chance.choice(("anonymous", "confidential", "named")))
    await town.do(Invite, survey=reference, recipients=[PIA, OTHER], officer=OFFICER)
    await town.later()
    [invitation] = await town.stores["surveys"]["invitations"].find({"survey": reference, "respondent.email": EMAIL})
    if chance.random() < 0.5:
        await town.do(SaveProgress, invitation=invitation["_id"], answers={"ready": "no", "why": f"I, {NAME}, wait."})


async def will_be_asked(town: Town, chance: random.Random) -> None:
    """A list that waits for its survey to open."""
    reference = await _survey(town, "confidential", opens=chance.randrange(5, 20))
    await town.do(Invite, survey=reference, recipients=[PIA, OTHER], officer=OFFICER)


async def has_answered(town: Town, chance: random.Random) -> None:
    mode = chance.choice(("anonymous", "confidential", "named"))
    reference = await _survey(town, mode)
    await town.do(Invite, survey=reference, recipients=[PIA, OTHER], officer=OFFICER)
    await town.later()
    [invitation] = await town.stores["surveys"]["invitations"].find({"survey": reference, "respondent.email": EMAIL})
    told = {
        "invitation": invitation["_id"],
        "submission": UUID(int=chance.getrandbits(128)),
        "answers": {"ready": "yes"},
    }
    await town.do(SubmitResponse, **told)


def _listed(town: Town, *more: Member) -> dict[str, Any]:
    since = date(2024, 9, 2)
    mine = [
        Member(email=EMAIL, name=NAME, source="sign-up", consent_on=since),
        Member(phone=PHONE, source="sign-up", consent_on=since),
    ]
    others = [Member(email=f"p{n}@home.example", source="sign-up", consent_on=since) for n in range(4)]
    return {
        "campaign": "everyday-counts", "step": "every-day", "to": "parents", "officer": OFFICER,
        "members": (*others[:2], *mine, *others[2:]),
    }  # fmt: skip


async def is_on_a_list_at_night(town: Town, chance: random.Random) -> None:
    """Held for quiet hours, with everybody else on the list."""
    town.clock.advance(NIGHT)
    await town.do(RunCampaign, **_listed(town))
    await town.later(relays=chance.random() < 0.5)


async def is_on_a_list_of_which_an_hour_takes_few(town: Town, chance: random.Random) -> None:
    await town.do(RunCampaign, **_listed(town))
    await town.later()


async def is_written_to_at_night(town: Town, chance: random.Random) -> None:
    town.clock.advance(NIGHT)
    await town.do(SendMessage, email=EMAIL, title="About your question", words=f"Dear {NAME}", officer=OFFICER)
    await town.later()


KINDS: tuple[Lived, ...] = (
    has_a_place, waits_for_a_place, was_at_a_meeting, has_cancelled, is_asked, will_be_asked, has_answered,
    is_on_a_list_at_night, is_on_a_list_of_which_an_hour_takes_few, is_written_to_at_night,
)  # fmt: skip


async def erased(town: Town) -> None:
    person = await known_as(town.stores["notices"], read_person(EMAIL).also(phones=[PHONE]))
    names = {name: sorted(getattr(person, name)) for name in ("parents", "emails", "phones", "matters")}
    for kind in (ForgetInNotifications, ForgetInBookings, ForgetInSurveys):
        await town.do(kind, **names, reason="Asked by letter.", officer=OFFICER)


async def held(town: Town) -> dict[str, list[Held]]:
    person = Person(emails=frozenset({EMAIL}), phones=frozenset({PHONE}))
    looks = {"notices": notices, "notifications": notifications, "bookings": bookings, "surveys": surveys}
    return {name: await each.holds(town.stores[name], person) for name, each in looks.items()}


async def named(town: Town) -> list[tuple[str, str, str]]:
    """Every document that has a value of the person, wherever it is kept."""
    found = []
    async for service, collection, document in town.everything():
        text = json.dumps(document, default=str, ensure_ascii=False).casefold()
        if any(value in text for value in VALUES):
            found.append((service, collection, str(document["_id"])))
    return found


def _sent_to_pia(town: Town) -> list[str]:
    mine = {normalised(EMAIL), "+447700900177"}
    return [each.written.subject or each.written.text for each in town.sent if normalised(each.address) in mine]


async def comes_back(town: Town) -> str:
    """Every import that can name the person again; the meeting that they are booked for."""
    meeting = await _meeting(town, 20, places=5)
    reference = await _survey(town, "confidential")
    await town.do(RequestBooking, meeting=meeting, person=PIA, urn=URN, source="S4S Training")
    await town.do(RequestBooking, meeting=meeting, person=OTHER, urn=URN, source="S4S Training")
    await town.do(Invite, survey=reference, recipients=[PIA, OTHER], officer=OFFICER)
    await town.do(RunCampaign, **_listed(town))
    return meeting


async def live(town: Town, seed: int, kinds: int = 5) -> None:
    chance = random.Random(seed)
    await town.hears(school())
    for lived in chance.sample(KINDS, kinds):
        await lived(town, chance)
        if chance.random() < 0.6:
            await town.later(timedelta(minutes=chance.randrange(90)), relays=chance.random() < 0.7)


async def weeks(town: Town, count: int) -> None:
    for _ in range(count * 2):
        await town.later(timedelta(days=3, hours=13))


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_sent_to_the_erased_and_nothing_names_them_but_what_is_listed(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    async with town(servers.mongo_url, monkeypatch, campaign_per_hour=3) as all_of_them:
        await live(all_of_them, seed)
        before = len(_sent_to_pia(all_of_them))
        await erased(all_of_them)
        await weeks(all_of_them, 8)
        assert _sent_to_pia(all_of_them)[before:] == []
        kept = await held(all_of_them)
        assert all(each.stays for found in kept.values() for each in found)
        listed = {(service, each.id) for service, found in kept.items() for each in found}
        assert [each for each in await named(all_of_them) if (each[0], each[2]) not in listed] == []
        assert [message for _, message in all_of_them.on_the_way() if EMAIL in message.model_dump_json()] == []


@pytest.mark.parametrize("allowed", [False, True])
async def test_whoever_comes_back_is_left_out_and_asked_about(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    async with town(servers.mongo_url, monkeypatch) as all_of_them:
        await live(all_of_them, 3, kinds=3)
        await erased(all_of_them)
        await weeks(all_of_them, 1)
        before, kept = len(_sent_to_pia(all_of_them)), await named(all_of_them)
        meeting = await comes_back(all_of_them)
        await all_of_them.later(timedelta(days=1))
        assert _sent_to_pia(all_of_them)[before:] == []
        assert await named(all_of_them) == kept
        asked = {
            service: {each["what"] for question in await questions(store) for each in question["asked"]}
            for service, store in all_of_them.stores.items()
        }
        assert asked["bookings"] == {RequestBooking.key()}
        assert asked["surveys"] == {Invite.key()}
        assert RunCampaign.key() in asked["notifications"]
        others = [each for each in all_of_them.sent if each.address in {OTHER["email"], "p3@home.example"}]
        assert {each.address for each in others} == {OTHER["email"], "p3@home.example"}, "nobody else is left out"
        for kind in (DecideReturnInBookings, DecideReturnInSurveys, DecideReturnInNotifications):
            await all_of_them.do(kind, email=EMAIL, allow=allowed, reason="They were asked.", officer=OFFICER)
        assert not await questions(all_of_them.stores["bookings"])
        await all_of_them.do(RequestBooking, meeting=meeting, person=PIA, urn=URN, source="S4S Training")
        await all_of_them.later(timedelta(hours=1))
        assert bool(_sent_to_pia(all_of_them)[before:]) is allowed
        assert not await questions(all_of_them.stores["bookings"])
