"""What all tests share: patience by the machine's pace, and real servers, started once in a folder of their own."""

import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from deploy.local import servers as local
from deploy.local.patience import stretched
from shared.store.documents import Store
from tests.sizes import CHECK, belongs_to_the_gate

os.environ["COLUMNS"] = "200"  # tables are as wide wherever the tests run, and by as many workers
os.environ["EVERYDAY_PATIENCE"] = "240"  # a command waits for what comes of it, however slow the machine is
settings.load_profile(CHECK)
_HANGS_AFTER = 300.0  # seconds of an ordinary machine


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    if belongs_to_the_gate(item):
        item.add_marker(pytest.mark.gate)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that hangs is ended; how soon goes by the machine's pace as the test begins."""
    if item.get_closest_marker("timeout") is None and item.get_closest_marker("gate") is None:
        item.add_marker(pytest.mark.timeout(stretched(_HANGS_AFTER)))
    return (yield)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local.Servers]:
    folder: Path = tmp_path_factory.mktemp("servers")
    with local.servers(folder, print) as running:
        yield running


@pytest.fixture
async def store(servers: local.Servers) -> AsyncIterator[Store]:
    """A database of its own for each test."""
    fresh = Store(servers.mongo_url, f"test_{uuid4().hex[:12]}")
    yield fresh
    await fresh.drop()
    fresh.close()
