"""Whatever a producer writes into a message's properties, the message can be received, and so be parked.

AMQP lets a producer write impossible times, and texts that are not UTF-8. When pamqp finds one, it gives up
the connection, and its queues then deliver the message again: nothing behind it would ever arrive. Here such a time
becomes None, such a text its readable part, and unreadable headers are dropped. Importing this module is enough.
"""

from collections.abc import Callable
from typing import Any

from pamqp import decode

_Decoded = tuple[int, Any]  # how many bytes it takes, and the value
_UNREADABLE = (ValueError, ArithmeticError, OSError, RecursionError)
_TIME, _LENGTH = 8, 4  # bytes


def _time(read: Callable[[bytes], _Decoded]) -> Callable[[bytes], _Decoded]:
    def take(value: bytes) -> _Decoded:
        try:
            return read(value)
        except _UNREADABLE:
            return _TIME, None

    return take


def _short_text(value: bytes) -> _Decoded:
    end = 1 + value[0]
    return end, value[1:end].decode(errors="ignore")


def _headers(read: Callable[[bytes], _Decoded]) -> Callable[[bytes], _Decoded]:
    def take(value: bytes) -> _Decoded:
        try:
            return read(value)
        except _UNREADABLE:
            return _LENGTH + int.from_bytes(value[:_LENGTH], "big"), {}

    return take


decode.METHODS["shortstr"] = _short_text
decode.METHODS["timestamp"] = decode.TABLE_MAPPING[b"T"] = _time(decode.timestamp)
decode.METHODS["table"] = _headers(decode.field_table)
