"""Each recipient has each message exactly once, however providers fail and whatever is killed. The full size of it is
tests/gate/test_ten_thousand.py."""

from collections.abc import Iterator

import pytest

from deploy.local.servers import Servers
from tests.system.living import Living
from tests.system.storm import Storm, stormy
from tests.waiting import eventually


@pytest.fixture(scope="module")
def storm_stack(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Living]:
    with stormy(tmp_path_factory.mktemp("storm"), servers) as living:
        yield living


async def test_each_message_goes_exactly_once_through_failing_providers_and_kills(storm_stack: Living) -> None:
    await holds(Storm(storm_stack, 30, seed=1), kills=4, within=120)


async def holds(storm: Storm, kills: int, within: float, often: float = 3.0) -> None:
    """Send a storm's messages through it and count: shared with the full size."""
    await storm.blow(often)
    await storm.living.feed(storm.messages())
    await storm.rage(kills, within)

    async def all_delivered() -> bool:
        texts = await storm.living.documents("notifications", "deliveries", {"channel": "sms"})
        return all(each["state"] == "delivered" for each in texts)

    await eventually(all_delivered, "report of every text", 90)
    counted = await storm.counted()
    assert set(counted.letters) == storm.letters()
    assert set(counted.letters.values()) == {1}
    assert not counted.texts.keys() & counted.other_texts.keys()  # never both
    assert counted.texts.keys() | counted.other_texts.keys() == counted.of("sms")
    assert {*counted.texts.values(), *counted.other_texts.values()} == {1}
    assert len(counted.of("sms")) == len(counted.of("email")) == storm.notices
    assert set(counted.mails) == counted.of("email")
    assert counted.mails_beyond_attempts() == []  # once, but where the connection broke after the words had gone


async def test_without_the_look_up_the_same_storm_doubles_messages(storm_stack: Living) -> None:
    """The harness can fail: a service that takes silence for a no is found out."""
    notifications = storm_stack.stack.parts["notifications"]
    notifications.command = [*notifications.command[:2], "tests.system.mutant"]
    notifications.kill()
    storm = Storm(storm_stack, 20, seed=2)
    await storm.blow(often=8)
    await storm.living.feed(storm.messages())

    async def doubled() -> bool:
        counted = await storm.counted()
        return max([*counted.letters.values(), *counted.texts.values(), *counted.other_texts.values()]) > 1

    await eventually(doubled, "doubled message", 90)
