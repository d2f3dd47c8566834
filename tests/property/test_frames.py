"""Whatever a producer writes into a message's properties: it can be taken in, and moved on."""

import struct
from collections.abc import Callable

from aio_pika import Message
from hypothesis import example, given
from hypothesis import strategies as st
from pamqp import commands, frame, header

import shared.messaging.frames  # noqa: F401
from shared.messaging.speakers import without_moves

TEXTS = ("content_type", "content_encoding", "correlation_id", "reply_to", "message_id", "message_type", "app_id")
NO_CALENDAR_HAS_IT = struct.pack(">Q", 2**63)


def short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def sized(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def of_bytes(kind: bytes, count: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=count, max_size=count).map(lambda value: kind + value)


def list_of(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(values, max_size=3).map(lambda each: b"A" + sized(b"".join(each)))


def table_of(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    names = st.binary(max_size=255).map(short) | st.sampled_from(["a", "cloudEvents:id"]).map(
        lambda n: short(n.encode())
    )
    return st.lists(st.tuples(names, values), max_size=4).map(lambda each: sized(b"".join(n + v for n, v in each)))


SIZES = {b"t": 1, b"b": 1, b"I": 4, b"l": 8, b"T": 8, b"f": 4, b"d": 8, b"D": 5}
"""Types of one size, and how many bytes it is."""
PLAIN = st.one_of(
    st.binary(max_size=20).map(lambda text: b"S" + sized(text)),
    st.binary(max_size=20).map(lambda text: b"x" + sized(text)),
    *(of_bytes(kind, count) for kind, count in SIZES.items()),
    st.just(b"V"),
)  # fmt: skip
"""A value of a header, of each type that RabbitMQ takes."""
VALUES = st.recursive(
    PLAIN, lambda inner: list_of(inner) | table_of(inner).map(lambda table: b"F" + table), max_leaves=5
)


def nested(depth: int) -> bytes:
    value = b"V"
    for _ in range(depth):
        value = b"A" + sized(value)
    return sized(short(b"a") + value)


class Raw(commands.Basic.Properties):
    """Properties whose bytes are given."""

    def encode_property(self, name: str, value: bytes) -> bytes:
        return value


def taken_in(properties: dict[str, bytes]) -> commands.Basic.Properties:
    raw = Raw()
    for name, value in properties.items():
        setattr(raw, name, value)
    _, _, read = frame.unmarshal(frame.marshal(header.ContentHeader(0, 7, raw), 1))
    assert isinstance(read, header.ContentHeader)
    return read.properties


WRITTEN = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.binary(min_size=1, max_size=255).map(short) for name in TEXTS},
        "timestamp": st.binary(min_size=8, max_size=8),
        "headers": table_of(VALUES),
    },
)


@given(WRITTEN)
@example({"timestamp": NO_CALENDAR_HAS_IT})
@example({"headers": sized(short(b"a") + b"T" + NO_CALENDAR_HAS_IT)})
@example({"headers": sized(short(b"a") + b"S" + sized(b"\xff\xfe"))})
@example({"headers": nested(5000)})
@example({"message_type": short(b"\xff" * 255)})
def test_a_message_is_taken_in_and_can_be_moved_whatever_its_producer_wrote_into_its_properties(written):
    read = taken_in({**written, "user_id": short(b"mis")})
    assert read.user_id == "mis"
    moved = Message(
        b"", headers=without_moves(read.headers or {}), message_id=read.message_id, timestamp=read.timestamp,
        type=read.message_type, correlation_id=read.correlation_id, content_type=read.content_type,
    )  # fmt: skip
    frame.marshal(header.ContentHeader(0, 7, moved.properties), 1)


@given(st.dictionaries(st.sampled_from(["cloudEvents:id", "traceparent", "x-reason", "BCC"]), st.text()))
def test_what_can_be_read_is_read_as_before(headers):
    encode: Callable[..., bytes] = commands.Basic.Properties.encode_property
    properties = commands.Basic.Properties()
    read = taken_in({"headers": encode(properties, "headers", headers), "message_id": short(b"an id")})
    assert (read.headers, read.message_id) == (headers, "an id")
    assert set(without_moves(headers)) == set(headers) - {"x-reason", "BCC"}
