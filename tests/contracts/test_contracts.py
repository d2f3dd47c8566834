"""Contracts change on purpose only, and readers are tolerant."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from importlib import import_module
from inspect import isclass
from pkgutil import iter_modules
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from shared import contracts
from shared.contracts import CATALOGUE, Command, Message
from shared.contracts.fields import check_upn
from shared.contracts.mis import RegisterTaken, SchoolUpdated
from shared.messaging.topology import HEARS
from tests.contracts.write import FOLDER, schema

PLAIN = {
    "id": str(uuid4()),
    "time": datetime(2024, 9, 2, tzinfo=UTC).isoformat(),
    "urn": "123456",
    "name": "Marsh Lane",
    "attendance_email": "a@school.example.org",
}


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_a_schema_changes_only_with_its_snapshot(kind: str) -> None:
    snapshot = (FOLDER / f"{kind}.json").read_text()
    assert schema(CATALOGUE[kind]) == snapshot, "run `make contracts` if the change is meant, and review the difference"


def test_no_snapshot_is_left_of_a_message_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CATALOGUE)


def test_the_catalogue_holds_every_message_that_has_a_type_and_no_type_stands_for_two() -> None:
    """A module that is not collected, or a type copied from another message, would leave one of them unheard."""
    defined = [
        kind
        for module in iter_modules(contracts.__path__)
        for kind in vars(import_module(f"{contracts.__name__}.{module.name}")).values()
        if isclass(kind) and issubclass(kind, Message) and kind.__module__.endswith(f".{module.name}")
    ]
    assert len(defined) > len(CATALOGUE), "what several have in common has no type of its own"
    assert sorted(kind.key() for kind in defined if kind.has_type()) == sorted(CATALOGUE)


@pytest.mark.parametrize("service", sorted(HEARS))
def test_a_command_is_heard_by_whom_it_asks_and_by_nobody_else(service: str) -> None:
    heard = {message for message in HEARS[service] if issubclass(message, Command)}
    assert heard == {
        kind for kind in CATALOGUE.values() if issubclass(kind, Command) and kind.key().startswith(service)
    }


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_every_message_says_what_it_is_and_means(kind: str) -> None:
    assert CATALOGUE[kind].__doc__
    assert kind.endswith(".v1")


def test_no_two_parts_of_contracts_have_one_name() -> None:
    """AsyncAPI keeps the schemas of a service under their names: of two with one name it would show either."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in iter_modules(contracts.__path__):
        for name, kind in vars(import_module(f"{contracts.__name__}.{module.name}")).items():
            if isclass(kind) and issubclass(kind, BaseModel):
                found[name].add(kind.__module__)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_unknown_fields_are_ignored_and_the_story_starts_with_its_first_message() -> None:
    school = SchoolUpdated.parse(json.dumps({**PLAIN, "colour": "blue"}))
    assert school.correlation_id == school.id


def test_errors_never_repeat_what_was_sent() -> None:
    with pytest.raises(ValidationError) as caught:
        RegisterTaken.parse(json.dumps({**PLAIN, "marks": [{"upn": "A801200005001", "code": "/"}]}))
    assert "A801200005001" not in str(caught.value)


@pytest.mark.parametrize("upn", ["B801200005001", "P207000016049"])
def test_right_upns_are_taken(upn: str) -> None:
    assert check_upn(upn) == upn


@pytest.mark.parametrize("upn", ["B207000016049", "A801200005001", "B80120000500", "I801200005001", "B8012000050O1"])
def test_wrong_upns_are_refused(upn: str) -> None:
    with pytest.raises(ValueError, match="UPN"):
        check_upn(upn)
