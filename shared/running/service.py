"""How every service is built and run: consumers, bulk path, relay, timers, health and metrics, in one call."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import structlog
import uvicorn
from fast_depends.pydantic import PydanticSerializer
from faststream import AckPolicy, BaseMiddleware, StreamMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitRouter
from pydantic import ConfigDict, WrapValidator
from starlette.routing import BaseRoute

from shared.contracts.base import Message
from shared.contracts.untidy import MisEvent, loads
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.consumers import Consumer, keep_bound, watch
from shared.hearing.recovery import Recovery, middleware, ours
from shared.messaging.outbox import Relay
from shared.messaging.publisher import Publisher, with_heartbeat
from shared.messaging.speakers import Speakers
from shared.messaging.subscriptions import queue_of, subscriptions
from shared.messaging.topology import inbox
from shared.observing import metrics, telemetry, tracing
from shared.observing.metrics import metrics_route
from shared.observing.telemetry import log, opaque
from shared.running.gauges import Ask, Gauges, of_outboxes, of_queues, of_the_dead, of_timers
from shared.running.health import health_routes
from shared.running.settings import Settings
from shared.signing.officers import Officers, Refuse, park, prove
from shared.store.documents import Store
from shared.store.lookout import Lookout
from shared.store.timers import Timer
from shared.time.clock import Clock
from shared.version import VERSION
from shared.web.door import served, web
from shared.web.look import Look

_ASKS_FOR_THE_DEAD = "notices"  # parked messages are counted over all services, by one of them
_ASK_AGAIN = 1.0  # seconds between two attempts to reach a server at start


@dataclass(frozen=True)
class Parts:
    """The parts of a service; its composition root returns them."""

    routers: Sequence[RabbitRouter] = ()
    bulk: Sequence[Bulk] = ()
    timers: Sequence[Timer] = ()
    outboxes: Sequence[str] = ()
    """Collections whose documents carry outboxes."""
    indexes: Sequence[tuple[str, tuple[str, ...]]] = ()
    """Further indexes: collection and fields."""
    sparse: Sequence[tuple[str, str]] = ()
    """Indexes of only those documents that have the field."""
    unordered: Sequence[str] = ()
    """Collections that must not reveal the order in which documents came."""
    routes: Sequence[BaseRoute] = field(default=())
    """What people and providers reach; from outside as `/<service>/…`."""
    look: Look | None = None
    """How its pages look, those of errors too."""
    gauges: Sequence[Ask] = ()
    """Gauges about its subject, read every fifteen seconds by one replica."""
    refuse: Refuse = park
    """How it refuses a decision that is not proven to be the named person's."""


Compose = Callable[[Store, Clock], Parts]


def listen(router: RabbitRouter, service: str, message: type[Message]) -> Callable[[Callable[..., Any]], Any]:
    """Subscribe a handler to one message type; all handlers are subscribed this way."""
    queue, exchange = inbox(service, message)
    subscribe = router.subscriber(queue, exchange, ack_policy=AckPolicy.MANUAL, no_reply=True)

    def take(handler: Callable[..., Any]) -> Any:
        if issubclass(message, MisEvent):
            read: Any = Annotated[message, WrapValidator(message.tolerantly)]
            kinds = handler.__annotations__
            kinds.update({name: read for name, kind in kinds.items() if kind is message})
        return subscribe(ours(handler))

    return take


Handle = Callable[[Any], Awaitable[Any]]
Handles = Mapping[type[Message], Handle]
"""Which message is handled by what."""


def handled(service: str, handles: Handles) -> RabbitRouter:
    """One subscriber for each message type, which hands what it hears to its handler."""
    router = RabbitRouter()
    for message, handle in handles.items():
        listen(router, service, message)(_on(message, handle))
    return router


def _on(message: type[Message], handle: Handle) -> Callable[[Any], Awaitable[None]]:
    async def on_message(heard: Any) -> None:
        await handle(heard)

    on_message.__annotations__["heard"] = message
    on_message.__name__ = f"on_{message.key().split('.')[1]}"
    return on_message


def consumer(settings: Settings, middlewares: Sequence[Callable[..., BaseMiddleware[Any, Any]]]) -> RabbitBroker:
    """The broker object on which a service consumes; it publishes nothing on it."""
    return RabbitBroker(
        with_heartbeat(settings.amqp_url),
        logger=None,
        reconnect_interval=1,
        graceful_timeout=settings.graceful_timeout,
        default_channel=Channel(prefetch_count=settings.prefetch, on_return_raises=True),
        serializer=PydanticSerializer(
            pydantic_config=ConfigDict(hide_input_in_errors=True), use_fastdepends_errors=False
        ),
        middlewares=middlewares,
        decoder=_decoded,
    )


def _middlewares(recovery: Recovery, officers: Officers, parts: Parts) -> list[Callable[..., BaseMiddleware[Any, Any]]]:
    """From the outside in: what becomes of a message, the ids of its log lines, and who decided it."""
    return [middleware(recovery), _LogContext, prove(officers, ours(parts.refuse))]


async def _decoded(message: StreamMessage[Any], usual: Callable[[StreamMessage[Any]], Awaitable[Any]]) -> Any:
    try:
        return await usual(message)
    except ValueError as error:
        try:
            return loads(message.body)
        except (ValueError, RecursionError):
            raise error from None


