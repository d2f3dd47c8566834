"""What the outside reaches of a service: its public routes under its name, and nothing of its health."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.running.health import health_routes
from shared.web.door import web


async def certificate(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["code"])


@pytest.fixture
async def client() -> httpx.AsyncClient:
    app = web("bookings", [Route("/certificate/{code}", certificate)], health_routes({}))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bookings")


@pytest.mark.parametrize("path", ["/certificate/7", "/bookings/certificate/7"])
async def test_a_public_route_is_reached_by_itself_and_under_the_services_name(client, path: str) -> None:
    assert (await client.get(path)).text == "7"


async def test_health_is_not_reached_under_the_services_name(client) -> None:
    assert (await client.get("/live")).status_code == 200
    assert (await client.get("/bookings/live")).status_code == 404
