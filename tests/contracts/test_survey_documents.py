"""The shape of a survey's document and the HTTP API beneath the pages are written down, and change on purpose only."""

from typing import Any

import pytest
from starlette.routing import Route

from services.surveys.answers.view import copy_of, view
from services.surveys.web.api import routes as api
from services.surveys.web.listed import PAGES
from services.surveys.web.openapi import openapi
from tests.architecture.test_rules import parts
from tests.contracts.write import DOCS, DOCUMENTS
from tests.surveying import OPENS, asked_of, somebody


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_changes_only_with_its_file(name: str) -> None:
    assert DOCUMENTS[name]() == (DOCS / name).read_text(), "run `make contracts` if the change is meant"


async def test_every_route_is_in_the_description_and_the_other_way_round() -> None:
    nobody: Any = None
    at_pages, routes = api(nobody, nobody, nobody, nobody, nobody, nobody, nobody)
    told = {(route.path, method) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    told |= {(path, method) for path, by in at_pages.items() for method in by.handles}
    served = {route.path for route in parts("surveys").routes if isinstance(route, Route)}
    assert served == {path for path, _ in told} | {page.path for page in PAGES}
    paths = openapi()["paths"]
    assert told == {
        (path, method.upper()) for path, calls in paths.items() for method in calls if method != "parameters"
    }


def test_what_is_answered_has_exactly_the_fields_that_are_described() -> None:
    described = {
        name: set(each["required"]) for name, each in openapi()["components"]["schemas"].items() if "required" in each
    }
    assert set(view(somebody(), asked_of(), None, OPENS)) | {"begun", "submission"} == described["View"]
    assert set(copy_of(somebody(), asked_of())) == described["Copy"]
