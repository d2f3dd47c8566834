"""What Kubernetes asks: /live is the event loop alone; /ready makes a real round trip to broker and store."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

Check = Callable[[], Awaitable[bool]]


def health_routes(checks: dict[str, Check]) -> list[BaseRoute]:
    """`/live` and `/ready`; `/ready` answers 503 and says which check failed."""

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> JSONResponse:
        answers = {name: await check() for name, check in checks.items()}
        return JSONResponse(
            {"ready": all(answers.values()), **answers}, status_code=200 if all(answers.values()) else 503
        )

    return [Route("/live", live), Route("/ready", ready)]
