"""The floor: the least that keeps registers safely, with nothing of ours in it. Plain aio-pika, motor and pydantic.

One queue, batches of what has arrived, one insert of message ids, one bulk write, one acknowledgement. The same queue,
confirms, write concern and end state as the notices service; no revisions, no threshold, no retries, no logs.
"""

import asyncio
import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import aio_pika
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

BATCH = 400


class Mark(BaseModel):
    upn: str
    code: str


class Register(BaseModel):
    id: str
    time: datetime
    urn: str
    date: date
    session: str
    revision: int
    marks: list[Mark]


async def keep(registers: list[Register], database: Any) -> None:
    weeks: dict[str, set[str]] = defaultdict(set)
    pupils = []
    for register in registers:
        slot = f"marks.{register.urn}:{register.date}:{register.session}"
        for mark in register.marks:
            if mark.code in "GNOU":
                entry = {
                    "code": mark.code,
                    "revision": register.revision,
                    "time": register.time,
                    "event": register.id,
                }
                pupils.append(UpdateOne({"_id": mark.upn}, {"$set": {slot: entry}}, upsert=True))
        if any(mark.code not in "#-" for mark in register.marks):
            monday = register.date - timedelta(days=register.date.weekday())
            weeks[register.urn].add(monday.isoformat())
    schools = [
        UpdateOne({"_id": urn}, {"$addToSet": {"seen": {"$each": sorted(mondays)}}}, upsert=True)
        for urn, mondays in weeks.items()
    ]
    try:
        await database.inbox.bulk_write([InsertOne({"_id": register.id}) for register in registers], ordered=False)
    except BulkWriteError as error:
        if any(each["code"] != 11000 for each in error.details["writeErrors"]):
            raise
    if schools:
        await database.schools.bulk_write(schools, ordered=False)
    if pupils:
        await database.pupils.bulk_write(pupils, ordered=False)


async def main() -> None:
    client: Any = AsyncIOMotorClient(os.environ["EVERYDAY_MONGO_URL"], w="majority", journal=True)
    connection = await aio_pika.connect(os.environ["EVERYDAY_AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=2 * BATCH)
    queue = await channel.get_queue("notices.mis.register_taken.v1")
    waiting: list[Any] = []
    arrived = asyncio.Event()

    async def take(message: Any) -> None:
        waiting.append(message)
        arrived.set()

    await queue.consume(take)
    while True:
        await arrived.wait()
        batch = waiting[:BATCH]
        del waiting[:BATCH]
        if not waiting:
            arrived.clear()
        await keep([Register.model_validate_json(message.body) for message in batch], client.floor)
        await batch[-1].ack(multiple=True)


if __name__ == "__main__":
    asyncio.run(main())
