"""What Kubernetes asks: /live is the event loop alone; /ready makes a real round trip to broker and store."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from shared.observing import metrics

Check = Callable[[], Awaitable[bool]]

_WITHIN = 2.5  # seconds; a check that takes longer has failed


def health_routes(checks: dict[str, Check], service: str = "") -> list[BaseRoute]:
    """`/live` and `/ready`; `/ready` answers 503 and says which check failed, within three seconds."""

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> JSONResponse:
        found = await asyncio.gather(*(_passes(check) for check in checks.values()))
        answers = dict(zip(checks, found, strict=True))
        for name, passed in answers.items():
            metrics.READY.labels(service, name).set(passed)
        return JSONResponse({"ready": all(found), **answers}, status_code=200 if all(found) else 503)

    return [Route("/live", live), Route("/ready", ready)]


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(_WITHIN):
            return await check()
    except TimeoutError:
        return False
