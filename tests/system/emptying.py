"""Servers without anything of a stack's: no message, no document. Its queues stay: to make them costs seconds."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import aio_pika
from pymongo import MongoClient

from deploy.local.servers import Servers
from shared.messaging import topology
from shared.messaging.access import AUDIT, SERVICES
from tests.system.living import SETTINGS


@contextmanager
def emptied(servers: Servers) -> Iterator[None]:
    """Servers that are empty at first, whatever ran on them before, and again at the end; somebody else's stay."""
    if servers.are_ours():
        empty(servers)
    yield
    if servers.are_ours():
        empty(servers)


def empty(servers: Servers) -> None:
    """Remove the messages and databases of every service."""
    asyncio.run(_purge(servers.amqp_url))
    with MongoClient[dict[str, object]](servers.mongo_url) as client:
        for name in (*SERVICES, AUDIT):
            client.drop_database(name)


async def _purge(amqp: str) -> None:
    names = await topology.apply(amqp, json.loads(SETTINGS["EVERYDAY_RETRY_DELAYS"]))
    connection = await aio_pika.connect(amqp)
    async with connection:
        channel = await connection.channel()
        for name in names:
            await (await channel.get_queue(name, ensure=False)).purge()
