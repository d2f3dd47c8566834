"""What each service hears and says is written down, complete, and changes on purpose only."""

import json

import pytest

from shared.contracts import CATALOGUE, Command
from shared.messaging.topology import HEARS, queue_name
from tests.contracts.write import ASYNCAPI, SERVICES, asyncapi


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_an_asyncapi_document_changes_only_with_its_snapshot(service: str) -> None:
    snapshot = (ASYNCAPI / f"{service}.json").read_text()
    assert asyncapi(service) == snapshot, "run `make contracts` if the change is meant, and review the difference"


@pytest.mark.parametrize("service", sorted(HEARS))
def test_every_queue_of_a_service_has_its_subscriber_the_bulk_path_included(service: str) -> None:
    channels = json.loads(asyncapi(service))["channels"].values()
    heard = {each["bindings"]["amqp"]["queue"]["name"] for each in channels if "queue" in each["bindings"]["amqp"]}
    assert heard == {queue_name(service, message) for message in HEARS[service]}


def test_every_message_has_a_service_that_says_it_or_comes_from_outside() -> None:
    said = {
        operation["channel"]["$ref"].removeprefix("#/channels/")
        for service in SERVICES
        for operation in json.loads(asyncapi(service))["operations"].values()
        if operation["action"] == "send"
    }
    from_outside = {
        kind for kind, message in CATALOGUE.items() if issubclass(message, Command) or kind.startswith("mis.")
    }
    assert said == set(CATALOGUE) - from_outside
