"""Who may do what, as patterns: complete, anchored, and nobody's by accident."""

import re

import pytest

from shared.access import PRODUCERS, SERVICES, broker, may_say
from shared.contracts import CATALOGUE
from shared.topology import COMMANDS, DEAD, EVENTS, aside, rung


def test_every_message_has_somebody_who_may_say_it_and_no_two() -> None:
    said = [message.key() for identity in (*SERVICES, *PRODUCERS) for message in may_say(identity)]
    assert sorted(said) == sorted(CATALOGUE)


@pytest.mark.parametrize("identity", broker())
def test_patterns_are_anchored_so_that_a_longer_name_never_fits(identity: str) -> None:
    rights = broker()[identity]
    keys = [pattern for exchange in (EVENTS, COMMANDS) for pattern in rights.keys(exchange)]
    for pattern in (rights.configure, rights.write, rights.read, *keys):
        assert re.compile(pattern)
        assert (pattern[0], pattern[-1]) == ("^", "$") or (identity in {"operator", "topology"} and pattern == ".*")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_to_its_own_ways_aside_and_to_no_step_itself(service: str) -> None:
    write = broker()[service].write
    for place in (DEAD, rung(10), rung(3600)):
        assert re.search(write, aside(place, service))
        assert not re.search(write, place)
        assert not any(re.search(write, aside(place, other)) for other in SERVICES if other != service)
