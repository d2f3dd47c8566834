"""A draft as its respondents will see it, before anybody is asked."""

import html
import re

import httpx
import pytest

from services.surveys.cli.previewing import previewed
from tests.surveying import READY, example, survey
from tests.visiting import Visitor, hidden

AT = "http://127.0.0.1:8090"


@pytest.mark.parametrize("name", ["schools-survey", "code-of-conduct"])
async def test_a_draft_is_looked_at_from_its_first_page_to_the_check(name: str) -> None:
    draft = example(name)
    address, pages = previewed(draft, AT)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url=AT) as client:
        author = Visitor(client)
        page = await author.opens(address)
        assert html.escape(draft.title, quote=False) in page.text.replace("&#39;", "'")
        assert "Nothing is kept or sent" in page.text
        [begin] = re.findall(r'href="([^"]*/questions/[^"]+)"', page.text)
        page = await author.opens(begin)
        for _ in draft.questions:
            if "Check your answers" in page.text:
                break
            [action] = re.findall(r'action="([^"]+)"', page.text)
            first = re.findall(r'name="(q-[^"]+)" type="(?:radio|checkbox)" value="([^"]+)"', page.text)
            page = await author.sends(action, **hidden(page.text), **dict(first[:1]), go="on")
            assert page.status_code == 200
        assert "From a preview nothing is sent." in page.text


async def test_a_draft_shows_its_own_pages_and_no_others() -> None:
    address, pages = previewed(survey(questions=[READY]), AT)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url=AT) as client:
        assert (await client.get(address.replace("/preview/", "/answer/"))).status_code == 404
        assert (await client.get(f"{address}x")).status_code == 404
