"""Logs as a product: one JSON line per meaningful step, with the correlation id; no personal data, ever."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog

from shared.contracts.base import Message

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(service: str, *, level: str = "INFO", style: str = "auto") -> None:
    """Send this process's log lines, ours and the libraries', to standard output.

    `style` is `json`, `text` or `auto` (text on a terminal, JSON elsewhere).
    """
    as_text = style == "text" or (style == "auto" and sys.stdout.isatty())
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        lambda _logger, _method, line: {"service": service, **line},
        _name_the_exception,
    ]
    logger_factory: Any
    if as_text:
        last: structlog.typing.Processor = structlog.dev.ConsoleRenderer(timestamp_key="time")
        logger_factory = structlog.WriteLoggerFactory(sys.stdout)
    else:
        last = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line, default=str))
        logger_factory = structlog.BytesLoggerFactory(sys.stdout.buffer)
    structlog.configure(
        processors=[*first, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=logger_factory,
        cache_logger_on_first_use=True,
    )
    handler = _Forward()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)  # Python's own, which would stand between our lines as plain text


class _Forward(logging.Handler):
    """Libraries' warnings, in our form; their exceptions by type only, as their texts may repeat data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = {"error": describe(error)} if error is not None else {"detail": record.getMessage()[:300]}
        log.warning("library_warning", logger=record.name, **fields)


def describe(error: BaseException) -> str:
    """An exception's type and place; not its text, which may repeat what a child's record says."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" at {code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return type(error).__name__ + place


def _name_the_exception(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = line.get("error")
    if isinstance(error, BaseException):
        line["error"] = describe(error)
    return line


@contextmanager
def correlated(message: Message) -> Iterator[None]:
    """Every line logged inside bears the message's correlation id."""
    with structlog.contextvars.bound_contextvars(correlation_id=str(message.correlation_id)):
        yield


def follow(correlation_id: object) -> None:
    """From here on, this handler's log lines bear this story's correlation id (a command may have its own)."""
    structlog.contextvars.bind_contextvars(correlation_id=str(correlation_id))
