"""What happens beside the cases: a half-term, circulars, surveys, meetings, somebody who is erased and comes back."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from deploy.local.half_term import half_term
from services.bookings.places.asking import booking_of
from services.surveys.questionnaire.document import canonical
from shared.contracts import casework as ask
from shared.contracts import circulars, hosting, surveys
from shared.contracts.notifications import RecordReturnedLetter, SetLanguage, SetPreferences
from shared.identity import derived_reference
from tests.cases.stored.case_lives import LIVES, Case
from tests.component.test_nothing_to_the_erased import KINDS, comes_back, erased
from tests.component.test_notices import OFFICER
from tests.component.test_notifications import Refused, Unknown
from tests.making import school
from tests.surveying import Reading, example, read_survey, survey, terms
from tests.town import Town

FEW = {"districts": ("District 0",)}  # of the schools


async def schools(all_of_them: Town) -> None:
    for n in range(6):
        await all_of_them.hears(
            school(f"12345{n}", attendance_email=f"office@school-{n}.example.org", district=f"District {n % 2}")
        )
    await all_of_them.hears(*half_term(pupils=150))
    await all_of_them.relays()


async def circulating(all_of_them: Town) -> None:
    do = all_of_them.do
    plain = {"number": "55/24", "title": "The new framework", "kind": "action", "complete_by": date(2024, 12, 13),
             "text": "Read it."}  # fmt: skip
    await do(circulars.PublishMiSheet, sheet=plain, audience=FEW, officer=OFFICER)
    await all_of_them.later()
    await do(circulars.MarkMiSheetDone, number="55/24", urn="123451", officer=OFFICER)
    other = {"number": "56/24", "title": "Dates", "kind": "information", "text": "They changed."}
    await do(circulars.PublishMiSheet, sheet=other, audience=FEW, officer=OFFICER)
    await do(SetPreferences, school="123452", category="campaign", channel="email", wanted=False)
    await do(SetLanguage, email="p1@home.example", language="pl", officer=OFFICER)
    await do(circulars.RunCampaign, **_campaign(range(6)))
    all_of_them.carriers[0].plays += [Refused("550", address=True), Unknown("time-out"), Unknown("time-out")]
    await all_of_them.later(timedelta(hours=1))
    await do(circulars.StopCampaign, campaign="everyday-counts", officer=OFFICER)


def _campaign(numbers: range) -> dict[str, Any]:
    members = [{"email": f"p{n}@home.example", "source": "sign-up", "consent_on": "2024-09-02"} for n in numbers]
    facts = {"campaign": "everyday-counts", "step": "every-day", "to": "parents", "officer": OFFICER}
    return {**facts, "members": members}


async def _published(all_of_them: Town, mode: str, days: int) -> str:
    today = all_of_them.clock.now().date()
    dates = {"opens": f"{today} 00:01", "closes": {"before": str(today + timedelta(days=days))}}
    document = canonical(survey(mode=mode, **dates))
    told = await all_of_them.do(surveys.PublishSurvey, document=document, officer=OFFICER)
    await all_of_them.later()
    return derived_reference("S", told.id)


async def asked_and_answered(all_of_them: Town) -> None:
    """Surveys from the invitation to what is done about it."""
    for mode in ("named", "confidential", "anonymous"):
        reference = await _published(all_of_them, mode, 45)
        mine = {"survey": reference, "officer": OFFICER}
        people = [{"name": f"Kim Dale {n}", "email": f"kim{n}@{mode}.example.org"} for n in range(8)]
        await all_of_them.do(surveys.Invite, **mine, schools=FEW, recipients=people)
        await all_of_them.later()
        found = await all_of_them.stores["surveys"]["invitations"].find({"survey": reference}, sort=[("_id", 1)])
        for n, each in enumerate(found):
            answers = {"ready": ("yes", "no")[n % 2], "help": ["webinars"]} | ({"why": f"Reason {n}."} if n % 2 else {})
            if n % 4 == 3:
                await all_of_them.do(surveys.SaveProgress, invitation=each["_id"], answers={"ready": "no"})
            elif n % 4:
                await all_of_them.do(
                    surveys.SubmitResponse, invitation=each["_id"], submission=uuid4(), answers=answers
                )
        entered = {"channel": "letter", "received_on": all_of_them.clock.now().date(), "answers": {"ready": "yes"}}
        await all_of_them.do(surveys.EnterResponse, **mine, respondent={"name": "Lee Marsh"}, **entered)
        await all_of_them.do(surveys.AddPaper, **mine, name="Code", label="draft v1", sha256="0" * 64, size=9)
        theme = await all_of_them.do(
            surveys.RecordTheme, **mine, title="Webinars", said="Short ones.", decision="Two in July.", count=3
        )
        cause = {"survey": reference, "theme": "Webinars", "theme_reference": derived_reference("T", theme.id)}
        await all_of_them.later()
        meeting = await _meeting_of(all_of_them, 30, cause=cause)
        person = {"name": "Ben Marsh", "email": f"ben@{mode}.example.org"}
        await all_of_them.do(hosting.RequestBooking, meeting=meeting, person=person, urn="123450")
        if mode == "named":
            [one, *_] = await all_of_them.stores["surveys"]["invitations"].find(
                {"survey": reference, "state": "answered"}
            )
            await all_of_them.do(surveys.WithdrawResponse, invitation=one["_id"])
        await all_of_them.later()


async def consulted(all_of_them: Town) -> None:
    """A consultation with comments, of which one is decided on."""
    today = all_of_them.clock.now().date()
    dates = {"opens": f"{today} 00:01", "closes": {"before": str(today + timedelta(days=45))}}
    contact = {"name": "Attendance Team", "email": "team@example.org"}
    document = read_survey({**canonical(example("code-of-conduct")), **dates, "contact": contact})
    told = await all_of_them.do(surveys.PublishSurvey, document=canonical(document), officer=OFFICER)
    await all_of_them.later()
    mine = {"survey": derived_reference("S", told.id), "officer": OFFICER}
    police = {"name": "PC Gurney", "email": "gurney@police.example.org", "group": "police"}
    await all_of_them.do(surveys.Invite, **mine, schools=FEW, recipients=[police])
    await all_of_them.later()
    for each in await all_of_them.stores["surveys"]["invitations"].find({"survey": mine["survey"]}):
        answers = {"overall": 4, "comments": "Ten days are too short."}
        await all_of_them.do(surveys.SubmitResponse, invitation=each["_id"], submission=uuid4(), answers=answers)
    reading = Reading(all_of_them.stores["surveys"], terms(None), all_of_them.clock)
    [comment, *_] = [each.reference for each, _ in await reading.comments(await reading.running(mine["survey"]))]
    decided = {"outcome": "accepted", "reason": "It is right.", "clause": "4.2"}
    await all_of_them.do(surveys.DisposeComment, **mine, comment=comment, **decided)


async def closed(all_of_them: Town) -> None:
    for mode in ("named", "anonymous"):
        [first, *_] = await all_of_them.stores["surveys"]["surveys"].find({"mode": mode}, sort=[("opens_at", 1)])
        mine = {"survey": first["_id"], "officer": OFFICER}
        await all_of_them.do(surveys.CloseSurvey, **mine, reason="Enough.")
        await all_of_them.later(timedelta(hours=30))
        await all_of_them.do(surveys.PublishResults, **mine)
        await all_of_them.do(surveys.RecordExport, **mine, head="1" * 64, entries=3)
        await all_of_them.later()


async def _meeting_of(all_of_them: Town, days: int, **more: Any) -> str:
    begins = (all_of_them.clock.now() + timedelta(days=days)).replace(microsecond=0)
    details = {
        "title": "Webinar", "kind": "webcast", "starts_at": begins, "ends_at": begins + timedelta(hours=1),
        "online": {"link": "https://meet.example.org/w", "capacity": 9}, "contact_name": "Attendance Team",
        "contact_email": "team@example.org", **more,
    }  # fmt: skip
    return derived_reference("M", (await all_of_them.do(hosting.PublishMeeting, details=details, by=OFFICER)).id)


async def met_up(all_of_them: Town) -> None:
    """Meetings to come and past, with every way that a booking can go."""
    do = all_of_them.do
    for days in (4, 70):
        begins = (all_of_them.clock.now() + timedelta(days=days)).replace(microsecond=0)
        details = {
            "title": "Network meeting", "kind": "network_meeting", "starts_at": begins,
            "ends_at": begins + timedelta(hours=2), "in_person": {"place": "Hall Road, Norwich", "capacity": 4},
            "contact_name": "Attendance Team", "contact_email": "team@example.org",
        }  # fmt: skip
        told = await do(hosting.PublishMeeting, details=details, by=OFFICER)
        meeting = derived_reference("M", told.id)
        asked = [
            await do(
                hosting.RequestBooking,
                meeting=meeting,
                urn=f"12345{n % 6}",
                person={"name": f"Ada Marsh {n}", "email": f"ada{n}.{days}@school.example.org"},
                needs={"access": "A ramp.", "diet": "None."},
            )
            for n in range(7)
        ]
        await all_of_them.later(timedelta(hours=1))
        gus = {"name": "Gus Rix", "email": f"gus.{days}@school.example.org"}
        await do(hosting.CancelBooking, booking=booking_of(asked[0]), reason="sickness")
        await do(hosting.Substitute, booking=booking_of(asked[1]), person=gus, urn="123451")
        await all_of_them.later(timedelta(hours=1))
        moved = {**details, "in_person": {"place": "County Hall, Norwich", "capacity": 4}}
        await do(hosting.ChangeMeeting, meeting=meeting, details=moved, by=OFFICER)
        await all_of_them.later(timedelta(hours=1))
        await do(hosting.ConfirmComing, booking=booking_of(asked[2]))
        await do(hosting.NudgeSchools, meeting=meeting, by=OFFICER, **FEW)
        if days == 4:
            await all_of_them.later(timedelta(days=5))
            marks = [
                {"booking": booking_of(asked[2]), "status": "attended"},
                {"booking": booking_of(asked[3]), "status": "apologies"},
            ]
            await do(hosting.RecordAttendance, meeting=meeting, marks=marks, rest="no_show", by=OFFICER)
            await do(hosting.RecordMaterials, meeting=meeting, recording="https://video.example.org/1", by=OFFICER)
    await do(hosting.ReportReach, school_year=2024, by=OFFICER)


async def lived(all_of_them: Town) -> None:
    """People of whom everything is held; one of them is erased, and some come back."""
    chance = random.Random(1)
    for kind in KINDS:
        await kind(all_of_them, chance)
    await all_of_them.later(timedelta(hours=3))


async def gone(all_of_them: Town) -> None:
    await erased(all_of_them)
    await comes_back(all_of_them)


async def interrupted(all_of_them: Town) -> None:
    """What is under way when the version changes: a letter of which nobody knows, answers not mixed yet, outboxes."""
    asked = {"survey": await _published(all_of_them, "anonymous", 20), "officer": OFFICER}
    people = [{"name": f"Lou Tooke {n}", "email": f"lou{n}@school.example.org"} for n in range(3)]
    await all_of_them.do(surveys.Invite, **asked, recipients=people)
    await all_of_them.later()
    of = Case(all_of_them, len(LIVES))
    await of.begins()
    await of.issue()
    all_of_them.carriers[2].plays.append(Unknown("time-out"))
    await all_of_them.relays()
    await all_of_them.later(relays=False)
    await of.notice(ask.RaiseQuestion, about="correspondence", summary="A mail came.")
    [meeting, *_] = await all_of_them.stores["bookings"]["meetings"].find({"due_at": {"$exists": True}})
    person = {"name": "Zoe Rix", "email": "zoe@school.example.org"}
    await all_of_them.do(hosting.RequestBooking, meeting=meeting["_id"], urn="123453", person=person)
    words = {"title": "About your question", "words": "We will call."}
    await all_of_them.do(circulars.SendMessage, email="zoe@school.example.org", officer=OFFICER, **words)
    await all_of_them.do(circulars.RunCampaign, **_campaign(range(6, 9)), dry_run=True)
    [letter, *_] = await all_of_them.stores["notifications"]["deliveries"].find({"state": "dispatched"})
    today = all_of_them.clock.now().date()
    back = {"reference": letter["about"], "returned_on": today, "officer": OFFICER}
    await all_of_them.do(RecordReturnedLetter, **back)
    for each in await all_of_them.stores["surveys"]["invitations"].find({"survey": asked["survey"]}):
        answers = {"ready": "yes"}
        await all_of_them.do(surveys.SubmitResponse, invitation=each["_id"], submission=uuid4(), answers=answers)
    for service, parts in all_of_them.parts.items():
        assert [await timer._lease.held() for timer in parts.timers], service


MOMENTS: dict[int, Callable[[Town], Awaitable[None]]] = {
    0: schools,
    5: circulating,
    10: asked_and_answered,
    12: consulted,
    20: met_up,
    35: lived,
    45: gone,
    60: closed,
    65: asked_and_answered,
    70: circulating,
}
"""What happens on which day."""
