"""Pages in a real browser: no one is kept out in any state, by keyboard alone, with and without JavaScript."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.native import free_port
from services.surveys.answers.invitation import Invitation
from shared.contracts.hosting import RecordAttendance
from shared.contracts.surveys import InvitationIssued, PublishResults, RecordTheme, ResponseAccepted
from shared.links import Links
from shared.store.documents import Store
from tests.browsing import browsing, look, serving
from tests.component.test_bookings import ASKS, booking
from tests.component.test_survey_pages import CLOSES, EVERY_KIND, OPENS
from tests.desk import HOST, NETWORK, WEBCAST
from tests.making import school
from tests.surveying import HELP, READY, WHY, Surveying, survey, surveying

LONG = "Averylongwordthatdoesnotbreakbyitselfandwouldmakeanarrowpagewiderthanitisifnothingbrokeit" * 2


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as started:
        yield started


@asynccontextmanager
async def there(store: Store) -> AsyncIterator[tuple[Surveying, str]]:
    """The surveys service on a port, and its address."""
    port = free_port()
    async with (
        surveying(store, public_url=f"http://127.0.0.1:{port}") as surveys,
        serving(surveys.http._transport.app, port) as at,  # type: ignore[attr-defined]
    ):
        yield surveys, at


async def invited(surveys: Surveying, **document: Any) -> str:
    known = {each.link for each in await surveys.said(InvitationIssued)}
    await surveys.invited(survey(**document), 1)
    [link] = [each.link for each in await surveys.said(InvitationIssued) if each.link not in known]
    return link


async def heading(page: Page) -> str:
    return re.sub(r"\s*\(optional\)", "", (await page.locator("h1").inner_text()).strip())


_AT_FOCUS = """(() => {
  const at = document.activeElement;
  return (at.labels && at.labels.length ? at.labels[0] : at === document.body ? {} : at).innerText || '';
})()"""


async def enter(page: Page) -> None:
    """Press Enter, and wait for the page to which it leads."""
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has these words is reached, as somebody without a mouse does."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        said: str = await page.evaluate(_AT_FOCUS)
        if said.strip().startswith(words):
            return
    raise AssertionError(f"{words} is not reached by the Tab key")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("mode", ["named", "anonymous"])
async def test_a_survey_is_answered_by_keyboard_alone(store: Store, browser: Browser, scripts: bool, mode: str) -> None:
    async with there(store) as (surveys, _):
        link = await invited(surveys, mode=mode)
        context = await browser.new_context(java_script_enabled=scripts)
        page = await context.new_page()
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: asked.url.startswith("http://127.0.0.1") or problems.append(asked.url))
        await page.goto(link)
        await expect(page.locator("body.js-enabled")).to_have_count(int(scripts))
        await tab_to(page, "Start now")
        await enter(page)
        await tab_to(page, "Continue")
        await enter(page)
        await expect(page.locator(".govuk-error-summary")).to_be_visible()
        await tab_to(page, "Answer the question")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await tab_to(page, "Continue")
        await enter(page)
        assert await heading(page) == "Why not?"
        await tab_to(page, "Why not?")
        await page.keyboard.type("No time. <b>")
        await tab_to(page, "Continue")
        await enter(page)
        await tab_to(page, "Webinars")
        await page.keyboard.press("Space")
        await tab_to(page, "Continue")
        await enter(page)
        await expect(page.get_by_text("No time. <b>")).to_be_visible()
        await tab_to(page, "Send my answers")
        await enter(page)
        assert await heading(page) == "You have answered"
        if mode == "named":  # of an anonymous one the browser asks first whether to send again: nothing of it is kept
            await page.go_back()
        await page.goto(link)
        assert await heading(page) == "You have answered"
        assert len(await surveys.said(ResponseAccepted)) == 1
        unexpected = [each for each in problems if "422" not in each]
        assert unexpected == [], "nothing that the policy forbids, and nothing of another host"


async def test_nobody_is_kept_out_of_a_page_in_any_state(store: Store, browser: Browser) -> None:
    async with there(store) as (surveys, at):
        page = await (await browser.new_context(bypass_csp=True)).new_page()
        welsh = {**READY, "texts": {"cy": "Ydych chi'n barod?"}, "help": "Think of the whole school."}
        link = await invited(surveys, questions=[welsh, WHY, HELP], title=f"How ready are you? {LONG}")
        await page.goto(link)
        await look(page, "survey-start")
        await page.goto(f"{link}?lang=cy")
        await look(page, "survey-start-welsh")
        await page.goto(f"{link}/nothing")
        await look(page, "survey-nothing")
        await page.goto(f"{link}/questions/ready")
        await look(page, "survey-question")
        await page.get_by_role("button", name="Continue").click()
        await look(page, "survey-question-error")
        await page.get_by_label("No", exact=True).check()
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_label("Why not?").fill(LONG)
        await page.get_by_role("button", name="Save").click()
        await look(page, "survey-saved")
        await page.goto(link)
        await look(page, "survey-continue")
        await page.goto(f"{link}/questions/ready")
        await page.get_by_label("Yes").check()
        await page.get_by_role("button", name="Continue").click()
        await look(page, "survey-question-several")
        await page.get_by_role("button", name="Continue").click()
        await look(page, "survey-check")
        await page.get_by_role("button", name="Send").click()
        await look(page, "survey-answered")
        await page.goto(f"{link}/withdraw")
        await page.get_by_role("button", name="Continue").click()
        await look(page, "survey-withdraw-error")
        [accepted] = await surveys.said(ResponseAccepted)
        await page.goto(str(accepted.copy_link))
        await look(page, "survey-copy")
        await look_at_the_rest(surveys, page, at)


async def look_at_the_rest(surveys: Surveying, page: Page, at: str) -> None:
    """Every kind of question, an anonymous one, a preview, and pages that say why there is nothing to see."""
    link = await invited(surveys, questions=EVERY_KIND, layout="one_page", title="Every kind of question")
    await page.goto(f"{link}/questions/all")
    await look(page, "survey-one-page")
    await page.get_by_label("How many pupils?").fill("many")
    await page.get_by_label("Day").fill("31")
    await page.get_by_role("button", name="Continue").click()
    await look(page, "survey-one-page-error")
    link = await invited(surveys, questions=[READY, WHY, HELP], mode="anonymous", title="An anonymous survey")
    await page.goto(link)
    await look(page, "survey-anonymous-start")
    await page.goto(f"{link}/questions/ready")
    await page.get_by_label("Yes").check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await look(page, "survey-anonymous-check")
    await page.get_by_role("button", name="Send").click()
    await look(page, "survey-anonymous-answered")
    found: list[Invitation] = [
        each for one in await surveys.reading.surveys() for each in await surveys.invitations(one.reference)
    ]
    preview = Links("a-key", at).make("preview", found[0].survey)
    await page.goto(preview)
    await look(page, "survey-preview")
    link = await invited(surveys, title="Not open yet, or closed")
    surveys.clock.instant = OPENS - timedelta(days=1)
    await page.goto(link)
    await look(page, "survey-waiting")
    surveys.clock.instant = CLOSES + timedelta(days=1)
    await page.goto(link)
    await look(page, "survey-closed")
    await look_at_results(surveys, page, at)
    await page.goto(f"{at}/answer/nonsense")
    await look(page, "bad-link")
    await page.goto(f"{at}/nowhere")
    await look(page, "not-found")


async def look_at_results(surveys: Surveying, page: Page, at: str) -> None:
    surveys.clock.instant = OPENS
    reference = await surveys.invited(survey(questions=[READY, HELP], mode="confidential", title="With results"), 9)
    for number, invitation in enumerate(await surveys.invitations(reference)):
        await surveys.answers(invitation, {"ready": "yes" if number < 6 else "no", "help": ["visits"]})
    surveys.clock.instant = CLOSES + timedelta(hours=1)
    await surveys.timers(40)
    await surveys.do(PublishResults, survey=reference, tell=False)
    said = {"title": "Visits", "said": "Come and see us.", "decision": "We come.", "reason": "Many asked for it."}
    await surveys.do(RecordTheme, survey=reference, **said)
    await page.goto(Links("a-key", at).make("results", reference))
    await look(page, "survey-results")


async def test_nobody_is_kept_out_of_the_small_pages_of_a_booking(store: Store, browser: Browser) -> None:
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    async with booking(store, public_url=at) as service, serving(service.web._transport.app, port):  # type: ignore[attr-defined]
        page = await (await browser.new_context(bypass_csp=True)).new_page()
        meeting = await service.publishes(evaluation=ASKS, in_person={"place": f"Hall {LONG}"}, online=WEBCAST)
        await service.books(meeting, "Ada", urn="123456", mode="online")
        links = (await service.said("booking_confirmed"))[0].links
        await page.goto(links.cancel)
        await look(page, "booking-cancel")
        await page.goto(links.join or "")
        await look(page, "booking-join-early")
        service.clock.instant = NETWORK["ends_at"]
        await service.hears(service.command(RecordAttendance, meeting=meeting, rest="attended", by=HOST))
        await service.timers()
        [asked] = await service.said("evaluation_asked")
        await page.goto(asked.links.evaluate)
        await look(page, "booking-evaluate")
        await page.get_by_role("button", name="Send").click()
        await look(page, "booking-evaluate-error")
        await page.get_by_role("radio", name="4").check()
        await page.get_by_role("button", name="Send").click()
        await look(page, "booking-evaluated")
        [certified] = await service.said("certificate_issued")
        await page.goto(f"{at}/certificates/{certified.code}")
        await look(page, "certificate-genuine")
        await page.goto(f"{at}/certificates/K-2222-22222")
        await look(page, "certificate-unknown")
        await page.goto(links.cancel)
        await look(page, "booking-ended")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
async def test_colleagues_are_booked_and_the_next_who_waits_is_promoted(
    store: Store, browser: Browser, scripts: bool
) -> None:
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    async with booking(store, public_url=at) as service, serving(service.web._transport.app, port):  # type: ignore[attr-defined]
        await service.hears(school(urn="123456", name=f"Hillside {LONG}"))
        asks = {"asks_for": ["access", "diet"], "online": WEBCAST | {"capacity": 30}, "about": "What is new."}
        await service.publishes(**asks)
        page = await (await browser.new_context(bypass_csp=scripts, java_script_enabled=scripts)).new_page()

        async def see(name: str) -> None:
            if scripts:
                await look(page, name)

        await page.goto(f"{at}/meetings")
        await see("meetings")
        await page.get_by_role("link", name="Attendance Service").click()
        await see("meeting")
        await page.get_by_role("button", name="Book places").click()
        await see("book")
        await page.get_by_role("button", name="Continue").click()
        await see("book-error")
        for number, name in enumerate(("Ada", "Bea", "Cy"), start=1):
            if number > 1:
                await page.get_by_role("button", name="Add another person").click()
            await page.locator(f"#name-{number}").fill(name)
            await page.locator(f"#email-{number}").fill(f"{name.lower()}@school.example.org")
        await see("book-three")
        await page.locator("#school").select_option("123456")
        await page.get_by_label("In person").check()
        await page.get_by_role("button", name="Continue").click()
        await see("book-check")
        await page.get_by_role("button", name="Book", exact=True).click()
        assert await heading(page) == "Not everybody is booked"
        await see("booked")
        outcome = page.url
        await page.goto((await service.said("booking_confirmed"))[0].links.cancel)
        await page.get_by_role("button", name="Yes, cancel").click()
        assert await heading(page) == "Your booking is cancelled"
        await page.goto(outcome)
        await expect(page.get_by_text("Cy has a place")).to_be_visible()
