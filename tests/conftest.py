"""Real servers for the tests that need them: started once, in a folder of their own, and stopped at the end."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local import servers as local
from shared.store import Store

os.environ["COLUMNS"] = "200"  # tables are as wide wherever the tests run, and by as many workers


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
