"""A service's OpenTelemetry spans. Loaded only if traces are switched on (`tracing.py`).

A trace's id is the correlation id, unless a message brings a context of its own, so
that what an officer decides days later joins the absence that began it. A retry or a replay is a new trace that links
to the first. Spans carry ids and message types, never a message's data nor an exception's text.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from aio_pika.abc import AbstractIncomingMessage
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NoOpTracer,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.contracts.base import Message
from shared.observing.telemetry import describe, opaque
from shared.observing.tracing import LINK, PARENT
from shared.version import VERSION

_provider: TracerProvider | None = None
_tracer: Tracer = NoOpTracer()
_correlation_id: ContextVar[int | None] = ContextVar("story", default=None)
_by_cause: ContextVar[Mapping[str, Span] | None] = ContextVar("by_cause", default=None)


class _CorrelationIds(RandomIdGenerator):
    """Takes the current correlation id as the id of a new trace, if there is one."""

    def generate_trace_id(self) -> int:
        return _correlation_id.get() or super().generate_trace_id()


def send(service: str, endpoint: str) -> None:
    """Send spans to a collector, in batches and in the background."""
    use(service, BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))


def use(service: str, processor: SpanProcessor) -> None:
    """Hand spans to a processor."""
    global _provider, _tracer  # noqa: PLW0603 - a process has one tracer
    resource = Resource.create({"service.name": service, "service.version": VERSION})
    _provider = TracerProvider(resource=resource, id_generator=_CorrelationIds())
    _provider.add_span_processor(processor)
    _tracer = _provider.get_tracer("everyday")


def flush() -> None:
    """Send what is still waiting; a few seconds at most."""
    if _provider is not None:
        _provider.force_flush(5000)


@contextmanager
def working_on(raw: AbstractIncomingMessage, queue: str) -> Iterator[None]:
    with _ended(_delivery(raw, queue)) as span, use_span(span, record_exception=False, set_status_on_exception=False):
        yield


@contextmanager
def working_on_all(raws: Sequence[AbstractIncomingMessage], read: Sequence[Message], queue: str) -> Iterator[None]:
    with ExitStack() as spans:
        begun = [spans.enter_context(_ended(_delivery(raw, queue))) for raw in raws]
        token = _by_cause.set({str(message.id): span for message, span in zip(read, begun, strict=True)})
        try:
            yield
        finally:
            _by_cause.reset(token)


@contextmanager
def stepping(collection: str, correlation_id: str | None) -> Iterator[None]:
    span = _started(f"step {collection}", correlation_id, context=Context())
    with _ended(span), use_span(span, record_exception=False, set_status_on_exception=False):
        yield


def traceparent(message: Message) -> str | None:
    return _written((_by_cause.get() or {}).get(str(message.causation_id)) or get_current_span())


def trace_ids() -> dict[str, str]:
    context = get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} if context.is_valid else {}


def _delivery(raw: AbstractIncomingMessage, queue: str) -> Span:
    link = get_current_span(_read(raw.headers.get(LINK))).get_span_context()
    span = _started(
        f"process {queue}",
        None if link.is_valid else opaque(raw.correlation_id),
        context=_read(raw.headers.get(PARENT)),
        kind=SpanKind.CONSUMER,
        links=[Link(link)] if link.is_valid else [],
        attributes={
            "messaging.system": "rabbitmq",
            "messaging.destination.name": queue,
            "messaging.message.id": opaque(raw.message_id) or "",
            "messaging.message.conversation_id": opaque(raw.correlation_id) or "",
        },
    )
    raw.headers[LINK] = _written(span)  # if this attempt fails, the next one links to it
    return span


def _started(name: str, correlation_id: str | None, **more: Any) -> Span:
    token = _correlation_id.set(_number(correlation_id))
    try:
        return _tracer.start_span(name, **more)
    finally:
        _correlation_id.reset(token)


@contextmanager
def _ended(span: Span) -> Iterator[Span]:
    try:
        yield span
    except BaseException as error:
        span.set_status(Status(StatusCode.ERROR, describe(error)))
        raise
    finally:
        span.end()


def _written(span: Span) -> str | None:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}" if context.is_valid else None


def _read(header: object) -> Context:
    """The W3C context in a header; empty if there is none, or if it is malformed."""
    if not isinstance(header, str):
        return Context()
    return TraceContextTextMapPropagator().extract({PARENT: header}, Context())


def _number(correlation_id: str | None) -> int | None:
    try:
        return UUID(correlation_id).int if correlation_id else None
    except ValueError:
        return None
