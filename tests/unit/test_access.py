"""Who may do what, as patterns: complete, anchored, and nobody's by accident."""

import re

import pytest

from deploy.setup import rabbitmq
from shared.contracts import CATALOGUE
from shared.messaging.access import LONGEST_PATTERN, PRODUCERS, SERVICES, broker, may_say, speaks_as
from shared.messaging.topology import DEAD, HEARS, OLD_WAYS, SPEAKERS, aside, back, rung


def test_every_message_has_somebody_who_may_say_it_and_no_two() -> None:
    said = [message.key() for identity in (*SERVICES, *PRODUCERS) for message in may_say(identity)]
    assert sorted(said) == sorted(CATALOGUE)


def test_every_speaker_has_an_exchange_of_its_own_and_no_pattern_of_anybody_reaches_anothers() -> None:
    assert set(SPEAKERS) == {*SERVICES, *PRODUCERS}
    for identity, rights in broker(("mis", "mis-arbor")).items():
        if identity == "topology":
            continue
        reached = {exchange for exchange in (*SPEAKERS, *OLD_WAYS) if re.search(rights.write, exchange)}
        assert reached == ({speaks_as(identity)} & set(SPEAKERS)), identity
        for exchange, written, _ in rights.topics():
            if exchange not in SPEAKERS:
                continue
            keys = {key for key, kind in CATALOGUE.items() if re.search(written, key) and kind.speaker() == exchange}
            assert keys == ({each.key() for each in may_say(exchange)} if exchange in reached else set())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_binds_its_own_queues_by_what_it_hears_and_nothing_else(service: str) -> None:
    read = {exchange: keys for exchange, _, keys in broker()[service].topics()}
    for key, message in CATALOGUE.items():
        heard = message in HEARS[service]
        assert bool(re.search(read.get(message.speaker(), "^$"), key)) is heard
    assert not any(re.search(keys, wide) for keys in read.values() for wide in ("#", "*", "notices.#", "*.*.v1"))


def test_while_an_upgrade_runs_everybody_may_also_use_the_ways_of_before() -> None:
    before, after = broker(old_ways=True), broker()
    for key, message in CATALOGUE.items():
        rights = before[message.speaker()]
        assert any(re.search(keys, key) for exchange, keys, _ in rights.topics() if exchange in OLD_WAYS), key
    for service in SERVICES:
        assert re.search(before[service].write, f"retry.10s.{service}")
        assert not re.search(after[service].write, f"retry.10s.{service}")


@pytest.mark.parametrize("identity", broker())
def test_patterns_are_anchored_so_that_a_longer_name_never_fits(identity: str) -> None:
    rights = broker()[identity]
    keys = [pattern for _, *patterns in rights.topics() for pattern in patterns]
    for pattern in (rights.configure, rights.write, rights.read, *keys):
        assert re.compile(pattern)
        assert (pattern[0], pattern[-1]) == ("^", "$") or (identity in {"operator", "topology"} and pattern == ".*")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_to_its_own_ways_aside_and_to_no_step_itself(service: str) -> None:
    write = broker()[service].write
    assert not any(re.search(write, back(other)) for other in SERVICES)
    for place in (DEAD, rung(10), rung(3600)):
        assert re.search(write, aside(place, service))
        assert not re.search(write, place)
        assert not any(re.search(write, aside(place, other)) for other in SERVICES if other != service)


@pytest.mark.parametrize("old_ways", [False, True])
def test_no_pattern_is_longer_than_rabbitmq_takes(old_ways: bool) -> None:
    for identity, rights in broker(old_ways=old_ways).items():
        patterns = [rights.configure, rights.write, rights.read, *(each for row in rights.topics() for each in row[1:])]
        assert max(map(len, patterns)) <= LONGEST_PATTERN, identity


def test_every_exchange_that_somebody_has_rights_on_is_there_before_the_rights_are() -> None:
    made = rabbitmq.definitions(dict.fromkeys(broker(), "a password"))
    assert {each["name"] for each in made["exchanges"]} == {each["exchange"] for each in made["topic_permissions"]}