def run(name: str, compose: Compose, settings: Settings) -> None:
    """Run a service until it is told to stop (SIGTERM or SIGINT); refuse to start if one of its keys is too short."""
    if weak := [*settings.weak_keys()]:
        sys.exit("\n".join(weak))
    telemetry.configure(name, level=settings.log_level, style=settings.log_format, beside=tracing.trace_ids)
    tracing.configure(name, settings.otlp_endpoint)
    metrics.BUILD.labels(name, VERSION).set(1)
    asyncio.run(_serve(name, compose, settings))


async def _serve(name: str, compose: Compose, settings: Settings) -> None:
    store = Store(settings.mongo_url, name)
    publisher = Publisher(settings.amqp_url, old_ways=settings.old_ways == "said")
    clock = Clock(settings.clock_file)
    parts = compose(store, clock)
    started = asyncio.Event()

    async def is_started() -> bool:
        return started.is_set()

    routes = health_routes({"started": is_started, "broker": publisher.reachable, "store": store.ping}, name)
    pages = web(name, parts.routes, [*routes, metrics_route()], look=parts.look)
    server = _Server(served(pages, settings.http_host, settings.http_port, proxies=settings.proxies))
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop_signal, setattr, server, "should_exit", True)
    working = asyncio.create_task(_work(name, parts, settings, store, publisher, clock, started))
    working.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await asyncio.to_thread(tracing.flush)
    log.info("service_stopped")


async def _work(
    name: str,
    parts: Parts,
    settings: Settings,
    store: Store,
    publisher: Publisher,
    clock: Clock,
    started: asyncio.Event,
) -> None:
    await _until_reached("store", store.ping)
    await _until_reached("broker", lambda: _connected(publisher))
    await _until_reached("topology", lambda: publisher.binds(name))
    for collection in parts.unordered:
        await store[collection].forget_order()
    for collection in parts.outboxes:
        await store[collection].index_outbox()
    for collection, fields in parts.indexes:
        await store[collection].index(*fields)
    for collection, only_where in parts.sparse:
        await store[collection].index(only_where, only_where=only_where)
    for timer in parts.timers:
        await timer.prepare()
    old_ways = settings.old_ways is not None
    speakers = Speakers(name, publisher.user, settings.says_anything or "", old_ways, settings.feeds())
    if not speakers.proven:
        log.warning("speakers_not_proven", fix=f"let the service log in at RabbitMQ as {name}")
    recovery = Recovery(publisher, settings.retry_delays, speakers)
    officers = Officers(name, settings.officers, speakers)
    if settings.officers is None:
        log.warning("nobody_can_decide", fix="name the file of officers' keys in EVERYDAY_OFFICERS")
    broker = consumer(settings, _middlewares(recovery, officers, parts))
    broker.include_routers(*parts.routers)
    bulk = [BulkConsumer(name, part, recovery, officers) for part in parts.bulk]
    relay = Relay(store, parts.outboxes, publisher)
    gauges = Gauges(store, [*_asks(name, parts, store, publisher, clock), *parts.gauges])
    background: list[asyncio.Task[None]] = []
    try:
        await broker.start()
        for each in bulk:
            await each.start(settings.amqp_url)
        lookout = Lookout(store, parts.timers, parts.outboxes, settings.tick)
        bound = keep_bound(lambda: publisher.binds(name))
        once_each = [relay.run(), gauges.run(), lookout.run(), watch(_consumers(broker, bulk)), bound]
        loops = [*once_each, *(timer.run() for timer in parts.timers), *(each.works() for each in bulk)]
        background = [asyncio.create_task(loop) for loop in loops]
        _freeze_startup_objects()
        started.set()
        log.info("service_started", http_port=settings.http_port)
        await asyncio.gather(*background)
    finally:
        started.clear()
        await broker.stop()
        for each in bulk:
            await each.stop()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await relay.stop()
        await gauges.stop()
        await asyncio.gather(*(timer.stop() for timer in parts.timers))
        await publisher.close()
        store.close()


def _freeze_startup_objects() -> None:
    """A service's own objects never become garbage: collecting over them took half the register path's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would end the process before the service has finished its work."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _LogContext(BaseMiddleware[Any, Any]):
    """Every log line of a handler carries its message's ids; with traces on, the handler has its span."""

    async def consume_scope(self, call_next: Any, msg: Any) -> Any:
        ids = {"correlation_id": opaque(msg.correlation_id), "message_id": opaque(msg.message_id)}
        with structlog.contextvars.bound_contextvars(**ids), tracing.working_on(msg.raw_message, queue_of(self)):
            return await call_next(msg)


def _asks(name: str, parts: Parts, store: Store, publisher: Publisher, clock: Clock) -> list[Ask]:
    """The gauges that every service has."""
    asks = [of_outboxes(store, parts.outboxes), of_timers(store, parts.timers, clock), of_queues(name, publisher)]
    return [*asks, of_the_dead(publisher)] if name == _ASKS_FOR_THE_DEAD else asks


def _consumers(broker: RabbitBroker, bulk: Sequence[BulkConsumer]) -> list[Consumer]:
    """Every consumer of this replica, on both paths."""
    single = [Consumer(queue.name, queue, tag) for queue, tag in subscriptions(broker)]
    return [*single, *(each.consumer for each in bulk if each.consumer)]


async def _connected(publisher: Publisher) -> bool:
    try:
        await publisher.connect()
    except Exception:
        return False
    return True


async def _until_reached(what: str, reach: Callable[[], Any]) -> None:
    is_logged = False
    while not await reach():
        if not is_logged:
            log.warning("server_awaited", server=what)
            is_logged = True
        await asyncio.sleep(_ASK_AGAIN)
