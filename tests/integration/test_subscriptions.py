"""What FastStream, aio-pika and aiormq keep of a subscription, against a real broker."""

from shared.contracts.mis import SchoolUpdated
from shared.messaging.subscriptions import consumes, subscriptions
from tests.integration.test_messaging import QUEUE, amqp, listening
from tests.unit.test_subscriptions import moved

__all__ = ["amqp"]


async def test_a_channel_knows_a_consumer_by_its_tag_until_it_is_cancelled(amqp: str) -> None:
    async def handle(_event: SchoolUpdated) -> None: ...

    async with listening(amqp, handle) as broker:
        [(queue, tag)] = subscriptions(broker)
        assert queue.name == QUEUE, moved("a subscriber's queue")
        assert await consumes(queue, tag), moved("a channel's consumers", "aio-pika", "aiormq")
        assert not await consumes(queue, f"{tag} of another")
        await queue.cancel(tag)
        assert not await consumes(queue, tag), moved("what a cancellation takes away", "aio-pika", "aiormq")
