"""The post room of a running stack: what arrived, failures to play, and letters that come back."""

from datetime import datetime

import httpx

from shared.time.clock import LONDON
from tests.making import a_holiday, upn
from tests.system.living import Living
from tests.waiting import eventually


async def visit(living: Living, at: str, form: dict[str, str] | None = None) -> str:
    async with httpx.AsyncClient(base_url=living.stack.post_room, follow_redirects=True) as client:
        answer = await (client.get(at) if form is None else client.post(at, data=form))
    return answer.text


async def test_an_email_arrives_and_a_letter_comes_back(living: Living) -> None:
    living.set_clock(datetime(2024, 11, 4, 10, tzinfo=LONDON))  # emails go in working hours
    away = upn("801200005033")
    await living.feed(a_holiday("801207", away))
    await eventually(lambda: living.has_case(away), "case")
    story = await living.story(away)

    async def arrived() -> bool:
        return "the national threshold for absence has been met" in await visit(living, f"/?q={story['case']}")

    await eventually(arrived, "email in the post room", 60)
    await living.authorise(story, "p-1")
    notice = await living.notice(story["case"], "p-1", "issued")
    letter = await living.accepted(notice["notice"])

    async def all_found() -> bool:
        told = await living.documents("notifications", "deliveries", {"about": notice["notice"], "state": "sent"})
        found = await visit(living, f"/?q={notice['notice']}")
        return bool(told) and all(each["_id"] in found for each in [*told, letter])

    await eventually(all_found, "letter and mail about the notice", 60)
    await living.live_until_served(story["case"], "p-1")
    listed = await visit(living, f"/?q={letter['_id']}")
    at = listed.split('href="/items/')[1].split('"')[0]
    assert "Robin Larter, 1 Chapel Lane, Norwich, NR3 1AB" in listed
    assert "has brought the letter of" in await visit(living, f"/items/{at}/back", {})
    await living.notice(story["case"], "p-1", "returned_undelivered")


async def test_a_failure_is_played_and_one_that_is_not_known_is_refused(living: Living) -> None:
    played = await visit(living, "/play", {"provider": "notify", "fail": "500", "times": "0"})
    assert "notify: next, it fails (500)." in played
    refused = await visit(living, "/play", {"provider": "notify", "fail": "sneeze"})
    assert "notify refuses this: " in refused


async def test_the_mail_server_fails_as_it_is_played(living: Living) -> None:
    played = await visit(living, "/play", {"provider": "mail", "fail": "451", "times": "0"})
    assert "mail: next, it puts the mail off (451, mail)." in played
    refused = await visit(living, "/play", {"provider": "mail", "fail": "429"})
    assert "mail refuses this: it must be one of 451, 554, lost, drop-after-data" in refused
