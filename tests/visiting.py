"""Pages as people use them: opened first, then sent with what their form holds."""

import html
import re
from typing import Any

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def hidden(page: str) -> dict[str, str]:
    """What the forms of a page send without anybody typing it."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


def sound(page: httpx.Response) -> None:
    """What holds of every page in every state; whoever writes a page that a test opens is held to it."""
    text = page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.search(r'<html lang="[a-z]{2}"', text)
    assert len(re.findall(r"<h1[ >]", text)) == 1, "one heading says what the page is"
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=", text), (
        "nothing stands in the page itself"
    )
    loaded = re.findall(r'<(?:script|img|iframe)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)"', text)
    assert all(re.search(r"/assets/|^data:,$", "".join(each)) for each in loaded), loaded
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert len(set(ids)) == len(ids), [each for each in ids if ids.count(each) > 1]
    [title] = re.findall(r"<title>(.*?)</title>", text.partition("</head>")[0], re.S)
    assert title.startswith("Error: ") == ("govuk-error-summary" in text)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids), "an error leads to its field"
    for form in re.findall(r"<form.*?</form>", text, re.S):
        assert 'method="post"' in form
        assert form.count('name="proof"') == 1, "a form proves that it is ours"
        labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', form))
        typed = re.findall(r"<(?:input|textarea|select)(?![^>]*hidden)[^>]*>", form)
        assert all(set(re.findall(r'\sid="([^"]+)"', each)) & labelled for each in typed), "each field has a label"


class Visitor:
    """One browser: it keeps cookies, and the proof that the last page with a form gave it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._proof: dict[str, str] = {}

    async def opens(self, address: str, **more: Any) -> httpx.Response:
        return self._seen(await self._client.get(address, **{"headers": BROWSER, **more}))

    async def presses(self, address: str, **form: Any) -> httpx.Response:
        """Open a page, and send its form."""
        page = await self.opens(address)
        return await self.sends(address, **{**hidden(page.text), **form})

    async def sends(self, address: str, **form: Any) -> httpx.Response:
        """Send a form of a page that was opened before, and go where it leads within the service."""
        answer = await self._client.post(address, data={**self._proof, **form}, headers=BROWSER)
        if answer.status_code == 303 and answer.headers["location"].startswith("/"):
            return await self.opens(answer.headers["location"])
        return self._seen(answer)

    def _seen(self, page: httpx.Response) -> httpx.Response:
        if page.headers.get("content-type", "").startswith("text/html"):
            sound(page)
        if proof := hidden(page.text).get("proof"):
            self._proof = {"proof": proof}
        return page
