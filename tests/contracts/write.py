"""Write what is made from the code: schemas, AsyncAPI, lists of events and metrics, dashboards: `make contracts`."""

import json
from pathlib import Path
from typing import Any

from deploy.grafana import boards
from services.bookings.app import compose as bookings
from services.notices.app import composer as notices
from services.notices.settings import NoticesSettings
from services.notifications.app import composer as notifications
from services.notifications.settings import NotificationsSettings
from services.surveys.app import compose as surveys
from shared.asyncapi import document
from shared.clock import Clock
from shared.contracts import CATALOGUE, Message
from shared.service import Compose
from shared.store import Store
from tests.contracts import metrics_page, vocabulary

FOLDER = Path(__file__).parent / "snapshots"
ASYNCAPI = Path(__file__).parents[2] / "deploy" / "asyncapi"
SERVICES: dict[str, Compose] = {
    "bookings": bookings,
    "notices": notices(NoticesSettings(amqp_url="", mongo_url="")),
    "notifications": notifications(NotificationsSettings(amqp_url="", mongo_url="", notify_key="")),
    "surveys": surveys,
}


def schema(message: type[Message]) -> str:
    return _written(message.model_json_schema())


def asyncapi(service: str) -> str:
    store = Store("mongodb://nowhere/", service)
    try:
        return _written(document(service, SERVICES[service](store, Clock())))
    finally:
        store.close()


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


def _written(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
