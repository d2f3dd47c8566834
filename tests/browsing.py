"""A real browser at the pages of a service: served on a port, walked, held to WCAG by axe-core, and pictured.

`EVERYDAY_PICTURES=folder` keeps a small picture of every state that is looked at (`make pictures`).
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp

from deploy.local.preview_sheet import browser as chromium
from shared.web.door import served
from tests.waiting import eventually

NARROW, WIDE = 320, 1100
"""Pixels: 1,280 at 400 % zoom (WCAG 2.2, 1.4.10), and an office's screen."""
PICTURES = os.environ.get("EVERYDAY_PICTURES", "")
_PAINTED = "new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))"
"""Until the page is painted at its new width: else a tall one is pictured with a part still blank."""
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@asynccontextmanager
async def serving(app: ASGIApp, port: int) -> AsyncIterator[str]:
    """Pages on a port; the address below which they lie."""
    server = uvicorn.Server(served(app, "127.0.0.1", port))
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "server")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        try:
            yield started
        finally:
            await started.close()


async def look(page: Page, name: str) -> None:
    """Hold a page to WCAG 2.2 AA as far as a program can, at both widths; nothing is cut off at the narrow one."""
    shots = []
    for width in (NARROW, WIDE):
        await page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            await page.evaluate(_PAINTED)
            shots.append(Image.open(BytesIO(await page.screenshot(full_page=True))))
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide} pixels wide at {width}"
        found: Any = (await Axe().run(page, options=_RULES)).response["violations"]
        told = [(each["id"], [node["target"] for node in each["nodes"]], each["help"]) for each in found]
        assert told == [], f"{name} at {width}"
    if PICTURES:
        _beside(shots).save(Path(PICTURES) / f"{name}.png", optimize=True)


def _beside(shots: list[Image.Image]) -> Image.Image:
    """Both widths in one small picture of few colours."""
    small = [each.convert("RGB").resize((each.width * 3 // 5, each.height * 3 // 5)) for each in shots]
    sheet = Image.new("RGB", (sum(each.width + 10 for each in small) - 10, max(each.height for each in small)), "#888")
    left = 0
    for each in small:
        sheet.paste(each, (left, 0))
        left += each.width + 10
    return sheet.quantize(16, dither=Image.Dither.NONE)
