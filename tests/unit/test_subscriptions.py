"""What we reach inside FastStream is there in the version installed, and does what we count on.

Where one of these fails after an upgrade, mend `shared/messaging/subscriptions.py`: no other module reaches inside.
`tests/integration/test_subscriptions.py` holds the same against a real broker, with what aio-pika and aiormq keep.
"""

from importlib.metadata import version
from typing import Any

from faststream import BaseMiddleware
from faststream.rabbit import RabbitBroker, TestRabbitBroker

from shared.messaging.subscriptions import queue_of, subscriptions


def moved(what: str, *libraries: str) -> str:
    installed = ", ".join(f"{name} {version(name)}" for name in libraries or ("faststream",))
    return f"{installed}: {what} has moved, which shared/messaging/subscriptions.py reads"


def two_subscribers(*middlewares: Any) -> RabbitBroker:
    broker = RabbitBroker(middlewares=middlewares)

    @broker.subscriber("one")
    async def take_one(_said: str) -> None: ...

    @broker.subscriber("another")
    async def take_another(_said: str) -> None: ...

    return broker


async def test_a_middleware_knows_its_queue_at_each_of_its_steps() -> None:
    told: list[tuple[str, str]] = []

    class Told(BaseMiddleware[Any, Any]):
        async def __aenter__(self) -> Any:
            told.append(("before", queue_of(self)))
            return self

        async def consume_scope(self, call_next: Any, msg: Any) -> Any:
            told.append(("around", queue_of(self)))
            return await call_next(msg)

    async with TestRabbitBroker(two_subscribers(Told)) as broker:
        await broker.publish("said", "another")
        await broker.publish("said", "one")
    expected = [(step, queue) for queue in ("another", "one") for step in ("before", "around")]
    assert told == expected, moved("the handler in a middleware's context")


def test_a_subscriber_has_a_place_for_its_queue_and_its_tag() -> None:
    broker = two_subscribers()
    for subscriber in broker.subscribers:
        for name in ("_queue_obj", "_consumer_tag"):
            assert hasattr(subscriber, name), moved(f"{type(subscriber).__name__}.{name}")
    assert list(subscriptions(broker)) == [(None, None), (None, None)], "nothing is consumed before the start"
