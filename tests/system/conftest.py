"""The four services, their servers and stand-ins: one for all the tests that leave them standing, or a test's own."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from deploy.local.stack import stack
from shared.time.clock import LONDON
from tests.contracts.vocabulary import vocabulary
from tests.system.emptying import emptied
from tests.system.living import SETTINGS, Living, folder_of, living_on

MORNING = datetime(2024, 11, 4, 10, tzinfo=LONDON)
"""When every file of tests begins: a Monday, at work, after the holiday of `tests.making`."""


@pytest.fixture(scope="session")
def left_standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    with (
        stack(folder_of(tmp_path_factory.mktemp("living")), print, **SETTINGS) as running,
        living_on(running) as living,
    ):
        yield living
        said = {line["event"] for lines in living.logs().values() for line in lines}
        assert said <= {each.event for each in vocabulary()}, "an event that docs/log-events.md does not have"


@pytest.fixture(scope="module")
def living(left_standing: Living) -> Living:
    """The stack that is left standing, at the same time for every file, whatever a file before made of the clock."""
    left_standing.set_clock(MORNING)
    return left_standing


@pytest.fixture
def fresh(tmp_path: Path, servers: Servers) -> Iterator[Living]:
    """A stack of a test's own, to feed from empty and to hurt; its servers live on, emptied."""
    with (
        emptied(servers),
        stack(folder_of(tmp_path), print, servers, **SETTINGS) as running,
        living_on(running) as living,
    ):
        yield living
