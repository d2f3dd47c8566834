"""A second replica of the bookings service beside the stack's own, and an ear for what both of them say."""

import asyncio
import json
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import httpx

from deploy.local.stack import Part
from tests.system.living import Living
from tests.waiting import eventually


@dataclass
class Heard:
    """Every event of the bookings service, by its id; a second one with the same id is the same event."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: int = 0

    def of(self, kind: str, meeting: str = "") -> list[dict[str, Any]]:
        wanted = f"bookings.{kind}.v1"
        found = [body for body in self.bodies.values() if body["type"] == wanted]
        return [body for body in found if not meeting or body["meeting"] == meeting]

    def by_booking(self, meeting: str) -> dict[str, list[str]]:
        told: dict[str, list[str]] = defaultdict(list)
        for body in self.bodies.values():
            if body.get("meeting") == meeting and "booking" in body:
                told[body["booking"]].append(body["type"].split(".")[1])
        return told


@asynccontextmanager
async def listening(living: Living) -> AsyncIterator[Heard]:
    """Hear everything that the bookings service publishes meanwhile."""
    heard = Heard()
    connection = await aio_pika.connect(living.stack.amqp)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("bookings", routing_key="bookings.#")

        async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            async with message.process():
                body = json.loads(message.body)
                heard.bodies[body["id"]] = body
                heard.deliveries += 1

        await queue.consume(take)
        yield heard


@asynccontextmanager
async def second_replica(living: Living) -> AsyncIterator[Part]:
    """Another process of the bookings service on the same broker and store."""
    first = living.stack.parts["bookings"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**first.environment, "EVERYDAY_HTTP_PORT": str(port)}
    part = Part("bookings-2", first.command, environment, living.stack.logs / "bookings-2.jsonl")
    part.start()
    try:
        await eventually(lambda: _ready(f"http://127.0.0.1:{port}"), "second replica", 60)
        yield part
    finally:
        await asyncio.to_thread(part.stop)


async def _ready(address: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{address}/ready")).status_code == 200
        except httpx.HTTPError:
            return False
