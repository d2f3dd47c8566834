"""What every page of every service has from the kit, tried on a service of two pages."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.links import BadLink
from shared.store.documents import StoreUnavailable
from shared.web.door import web
from shared.web.forms import Form
from shared.web.look import Look
from shared.web.registry import Listed
from shared.web.site import Site, View
from tests.visiting import BROWSER, Visitor, hidden

PAGES = (
    Listed("/write/{token}", "link", "a form", form=True, longest=2_000),
    Listed("/read", "anybody", "a page without one"),
)
HOSTILE = "<script>alert(1)</script>\u202e😀\x00"


class Service:
    """Two pages: one shows what was sent to it, one fails as it is told."""

    def __init__(self, public_url: str, visits: int) -> None:
        self.fails: Exception | None = None
        self.sent: list[Form] = []
        look = Look(public_url=public_url)
        site = Site(look, "a key of the service's own, long enough", visits)
        routes = site.routes(PAGES, {"/write/{token}": self.write, "/read": self.read}, {"/write/{token}": self.data})
        self.app = web("pages", routes, [], look=look)

    async def write(self, request: Request, form: Form) -> View | Response:
        if request.path_params["token"] == "bad":
            raise BadLink("no")
        if request.method == "POST":
            self.sent.append(form)
        return await self.read(request, form)

    async def read(self, request: Request, form: Form) -> View | Response:
        if self.fails:
            raise self.fails
        again = [("said", form.one("said"))] if request.url.path.startswith("/write") else []
        return View("trouble.html", {"title": "A page", "lines": [form.one("said")], "again": again})

    async def data(self, request: Request) -> Response:
        return JSONResponse({"method": request.method})

    def browser(self, **more: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://pages", headers=BROWSER, **more)


Made = Callable[..., Service]


@pytest.fixture
def made() -> Made:
    def make(public_url: str = "https://pages", visits: int = 1000) -> Service:
        return Service(public_url, visits)

    return make


@pytest.fixture
async def browser(made: Made) -> AsyncIterator[httpx.AsyncClient]:
    async with made().browser() as client:
        yield client


async def test_a_form_is_taken_from_our_own_page_in_the_same_browser_alone(made: Made) -> None:
    service = made()
    async with service.browser() as mine, service.browser() as theirs:
        page = await mine.get("/write/7")
        other = await theirs.get("/write/7")
        assert (await mine.post("/write/7", data={"said": "no proof"})).status_code == 403
        forged = {"proof": hidden(other.text)["proof"]}
        assert (await mine.post("/write/7", data=forged)).status_code == 403
        refused = await mine.post("/write/7", data={"proof": ""})
        assert "Please send this again" in refused.text
        async with service.browser() as elsewhere:
            assert (await elsewhere.post("/write/7", data=hidden(page.text))).status_code == 403
        assert service.sent == []
        assert (await mine.post("/write/7", data=hidden(page.text))).status_code == 200
    assert len(service.sent) == 1


async def test_another_replica_takes_it_and_a_service_with_another_key_does_not(made: Made) -> None:
    one, other = made(), made()
    async with one.browser() as client:
        page = await client.get("/write/7")
        client._transport = httpx.ASGITransport(other.app)
        assert (await client.post("/write/7", data=hidden(page.text))).status_code == 200
        stranger = Service("https://pages", 1000)
        look = Look(public_url="https://pages")
        routes = Site(look, "another key", 1000).routes(PAGES, {"/write/{token}": other.write, "/read": other.read})
        stranger.app = web("pages", routes, [], look=look)
        client._transport = httpx.ASGITransport(stranger.app)
        assert (await client.post("/write/7", data=hidden(page.text))).status_code == 403


async def test_the_cookie_says_nothing_ends_with_the_browser_and_is_set_where_there_is_a_form(made: Made) -> None:
    async with made().browser() as client:
        assert "set-cookie" not in (await client.get("/read")).headers
        cookie = (await client.get("/write/7")).headers["set-cookie"]
        assert re.fullmatch(r"__Host-everyday-form=[0-9a-f]{32}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)
        assert "set-cookie" not in (await client.get("/write/7")).headers
    async with made("http://127.0.0.1:8000").browser() as client:
        assert "Secure" not in (await client.get("/write/7")).headers["set-cookie"]


async def test_who_asks_too_often_is_told_when_to_try_again_and_another_address_is_not_slowed_down(made: Made) -> None:
    service = made(visits=3)
    async with service.browser() as client:
        answers = [await client.get("/read") for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    seconds = int(answers[-1].headers["retry-after"])
    assert 0 < seconds <= 60
    assert f"Please wait {seconds} second" in answers[-1].text
    other = httpx.ASGITransport(service.app, client=("192.0.2.9", 1))
    async with httpx.AsyncClient(transport=other, base_url="https://pages") as client:
        assert (await client.get("/read")).status_code == 200


async def test_what_was_typed_is_kept_where_the_store_cannot_be_reached(made: Made) -> None:
    service = made()
    async with service.browser() as client:
        visitor = Visitor(client)
        await visitor.opens("/write/7")
        service.fails = StoreUnavailable("down")
        busy = await visitor.sends("/write/7", said=f"A long letter. {HOSTILE}")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "60")
        assert hidden(busy.text)["said"] == "A long letter. <script>alert(1)</script>😀"
        service.fails = None
        assert (await visitor.sends("/write/7", **hidden(busy.text))).status_code == 200
    assert service.sent[-1].one("said").startswith("A long letter.")


async def test_a_fault_of_ours_has_a_reference_that_finds_its_line_of_log(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    service = made()
    service.fails = RuntimeError("a fault")
    async with service.browser() as client:
        page = await client.get("/read")
        program = await client.get("/read", headers={"Accept": "*/*"})
    assert page.status_code == program.status_code == 500
    [reference] = re.findall(r">([0-9a-f]{8})<", page.text)
    assert f"reference={reference}" in capsys.readouterr().out
    assert "a fault of ours, reference " in program.json()["error"]
    assert "RuntimeError" not in page.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "Page not found"),
        ("/write/bad", 404, "This link does not work"),
        ("/read/", 404, "Page not found"),
        ("/assets/everyday-0000.css", 404, "Page not found"),
    ],
)
async def test_errors_are_pages_for_people_and_data_for_programs(
    browser: httpx.AsyncClient, path: str, status: int, words: str
) -> None:
    page = await browser.get(path)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f">{words}</h1>" in page.text
    if path != "/write/bad":  # there a program has data of its own
        program = await browser.get(path, headers={"Accept": "*/*"})
        assert program.status_code == status
        assert program.json().keys() == {"error"}


async def test_a_page_without_a_form_takes_none_and_a_form_no_more_than_it_can_hold(made: Made) -> None:
    async with made().browser() as client:
        assert (await client.post("/read", data={"a": "b"})).status_code == 405
        visitor = Visitor(client)
        await visitor.opens("/write/7")
        assert (await visitor.sends("/write/7", said="x" * 3_000)).status_code == 413


async def test_programs_get_data_at_the_same_address_and_send_it_without_proof(made: Made) -> None:
    async with made().browser() as client:
        assert (await client.get("/write/7", headers={"Accept": "*/*"})).json() == {"method": "GET"}
        assert (await client.post("/write/7", json={})).json() == {"method": "POST"}


async def test_files_are_kept_for_a_year_under_the_name_of_their_content(made: Made) -> None:
    async with made().browser() as client:
        page = await client.get("/read")
        [address] = re.findall(r'href="(/assets/[^"]+\.css)"', page.text)
        for path in (address, f"/pages{address}"):
            styles = await client.get(path)
            assert styles.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert (styles.headers["content-type"], styles.headers["content-encoding"]) == (
                "text/css; charset=utf-8",
                "gzip",
            )
        plain = await client.get(address, headers={"Accept-Encoding": "identity"})
        assert plain.content == styles.content


def test_a_page_that_is_not_listed_is_not_there_and_none_that_is_listed_is_left_out() -> None:
    site = Site(Look(), "key", 10)
    with pytest.raises(ValueError, match="list"):
        site.routes(PAGES, {})
    with pytest.raises(ValueError, match="list"):
        site.routes((), {"/read": Service("", 1).read})
