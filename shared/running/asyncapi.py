"""What a service receives and publishes, as an AsyncAPI 3 document, including the bulk path and the outbox."""

from typing import Any

from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitRouter
from faststream.specification import AsyncAPI

from shared.hearing.bulk import Bulk
from shared.messaging.access import may_say
from shared.running.service import Parts, listen


def document(name: str, parts: Parts) -> dict[str, Any]:
    """The AsyncAPI document of a service, as JSON can write it."""
    bulk = RabbitRouter()
    for each in parts.bulk:
        listen(bulk, name, each.message)(_takes(each))
    broker = RabbitBroker("amqp://broker:5672/")
    broker.include_routers(*parts.routers, bulk)
    for message in may_say(name):
        exchange = RabbitExchange(message.speaker(), type=ExchangeType.TOPIC, durable=True)
        broker.publisher(
            exchange=exchange,
            routing_key=message.key(),
            schema=message,
            title=message.key(),
            description=message.__doc__,
            persist=True,
        )
    specification = AsyncAPI(broker, title=name, version="1", schema_version="3.0.0").to_specification()
    jsonable: dict[str, Any] = specification.to_jsonable()
    return jsonable


def _takes(bulk: Bulk) -> Any:
    async def take(message: Any) -> None: ...

    take.__annotations__["message"] = bulk.message
    take.__name__ = f"keep_{bulk.message.key().split('.')[1]}"
    take.__doc__ = f"{bulk.message.__doc__} Taken in batches."
    return take
