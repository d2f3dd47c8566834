"""Every exchange and queue, declared here by one command with admin rights; services declare nothing."""

from collections.abc import Sequence

import aio_pika
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import ChannelNotFoundEntity
from faststream.rabbit import ExchangeType as StreamExchangeType
from faststream.rabbit import QueueType, RabbitExchange, RabbitQueue
from pamqp.common import Arguments

from shared.contracts import CATALOGUE, asked_of, bookings, circulars, mis, notices, notifications, surveys
from shared.contracts.base import Command, Message

DEAD = "dead"
LADDER = (10, 60, 600)

HEARS: dict[str, tuple[type[Message], ...]] = {
    "notices": (
        mis.SchoolUpdated,
        mis.PupilUpdated,
        mis.CalendarPublished,
        mis.RegisterTaken,
        mis.MarksAmended,
        mis.MisThresholdAlert,
        notices.AbsenceThresholdReached,
        notices.AbsenceThresholdCleared,
        notices.EvidenceChanged,
        notifications.LetterDispatched,
        notifications.LetterReturned,
        notifications.NotificationFailed,
        *asked_of("notices"),
    ),
    "notifications": (
        mis.SchoolUpdated,
        notices.AbsenceThresholdReached,
        notices.AbsenceThresholdCleared,
        notices.CommandRefused,
        notices.NoticeToImproveIssued,
        notices.NoticeRequested,
        notices.NoticeReturned,
        notices.NoticeDeclined,
        notices.OfficerPrompted,
        notices.NoticeIssued,
        notices.NoticeReissued,
        notices.NoticePaid,
        notices.NoticeExpired,
        notices.NoticeWithdrawn,
        bookings.BookingConfirmed,
        bookings.BookingWaitlisted,
        bookings.BookingOffered,
        bookings.BookingCancelled,
        bookings.BookingChanged,
        bookings.BookingRefused,
        bookings.BookedOnBehalf,
        bookings.ChangeRefused,
        bookings.HostRefused,
        bookings.ReminderDue,
        bookings.FollowUpDue,
        bookings.EvaluationAsked,
        bookings.CertificateIssued,
        bookings.SchoolNudged,
        surveys.InvitationIssued,
        surveys.SurveyReminderDue,
        surveys.ResponseAccepted,
        surveys.SurveyCommandRefused,
        surveys.ResultsAnnounced,
        notifications.NotificationFailed,
        circulars.MiSheetPublished,
        circulars.MiSheetChased,
        *asked_of("notifications"),
    ),
    "bookings": (
        mis.SchoolUpdated,
        notifications.NotificationFailed,
        surveys.ThemeRecorded,
        *asked_of("bookings"),
    ),
    "surveys": (
        mis.SchoolUpdated,
        mis.CalendarPublished,
        notifications.NotificationSent,
        notifications.NotificationDelivered,
        notifications.NotificationFailed,
        bookings.MeetingPublished,
        bookings.MeetingChanged,
        bookings.MeetingCancelled,
        bookings.StandingChanged,
        bookings.AttendanceRecorded,
        *asked_of("surveys"),
    ),
}
"""Who listens to what: one quorum queue per service and message type."""

HEARD = frozenset(message.key() for heard in HEARS.values() for message in heard)
"""Types with listeners: if one reaches no queue, its binding is lost, and it is not published yet."""

SPEAKERS = tuple(sorted({message.speaker() for message in CATALOGUE.values()}))
"""Publishers. Each has an exchange of that name, whose bindings carry its own keys and lead only to queues: RabbitMQ
routes by the headers `CC` and `BCC` too, and this leaves nothing of anybody else's to reach."""

OLD_WAYS = ("events", "commands")
"""The old shared exchanges, from before publishers had their own: kept during an upgrade, and on a local stack."""


def queue_name(service: str, message: type[Message]) -> str:
    """The queue in which a service finds its messages of one type."""
    return f"{service}.{message.key()}"


def inbox(service: str, message: type[Message]) -> tuple[RabbitQueue, RabbitExchange]:
    """The same queue and its exchange for FastStream, which must not declare them."""
    queue = RabbitQueue(
        queue_name(service, message),
        durable=True,
        queue_type=QueueType.QUORUM,
        declare=False,
        routing_key=message.key(),
    )
    return queue, RabbitExchange(message.speaker(), type=StreamExchangeType.TOPIC, durable=True, declare=False)


def rung(seconds: int) -> str:
    """The name of one step of a service's retry ladder (see `aside`)."""
    return f"ladder.{seconds}s"


