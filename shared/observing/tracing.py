"""Whether there are traces. Off unless configured; then the code for them (`spans.py`) is not even loaded."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from shared.contracts.base import Message
from shared.observing.telemetry import log

PARENT, LINK = "traceparent", "tracelink"

_spans: Any = None


def configure(service: str, endpoint: str | None) -> None:
    """Send this process's spans to a collector (OTLP over HTTP), if there is one."""
    if endpoint is None:
        return
    try:
        switch_on().send(service, endpoint)
    except ModuleNotFoundError:
        log.warning(
            "tracing_not_installed", fix="install requirements-tracing.txt, or take EVERYDAY_OTLP_ENDPOINT away"
        )


def switch_on() -> Any:
    """Load the code that makes spans, and return it."""
    global _spans  # noqa: PLW0603 - a process has traces, or has none
    _spans = import_module("shared.observing.spans")
    return _spans


def switch_off() -> None:
    """No more spans: for tests."""
    global _spans  # noqa: PLW0603
    _spans = None


def flush() -> None:
    """Send what is still waiting to be sent, before the process ends."""
    if _spans:
        _spans.flush()


def working_on(raw: AbstractIncomingMessage, queue: str) -> AbstractContextManager[None]:
    """One delivery of a message."""
    return _spans.working_on(raw, queue) if _spans else nullcontext()


def working_on_all(
    raws: Sequence[AbstractIncomingMessage], read: Sequence[Message], queue: str
) -> AbstractContextManager[None]:
    """Deliveries that are worked on together; each effect's `causation_id` says which one caused it."""
    return _spans.working_on_all(raws, read, queue) if _spans else nullcontext()


def stepping(collection: str, correlation_id: str | None) -> AbstractContextManager[None]:
    """A step that fell due by the calendar, in the trace of its correlation id."""
    return _spans.stepping(collection, correlation_id) if _spans else nullcontext()


def traceparent(message: Message) -> str | None:
    """The trace context for an outgoing message: from its cause, or from the current work."""
    return _spans.traceparent(message) if _spans else None


def trace_ids() -> dict[str, str]:
    """The trace ids of a log line."""
    return _spans.trace_ids() if _spans else {}


def linked(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a retried message: its context becomes a link, since each attempt is a trace of its own."""
    kept = {name: value for name, value in headers.items() if name != PARENT}
    return kept if LINK in kept or PARENT not in headers else {**kept, LINK: headers[PARENT]}
