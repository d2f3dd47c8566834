"""Write what is kept beside the code that it comes from (snapshots, documents, identities): `make contracts`."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from deploy.grafana import boards
from deploy.manifests import generated
from services.bookings.app import composer as bookings
from services.bookings.places.states import BOOKING
from services.bookings.settings import BookingsSettings
from services.notices.app import composer as notices
from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from services.notices.settings import NoticesSettings
from services.notifications.app import composer as notifications
from services.notifications.deliveries.delivery import DELIVERY
from services.notifications.deliveries.intent import INTENT
from services.notifications.settings import NotificationsSettings
from services.surveys.answers.states import INVITATION, SURVEY
from services.surveys.app import composer as surveys
from services.surveys.questionnaire.document import Survey
from services.surveys.settings import SurveysSettings
from services.surveys.web.openapi import openapi
from shared.contracts import CATALOGUE, Message
from shared.machine import Machine, as_mermaid, as_text
from shared.running.asyncapi import document
from shared.running.service import Compose
from shared.store.documents import Store
from shared.time.clock import Clock
from tests.contracts import architecture_page, metrics_page, vocabulary
from tests.contracts.messages_page import api_page, messages_page

FOLDER = Path(__file__).parent / "snapshots"
ASYNCAPI = Path(__file__).parents[2] / "deploy" / "asyncapi"
DOCS = Path(__file__).parents[2] / "docs"
SERVICES: dict[str, Compose] = {
    "bookings": bookings(BookingsSettings(amqp_url="", mongo_url="", link_key="", public_url="", address_key="")),
    "notices": notices(NoticesSettings(amqp_url="", mongo_url="")),
    "notifications": notifications(
        NotificationsSettings(amqp_url="", mongo_url="", notify_key="", link_key="", public_url="", address_key="")
    ),
    "surveys": surveys(SurveysSettings(amqp_url="", mongo_url="", link_key="", public_url="", address_key="")),
}


def schema(message: type[Message]) -> str:
    return _written(message.model_json_schema())


@cache
def asyncapi(service: str) -> str:
    store = Store("mongodb://nowhere/", service)
    try:
        return _written(document(service, SERVICES[service](store, Clock())))
    finally:
        store.close()


def states() -> str:
    """docs/states.md: the machines as text and as diagrams, from the code."""
    parts = [
        "# The states of everything that has some",
        "Written from the code by `make contracts`.",
    ]
    machines: tuple[Machine[Any, Any], ...] = (CASE, NOTICE, DELIVERY, INTENT, BOOKING, SURVEY, INVITATION)
    for machine in machines:
        parts += [
            f"## {machine.a_name.capitalize()}",
            f"```mermaid\n{as_mermaid(machine)}\n```",
            f"```text\n{as_text(machine)}\n```",
        ]
        for words, aside in (("Kept, and leads nowhere", machine.noted), ("Written, and not taken", machine.ignored)):
            parts += [f"{words}: `{move}` while {', '.join(sorted(states))}." for move, states in aside.items()]
    return "\n\n".join(parts) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "architecture.md": architecture_page.as_markdown,
    "../README.md": lambda: architecture_page.as_markdown(architecture_page.README),
    "states.md": states,
    "survey.schema.json": lambda: _written(Survey.model_json_schema()),
    "surveys.openapi.json": lambda: _written(openapi()),
    "surveys-api.md": lambda: api_page(openapi()),
    "asyncapi.md": lambda: messages_page({service: json.loads(asyncapi(service)) for service in SERVICES}),
}
"""What else is written into docs/, and the picture in the README: the map, the states, the shape of a survey's
document, the HTTP API beneath the pages, and every message and that API as people read them."""


def main() -> None:
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for kind, message in CATALOGUE.items():
        (FOLDER / f"{kind}.json").write_text(schema(message))
    ASYNCAPI.mkdir(exist_ok=True)
    for service in SERVICES:
        (ASYNCAPI / f"{service}.json").write_text(asyncapi(service))
    vocabulary.LOG_EVENTS_PAGE.write_text(vocabulary.as_markdown())
    metrics_page.PAGE.write_text(metrics_page.as_markdown())
    for board in boards.BOARDS:
        (boards.FOLDER / f"{board.name}.json").write_text(boards.as_json(board))
    for name, written in DOCUMENTS.items():
        (DOCS / name).write_text(written())
    generated.write()


def _written(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