def aside(place: str, queue: str) -> str:
    """The exchange for a service's failed messages, to a step of the retry ladder or the dead-letter queue."""
    return f"{place}.{queue.partition('.')[0]}"


def back(queue: str) -> str:
    """The exchange by which a message returns to a queue, from the retry ladder or by a replay.

    It leads only to one service's queues, whatever keys a message carries.
    """
    return f"return.{queue.partition('.')[0]}"


def old_way(message: type[Message]) -> str:
    """The exchange on which a message was published before publishers had their own."""
    return OLD_WAYS[issubclass(message, Command)]


async def apply(url: str, delays: Sequence[int] = LADDER, *, old_ways: bool = False) -> list[str]:
    """Declare everything (idempotent) and return the names of the queues. Existing old exchanges stay.

    A failed message goes to its service's exchange for a step (see `aside`), with its queue as routing key, waits in
    that step's queue for its time to live, and returns (see `back`) to exactly that queue. `old_ways` declares the
    old exchanges as well.
    """
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        names = [await _the_dead(channel)]
        said_on = {name: await _topic(channel, name) for name in (*SPEAKERS, *(OLD_WAYS if old_ways else ()))}
        for service, messages in HEARS.items():
            names += await _ladder(channel, service, delays)
            returning = await channel.declare_exchange(
                back(service), ExchangeType.DIRECT, durable=True, arguments={"alternate-exchange": DEAD}
            )  # a message whose queue is gone would hold up the others on its step
            for message in messages:
                queue = await channel.declare_queue(
                    queue_name(service, message),
                    durable=True,
                    arguments={
                        "x-queue-type": "quorum",
                        "x-dead-letter-exchange": DEAD,
                        "x-delivery-limit": 100,  # only a safety net for a message that kills its process
                    },
                )
                await queue.bind(said_on[message.speaker()], routing_key=message.key())
                if old_ways:
                    await queue.bind(said_on[old_way(message)], routing_key=message.key())
                await queue.bind(returning, routing_key=queue.name)
                names.append(queue.name)
    return names


async def retire(url: str, delays: Sequence[int] = LADDER) -> list[str]:
    """Remove the old exchanges after an upgrade; returns which steps of the old ladder still hold messages.

    Those stay until their messages have returned: run it again then.
    """
    connection = await aio_pika.connect(url)
    async with connection:
        resting = [name for name in map(_old_rung, delays) if not await _deleted_if_empty(connection, name)]
        if not resting:
            channel = await connection.channel()
            ladder = [f"{_old_rung(seconds)}.{service}" for seconds in delays for service in HEARS]
            for name in (*OLD_WAYS, *ladder):
                await channel.exchange_delete(name)
        return resting


async def _topic(channel: AbstractChannel, name: str) -> AbstractExchange:
    return await channel.declare_exchange(name, ExchangeType.TOPIC, durable=True)


async def _the_dead(channel: AbstractChannel) -> str:
    # Peeking at the dead counts as a delivery on RabbitMQ 4, whose default limit would drop them after 20 looks.
    limit: Arguments = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
    dead = await channel.declare_queue(DEAD, durable=True, arguments=limit)
    await dead.bind(await channel.declare_exchange(DEAD, ExchangeType.FANOUT, durable=True))
    for service in HEARS:
        await dead.bind(await _topic(channel, aside(DEAD, service)), routing_key=f"{service}.#")
    return dead.name


async def _ladder(channel: AbstractChannel, service: str, delays: Sequence[int]) -> list[str]:
    """The steps of one service: each an exchange and a queue of the same name, bound for everything that can return."""
    names = [aside(rung(seconds), service) for seconds in delays]
    for name, seconds in zip(names, delays, strict=True):
        arguments: Arguments = {
            "x-queue-type": "quorum",
            "x-message-ttl": seconds * 1000,
            "x-dead-letter-exchange": back(service),
        }
        resting = await channel.declare_queue(name, durable=True, arguments=arguments)
        way = await channel.declare_exchange(name, ExchangeType.DIRECT, durable=True)
        for message in HEARS[service]:
            await resting.bind(way, routing_key=queue_name(service, message))
    return names


def _old_rung(seconds: int) -> str:
    """A step of the old shared ladder, whose messages returned by the default exchange."""
    return f"retry.{seconds}s"


async def _deleted_if_empty(connection: AbstractConnection, queue: str) -> bool:
    channel = await connection.channel()
    try:
        waiting = (await channel.declare_queue(queue, passive=True)).declaration_result.message_count
    except ChannelNotFoundEntity:
        return True
    if not waiting:
        await channel.queue_delete(queue)
    return not waiting
