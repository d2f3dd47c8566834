"""Ten thousand messages through failing providers and kills: each exactly once, none missing."""

import sys
import time
from collections.abc import Iterator

import pytest

from deploy.local.servers import Servers
from tests.system.living import Living
from tests.system.storm import Storm, stormy
from tests.system.test_messages_once import holds

pytestmark = [pytest.mark.gate, pytest.mark.timeout(1800)]


@pytest.fixture
def storm_stack(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Living]:
    with stormy(tmp_path_factory.mktemp("storm"), servers) as living:
        yield living


async def test_ten_thousand_messages_go_exactly_once(storm_stack: Living) -> None:
    storm = Storm(storm_stack, 3334, seed=3)
    began = time.monotonic()
    await holds(storm, kills=30, within=1500, often=1)
    took = time.monotonic() - began
    sys.stdout.write(f"{3 * storm.notices} messages in {took:.0f} s; killed: {dict(storm.kills)}\n")
