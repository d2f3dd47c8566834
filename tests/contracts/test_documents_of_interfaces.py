"""The AsyncAPI and OpenAPI documents keep to their own standards, and say of each message what is done with it.

`asyncapi-3.0.0.json` is the AsyncAPI Initiative's schema (Apache-2.0), from their package `@asyncapi/specs` 6.11.1.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, ValidationError
from openapi_spec_validator import validate

from tests.contracts.write import ASYNCAPI, DOCS, SERVICES

STANDARD = Draft7Validator(json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text()))


def of(service: str) -> dict[str, Any]:
    return dict(json.loads((ASYNCAPI / f"{service}.json").read_text()))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_an_asyncapi_document_keeps_to_the_standard(service: str) -> None:
    STANDARD.validate(of(service))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("info"),
        lambda document: next(iter(document["operations"].values())).update(action="shout"),
        lambda document: next(iter(document["channels"].values())).update(adress="x"),
    ],
)
def test_a_document_that_does_not_keep_to_it_is_found(spoil: Callable[[dict[str, Any]], object]) -> None:
    document = of("surveys")
    spoil(document)
    with pytest.raises(ValidationError):
        STANDARD.validate(document)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_what_a_service_says_outlives_a_restart_of_the_broker(service: str) -> None:
    said = [each for each in of(service)["operations"].values() if each["action"] == "send"]
    assert said
    assert {each["bindings"]["amqp"]["deliveryMode"] for each in said} == {2}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_reference_of_a_document_leads_somewhere(service: str) -> None:
    document = of(service)
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def references(part: Any) -> set[str]:
    """Every `$ref` in a document."""
    if isinstance(part, dict):
        inner = (references(each) for each in part.values())
        return set().union(*inner, {part["$ref"]} if isinstance(part.get("$ref"), str) else set())
    return set().union(*map(references, part)) if isinstance(part, list) else set()


def test_the_openapi_document_keeps_to_the_standard() -> None:
    document = json.loads((DOCS / "surveys.openapi.json").read_text())
    validate(document)
    document["info"].pop("title")
    with pytest.raises(ValidationError, match="title"):
        validate(document)
