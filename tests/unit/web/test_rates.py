"""How often one address may ask."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.web.rates import Rates, asking


class Watch:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=100))
def test_no_more_pass_in_a_counted_minute_than_agreed_and_who_waits_as_told_passes(
    most: int, pauses: list[float]
) -> None:
    watch = Watch()
    rates = Rates(most, 60, watch)
    passed: list[float] = []
    for pause in pauses:
        watch.now += pause
        wait = rates.wait("10.0.0.1")
        if not wait:
            passed.append(watch.now)
            began = max(each for each in passed if all(each - other >= 60 for other in _starts(passed, each)))
            assert sum(each >= began for each in passed) <= most
        else:
            assert len(passed) >= most
            watch.now += wait
            assert rates.wait("10.0.0.1") == 0
            passed.append(watch.now)


def _starts(passed: list[float], until: float) -> list[float]:
    """When each counted minute before an instant began: with the first that passed, and the first after its end."""
    starts: list[float] = []
    for each in passed:
        if each < until and (not starts or each - starts[-1] >= 60):
            starts.append(each)
    return starts[-1:]


def test_each_address_has_a_count_of_its_own_and_the_oldest_are_forgotten() -> None:
    rates = Rates(1, 60, Watch())
    assert [rates.wait("10.0.0.1"), rates.wait("10.0.0.2")] == [0, 0]
    assert rates.wait("10.0.0.1") == 60
    for number in range(10_000):
        rates.wait(f"visitor {number}")
    assert len(rates._counted) == 10_000
    assert rates.wait("10.0.0.2") == 0


@pytest.mark.parametrize(
    ("host", "counted"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("testclient", "testclient")],
)
async def test_a_line_is_one_address_however_many_it_has(host: str, counted: str) -> None:
    async def shown(request: Request) -> PlainTextResponse:
        return PlainTextResponse(asking(request))

    transport = httpx.ASGITransport(Starlette(routes=[Route("/", shown)]), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        assert (await client.get("/")).text == counted
