"""Every identity attacks: at every exchange, by every property and header that can carry a key, a speaker or a way.

RabbitMQ refuses much of it, or leads it nowhere. What gets through is judged by its effect on consumers that are built
as the services build theirs: no handler sees it, it lies with the dead as forged, and nothing good is held up or lost.
All of it on every RabbitMQ that can be had: the one that is installed, and those that `make rabbitmq-4` brings.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from shared.topology import DEAD
from tests.integration.attack import ways
from tests.integration.attack.attacker import Made, attempt_all
from tests.integration.attack.brokers import ROOTS, exchanges_of, rabbitmq_of
from tests.integration.attack.defence import Defence, Parked, defended
from tests.integration.attack.ways import Attempt
from tests.integration.attack.who_may import EVERYBODY
from tests.waiting import eventually

Report = Callable[[str, object], None]


@pytest.fixture(scope="module", params=sorted(ROOTS))
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with rabbitmq_of(request.param, folder) as servers:
        yield servers


@pytest.fixture(scope="module")
async def defence(at: Servers) -> AsyncIterator[Defence]:
    async with defended(at) as working:
        yield working


@pytest.fixture(scope="module")
def exchanges(at: Servers) -> list[str]:
    return exchanges_of(at)


async def attacks(at: Servers, identity: str, exchanges: list[str]) -> dict[Attempt, Made]:
    """Everything that an identity can try at every exchange: all tricks wherever one message is not refused."""
    url = at.amqp(identity)
    made = await attempt_all(url, (each for name in exchanges for each in ways.at_a_closed_door(identity, name)))
    for name in sorted({each.exchange for each, answer in made.items() if answer != "refused"}):
        made |= await attempt_all(url, ways.everything_at(identity, name))
        made |= await attempt_all(url, ways.everything_to_all(identity, name))
        made |= await attempt_all(url, ways.every_type_at(identity, name))
    return made


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_no_forgery_of_any_identity_has_any_effect(
    at: Servers, defence: Defence, exchanges: list[str], identity: str, record_property: Report
) -> None:
    assert {"", "amq.topic", "mis", "return.notices", "dead.notices"} <= set(exchanges)
    made = await attacks(at, identity, exchanges)
    await judge(defence, identity, made)
    record_property("attempts", tell(identity, made, defence))


async def judge(defence: Defence, identity: str, made: dict[Attempt, Made]) -> None:
    """Nothing that was forged has an effect, all of it that got through is with the dead, and nothing else is."""
    routed = [each for each, answer in made.items() if answer == "routed" and not believed(identity, each)]
    await defence.rests_nothing()
    fences = await defence.fence()
    own = f"{identity}."

    async def all_accounted_for() -> bool:
        return all(each.id in defence.parked or in_own(defence, each, own) for each in routed)

    await eventually(all_accounted_for, "end of each forgery that got through", 60)
    for each in made:
        reached = {queue for queue in defence.seen.get(each.id, {}) if not queue.startswith(own)}
        assert not reached or believed(identity, each), f"{identity} was heard in {reached}: {each}"
        assert all(told_truly(identity, parked) for parked in defence.parked.get(each.id, ())), defence.parked[each.id]
    assert not any(fence in defence.parked for fence in fences)


def believed(identity: str, each: Attempt) -> bool:
    """Who brings messages back is believed about who said them first: there is nobody else to ask."""
    return identity == "operator" and each.exchange.startswith("return.") and "x-speaker" in each.headers


def in_own(defence: Defence, each: Attempt, own: str) -> bool:
    """A service can put anything into queues of its own, by its ladder: nobody else hears it there."""
    return bool(each.id in defence.seen and all(queue.startswith(own) for queue in defence.seen[each.id]))


def told_truly(identity: str, parked: Parked) -> bool:
    """A service that parks says: forged. What the broker or the attacker itself put there, nobody has judged yet."""
    return parked.reason.startswith("forged: ") or parked.by in {identity, ""} or parked.exchange == DEAD


def tell(identity: str, made: dict[Attempt, Made], defence: Defence) -> str:
    counts = Counter(made.values())
    parked = sum(each.id in defence.parked for each in made)
    return (
        f"{identity}: {len(made)} attempts, {counts['refused']} refused, {counts['led nowhere']} led nowhere, "
        f"{counts['routed']} routed, {parked} of them with the dead"
    )
