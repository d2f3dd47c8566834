"""Every exchange and queue, declared in one place by one command with admin rights; services declare nothing."""

from collections.abc import Sequence

import aio_pika
from aio_pika import ExchangeType
from faststream.rabbit import ExchangeType as StreamExchangeType
from faststream.rabbit import QueueType, RabbitExchange, RabbitQueue
from pamqp.common import Arguments

from shared.contracts import bookings, casework, circulars, erasure, hosting, mis, notices, notifications, surveys
from shared.contracts.base import Message

EVENTS = "events"
COMMANDS = "commands"
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
        *casework.COMMANDS,
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
        *notifications.COMMANDS,
        *circulars.EVENTS,
        *circulars.COMMANDS,
        erasure.ForgetInNotifications,
        erasure.DecideReturnInNotifications,
    ),
    "bookings": (
        mis.SchoolUpdated,
        notifications.NotificationFailed,
        surveys.ThemeRecorded,
        *hosting.COMMANDS,
        erasure.ForgetInBookings,
        erasure.DecideReturnInBookings,
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
        *surveys.COMMANDS,
        erasure.ForgetInSurveys,
        erasure.DecideReturnInSurveys,
    ),
}
"""Who listens to what: one quorum queue per service and message type."""


def queue_name(service: str, message: type[Message]) -> str:
    """The queue in which a service finds its messages of one type."""
    return f"{service}.{message.key()}"


def inbox(service: str, message: type[Message]) -> tuple[RabbitQueue, RabbitExchange]:
    """The same queue and its exchange as FastStream wants them, not to be declared by it."""
    queue = RabbitQueue(
        queue_name(service, message),
        durable=True,
        queue_type=QueueType.QUORUM,
        declare=False,
        routing_key=message.key(),
    )
    return queue, RabbitExchange(message.EXCHANGE, type=StreamExchangeType.TOPIC, durable=True, declare=False)


def rung(seconds: int) -> str:
    """The queue that is one step of the retry ladder."""
    return f"retry.{seconds}s"


def aside(place: str, queue: str) -> str:
    """The exchange by which a service lays its failed messages aside, on a step of the ladder or with the dead.

    Each service has its own, and it passes on names of that service's queues only: who may write to it can return
    messages to those queues, and put none into another service's.
    """
    return f"{place}.{queue.partition('.')[0]}"


async def apply(url: str, delays: Sequence[int] = LADDER) -> list[str]:
    """Declare everything (idempotent) and return the names of the queues.

    A message that fails goes to its service's exchange of a step (see `aside`), with its queue as routing key,
    rests in that step's queue for its time to live, and is returned by the default exchange to exactly that queue.
    """
    names: list[str] = []
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchanges = {
            name: await channel.declare_exchange(name, ExchangeType.TOPIC, durable=True) for name in (EVENTS, COMMANDS)
        }
        # Peeking at the dead counts as a delivery on RabbitMQ 4, whose default limit would drop them after 20 looks.
        dead = await channel.declare_queue(
            DEAD, durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
        )
        await dead.bind(await channel.declare_exchange(DEAD, ExchangeType.FANOUT, durable=True))
        places = {DEAD: dead}
        for seconds in delays:
            arguments: Arguments = {
                "x-queue-type": "quorum",
                "x-message-ttl": seconds * 1000,
                "x-dead-letter-exchange": "",
            }
            places[rung(seconds)] = await channel.declare_queue(rung(seconds), durable=True, arguments=arguments)
        names += places
        for service, messages in HEARS.items():
            for place, resting in places.items():
                way = await channel.declare_exchange(aside(place, service), ExchangeType.TOPIC, durable=True)
                await resting.bind(way, routing_key=f"{service}.#")
            for message in messages:
                queue = await channel.declare_queue(
                    queue_name(service, message),
                    durable=True,
                    arguments={
                        "x-queue-type": "quorum",
                        "x-dead-letter-exchange": DEAD,
                        "x-delivery-limit": 100,  # only the net for a message that kills its process
                    },
                )
                await queue.bind(exchanges[message.EXCHANGE], routing_key=message.key())
                names.append(queue.name)
    return names
