"""Every page of every service with every visitor who has no right to it: from the lists, so that none is forgotten."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.bookings.app import composer as bookings
from services.notifications.app import composer as notifications
from services.site_map import SERVICES
from shared.links import Links
from shared.store.documents import Store
from shared.time.clock import Clock
from shared.web.door import web
from shared.web.registry import Listed
from tests.component.test_bookings import OURS as BOOKINGS
from tests.component.test_notifications import SETTINGS as NOTIFICATIONS
from tests.surveying import BASE, READY, survey, surveying
from tests.visiting import BROWSER, Visitor, hidden, sound

SETTINGS: dict[str, Any] = {"bookings": BOOKINGS, "notifications": NOTIFICATIONS}
COMPOSERS: dict[str, Any] = {"bookings": bookings, "notifications": notifications}
EVERY = [
    pytest.param(service, page, id=f"{service}{page.path}") for service, pages in SERVICES.items() for page in pages
]
BEHIND = [each for each in EVERY if "{" in each.values[1].path]  # type: ignore[attr-defined]
FORGED = ["nonsense", "Ik.x", "x" * 3_000, "<script>alert(1)</script>", "\u202eabc", "😀", "%00", "..%2f..%2fetc"]


def address(page: Listed, token: str) -> str:
    return re.sub(r"\{(token|code|meeting)\}", token, page.path).replace("{step}", "ready")


@pytest.fixture
async def browser(store: Store, service: str) -> AsyncIterator[httpx.AsyncClient]:
    """The service's pages, at a store where there is nothing of anybody."""
    if service == "surveys":
        async with surveying(store) as surveyed:
            yield surveyed.http
        return
    parts = COMPOSERS[service](SETTINGS[service])(store, Clock())
    transport = httpx.ASGITransport(web(service, parts.routes, [], look=parts.look))
    async with httpx.AsyncClient(transport=transport, base_url="https://pages.example.org") as client:
        yield client


def key_of(service: str) -> str:
    return str(SETTINGS[service].link_key) if service in SETTINGS else "a-key"


@pytest.mark.parametrize(("service", "page"), BEHIND)
async def test_a_link_that_is_forged_foreign_or_of_somebody_gone_leads_to_a_page_that_says_so(
    browser: httpx.AsyncClient, service: str, page: Listed
) -> None:
    purpose, key = page.path.split("/")[1], key_of(service)
    foreign = Links("another key of another service", BASE).token(purpose, str(uuid4()))
    other = Links(key, BASE).token("another-purpose", str(uuid4()))
    gone = Links(key, BASE).token(purpose, str(uuid4()))
    for token in (*FORGED, foreign, other, gone, f"{gone}x", gone[1:]):
        shown = await browser.get(address(page, token), headers=BROWSER)
        assert shown.status_code == 404, token[:40]
        sound(shown)
        assert "<script>" not in shown.text
        assert token not in shown.text, "an address is shown to nobody"
        assert "Open it again from our email" in shown.text or "Check" in shown.text or "check" in shown.text


@pytest.mark.parametrize(("service", "page"), EVERY)
async def test_a_form_without_our_proof_is_refused_whatever_its_link_and_with_it_the_link_still_counts(
    browser: httpx.AsyncClient, service: str, page: Listed, proven: dict[str, str]
) -> None:
    token = Links(key_of(service), BASE).token(page.path.split("/")[1], str(uuid4()))
    bare = await browser.post(address(page, token), data={"answer": "cancel", "go": "send"}, headers=BROWSER)
    assert bare.status_code == (403 if page.form else 405)
    sound(bare)
    if page.form:
        forged = await browser.post(address(page, token), data=proven, headers=BROWSER)
        assert forged.status_code == 404
        big = await browser.post(address(page, token), data={**proven, "said": "x" * page.longest}, headers=BROWSER)
        assert big.status_code == 413


@pytest.fixture
def proven(browser: httpx.AsyncClient, service: str) -> dict[str, str]:
    """What a form of this service would bear in this browser."""
    from shared.web.forms import Proofs

    proofs = Proofs(key_of(service), True)
    secret = "0" * 32
    browser.cookies.set("__Host-everyday-form", secret)
    request = type("Request", (), {"cookies": {"__Host-everyday-form": secret}})()
    return hidden(str(proofs.of(request).field()))  # type: ignore[arg-type]


async def test_whoever_asks_too_often_is_told_when_to_try_again_at_every_page(store: Store) -> None:
    async with surveying(store, visits=2) as service:
        await service.invited(survey(questions=[READY]), 1)
        visitor = Visitor(service.http)
        answers = [await visitor.opens(address(page, "x")) for page in SERVICES["surveys"]]
    assert [each.status_code for each in answers] == [404, 404] + [429] * (len(answers) - 2)
    assert all(0 < int(each.headers["retry-after"]) <= 60 for each in answers[2:])
