"""Logs as a product: one JSON line per meaningful step, with the correlation id; no personal data, ever."""

import asyncio
import atexit
import hashlib
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, BinaryIO
from uuid import UUID

import orjson
import structlog

from shared.version import VERSION
from shared.writing.characters import shown

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_TOGETHER = 0.02  # seconds

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configure(
    service: str,
    *,
    level: str = "INFO",
    style: str = "auto",
    beside: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Send this process's log lines, ours and the libraries', to standard output.

    `style` is `json`, `text` or `auto` (text on a terminal, JSON elsewhere). `level` is for our lines: libraries log
    from WARNING on, whatever it is, because their details repeat the messages' content. `beside` says
    what else stands in a line.
    """
    as_text = style == "text" or (style == "auto" and sys.stdout.isatty())
    always = {"service": service, "version": VERSION}
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        lambda _logger, _method, line: {"time": line["time"], "level": line["level"], **always, **line, **beside()},
        _name_the_exception,
    ]
    logger_factory: Any
    if as_text:
        first.append(lambda _logger, _method, line: {k: shown(v) if isinstance(v, str) else v for k, v in line.items()})
        last: structlog.typing.Processor = structlog.dev.ConsoleRenderer(timestamp_key="time")
        logger_factory = structlog.WriteLoggerFactory(sys.stdout)
    else:
        last = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line, default=str))
        pen = _Pen(sys.stdout.buffer)
        atexit.register(pen.flush)
        logger_factory = lambda *_: pen  # noqa: E731
    structlog.configure(
        processors=[*first, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=logger_factory,
        cache_logger_on_first_use=True,
    )
    handler = _Forward()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    warnings.showwarning = _warned  # their texts may repeat what was validated or serialised
    sys.excepthook = _last_word
    threading.excepthook = lambda said: _last_word(said.exc_type, said.exc_value, said.exc_traceback)


class _Pen:
    """Writes the lines of a fiftieth of a second together: one by one, each would cost a tenth of a message's work.

    Without an event loop (at start, at the end, in other threads) a line is written at once.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines: list[bytes] = []
        self._writing = threading.Lock()

    def msg(self, line: bytes) -> None:
        with self._writing:
            first = not self._lines
            self._lines.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            if first:
                loop.call_later(_TOGETHER, self.flush)

    debug = info = warning = error = msg

    def flush(self) -> None:
        with self._writing:
            rest = memoryview(b"".join(line + b"\n" for line in self._lines))
            while rest:  # an unbuffered stream may take only part of it
                rest = rest[self._out.write(rest) :]
            self._out.flush()
            self._lines.clear()


class _Forward(logging.Handler):
    """Libraries' warnings in our format; exceptions and values by type only, because their texts may repeat data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = {"error": describe(error)} if error is not None else {"detail": _without_values(record)[:300]}
        log.warning("library_warning", logger=record.name, **fields)


def _without_values(record: logging.LogRecord) -> str:
    """A library's message with numbers as they are, and only the type of everything else."""
    args: Any = record.args
    try:
        if isinstance(args, Mapping):
            return record.msg % {name: _kind(value) for name, value in args.items()}
        return record.msg % tuple(map(_kind, args or ())) if args else str(record.msg)
    except (TypeError, ValueError):
        return str(record.msg)


def _kind(value: object) -> object:
    if isinstance(value, int | float):
        return value
    return describe(value) if isinstance(value, BaseException) else type(value).__name__


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    place = f"{category.__name__} at {filename.rsplit('/', 1)[-1]}:{lineno}"
    log.warning("library_warning", logger="warnings", error=place)


def _last_word(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    """An uncaught exception is logged like everything else, without its text."""
    log.error("process_failed", error=error if error is not None else kind.__name__)


def describe(error: BaseException) -> str:
    """An exception's type and place, but not its text, which may repeat a child's record."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" at {code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return type(error).__name__ + place


@lru_cache(maxsize=4096)
def opaque(identity: str | None) -> str | None:
    """An outside id in a form safe for logs: a UUID as it is, anything else as a digest.

    Producers choose their messages' transport ids; a name put there must not reach our logs.
    """
    if identity is None:
        return None
    try:
        return str(UUID(identity))
    except ValueError:
        return "not-a-uuid-" + hashlib.sha256(identity.encode()).hexdigest()[:12]


def _name_the_exception(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = line.get("error")
    if isinstance(error, BaseException):
        line["error"] = describe(error)
    return line


def follow(correlation_id: object) -> None:
    """From here on, this handler's log lines carry this correlation id (a command may have its own)."""
    structlog.contextvars.bind_contextvars(correlation_id=str(correlation_id))
