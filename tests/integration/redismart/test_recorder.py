"""What the debug view shows can be pasted into redis-cli and means the same there."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from redismart.redis import connections, recorder
from redismart.redis.topology import OPERATOR
from tests.redis_nodes import RedisNodes

ARGUMENTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.binary(max_size=200),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["", '"', "'", "\\", "\\x41", "a b", "\n", "\0", "*", "$.price", "кафе", "🛒", "\x1b[31m", b"\xff\x00"]
    ),
)


@pytest.fixture(scope="module")
def inline(redis_stack: RedisNodes) -> Iterator[socket.socket]:
    """A raw connection: Redis reads a line of plain text by the very function that redis-cli uses."""
    node = next(node for node in redis_stack.topology.nodes() if node.name == "cache")
    with socket.create_connection(("127.0.0.1", node.port)) as connection:
        connection.sendall(f"AUTH {OPERATOR} {redis_stack.topology.password(OPERATOR)}\r\n".encode())
        assert connection.recv(64) == b"+OK\r\n"
        yield connection


def echoed(connection: socket.socket, line: str) -> bytes:
    """The one argument that Redis understood, from its reply ``$length CRLF bytes CRLF``."""
    connection.sendall(f"{line}\r\n".encode())
    reply = connection.makefile("rb")
    header = reply.readline()
    assert header.startswith(b"$"), header
    return reply.read(int(header[1:]) + 2)[:-2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(argument=ARGUMENTS)
def test_redis_reads_every_shown_command_back_to_the_same_bytes(inline: socket.socket, argument: object) -> None:
    sent = argument if isinstance(argument, bytes) else str(argument).encode()
    shown = recorder.as_redis_cli(["ECHO", argument])
    assert echoed(inline, shown) == sent


@settings(deadline=None)
@given(argument=ARGUMENTS)
def test_a_shown_command_is_one_printable_line(argument: object) -> None:
    assert recorder.as_redis_cli(["SET", "cache:x", argument]).isprintable()


def test_a_command_is_recorded_with_its_node_time_and_size() -> None:
    with recorder.recording() as record:
        connections.client("catalog").set("catalog:x", "kettle")
        connections.client("catalog").get("catalog:x")
    first, second = record.trips
    assert first.lines == ["SET catalog:x kettle"]
    assert second.lines == ["GET catalog:x"]
    assert second.node.startswith("catalog @ 127.0.0.1:")
    assert second.reply_bytes == len("kettle")
    assert 0 < second.milliseconds <= record.milliseconds


def test_a_pipeline_is_one_round_trip() -> None:
    with recorder.recording() as record, connections.client("catalog").pipeline() as pipeline:
        pipeline.set("catalog:x", 1).incr("catalog:x").get("catalog:x")
        assert pipeline.execute() == [True, 2, "2"]
    assert [trip.lines for trip in record.trips] == [["SET catalog:x 1", "INCRBY catalog:x 1", "GET catalog:x"]]
    assert record.command_count == 3


def test_a_failed_command_is_recorded_with_its_error() -> None:
    with recorder.recording() as record, pytest.raises(ResponseError):
        connections.client("catalog").execute_command("LPUSH", "catalog:x")
    assert "wrong number of arguments" in record.trips[0].error


def test_nothing_is_recorded_outside_and_records_do_not_mix() -> None:
    client = connections.client("catalog")
    with recorder.recording() as outer:
        client.get("catalog:outer")
        with recorder.recording() as inner:
            client.get("catalog:inner")
        client.get("catalog:outer")
    client.get("catalog:outside")
    assert recorder.current() is None
    assert [trip.lines for trip in outer.trips] == [["GET catalog:outer"]] * 2
    assert [trip.lines for trip in inner.trips] == [["GET catalog:inner"]]


def test_very_long_arguments_are_cut_visibly() -> None:
    shown = recorder.as_redis_cli(["SET", "k", "x" * 10_000])
    assert shown.endswith('…"')
    assert len(shown) < recorder.LONGEST_ARGUMENT + 20


def test_of_bytes_that_are_no_text_the_first_and_their_number_are_there_to_be_looked_at() -> None:
    command = ["FT.SEARCH", "index", "café", "PARAMS", 2, "vector", b"\x00\x9a" * 1_000]
    assert recorder.to_look_at(command) == (
        'FT.SEARCH index "café" PARAMS 2 vector "\\x00\\x9a\\x00\\x9a\\x00\\x9a\\x00\\x9a…"(2,000 bytes)'
    )
    assert recorder.as_redis_cli(command).count("\\x9a") == 1_000
    assert recorder.to_look_at(["GET", "x" * 100]) == recorder.as_redis_cli(["GET", "x" * 100])
