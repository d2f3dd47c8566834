"""Mail scanners open every link of a message, in whole browsers: looking at any address changes nothing."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.routing import BaseRoute, Route

from services.bookings.store.looking import Looking
from shared.contracts.hosting import RecordAttendance
from shared.contracts.surveys import InvitationIssued
from shared.links import Links
from shared.store.documents import Store
from shared.time.clock import LONDON
from tests.component import test_bookings as bookings
from tests.component import test_notifications as notifications
from tests.component import test_sheets as sheets
from tests.component.test_bookings import service as bookings_service  # noqa: F401
from tests.component.test_notifications import make  # noqa: F401
from tests.desk import HOST, WEB
from tests.surveying import BASE, HELP, READY, survey, surveying
from tests.visiting import BROWSER

SCANNER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none", "Sec-Fetch-User": "?1"}


async def everything(store: Store) -> dict[str, list[Any]]:
    database = store["any"]._collection.database
    names = sorted(await database.list_collection_names())
    return {name: await database[name].find({}).sort("_id", 1).to_list(None) for name in names}


async def looked_at(store: Store, web: httpx.AsyncClient, routes: Sequence[BaseRoute], **known: Any) -> list[int]:
    """Open every address that answers GET, with what each purpose's link names; nothing of the store has changed.

    Says with what each was answered, in the order of the addresses.
    """
    before = await everything(store)
    paths = sorted({each.path for each in routes if isinstance(each, Route) and "GET" in (each.methods or ())})
    assert {path.split("/")[1] for path in paths} == set(known), "a new address: say what its link names"
    answers = []
    for path in paths:
        purpose = path.split("/")[1]
        address = re.sub(r"\{(?!step)[^}]*\}", known[purpose], path).replace("{step}", "ready")
        for method, headers in (("HEAD", SCANNER), ("GET", {}), ("GET", SCANNER), ("GET", SCANNER | BROWSER)):
            said = await web.request(method, address, headers=headers)
        answers.append(said.status_code)
    assert await everything(store) == before
    return answers


@pytest.mark.parametrize("when", ["before", "open", "after"])
async def test_of_the_bookings_service(bookings_service: bookings.Service, when: str) -> None:  # noqa: F811
    service = bookings_service
    meeting = await service.publishes(**WEB, in_person=None, ends_at=None)
    ada = await service.books(meeting, "Ada")
    if when != "before":
        service.clock.instant = bookings.IN_TIME
    if when == "after":
        service.clock.instant = datetime(2024, 5, 13, 14, tzinfo=LONDON)
        await service.hears(service.command(RecordAttendance, meeting=meeting, rest="attended", by=HOST))
        await service.timers()
    booking, _ = await Looking(service.store).booking(ada)
    links = Links(bookings.OURS.link_key, bookings.BASE)
    purposes = ("join", "cancel", "offer", "still-coming", "evaluate", "calendar", "certificate")
    tokens = {purpose: links.token(purpose, f"{ada}.0") for purpose in purposes}
    code = booking.certificate or "K-2222-22222"
    booked = links.token("booked", f"{meeting} {uuid4()} 1")
    known = {**tokens, "certificates": code, "meetings": meeting, "booked": booked}
    answers = await looked_at(service.store, service.web, service.parts.routes, **known)
    assert set(answers) <= {200, 404, 409, 410, 425}
    assert answers.count(200) >= 3
    assert await service.said("attendance_recorded") == [] or when == "after"


async def test_of_the_notifications_service(make: notifications.Make) -> None:  # noqa: F811
    service: notifications.Notifications = await make()
    await sheets.three_schools(service)
    await sheets.tells(service, sheets.publish())
    [delivery, *_] = await service.deliveries(channel="email")
    links = Links(notifications.SETTINGS.link_key, "https://here.example")
    tokens = {purpose: links.token(purpose, delivery["_id"]) for purpose in ("unsubscribe", "done")}
    async with service.web() as web:
        assert await looked_at(service.store, web, service.parts.routes, **tokens) == [200, 200]


async def test_of_the_surveys_service(store: Store) -> None:
    async with surveying(store) as service:
        await service.invited(survey(questions=[{**READY, "required": False}, HELP]), 1)
        [told] = await service.said(InvitationIssued)
        links = Links("a-key", BASE)
        tokens = {purpose: links.token(purpose, str(told.invitation)) for purpose in ("answer", "copy")}
        tokens |= {purpose: links.token(purpose, told.survey) for purpose in ("results", "preview")}
        answers = await looked_at(store, service.http, service.parts.routes, **tokens)
        assert 200 in answers
