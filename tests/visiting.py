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
        """Send a form of a page that was opened before."""
        return self._seen(await self._client.post(address, data={**self._proof, **form}, headers=BROWSER))

    def _seen(self, page: httpx.Response) -> httpx.Response:
        if proof := hidden(page.text).get("proof"):
            self._proof = {"proof": proof}
        return page
