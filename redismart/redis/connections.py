"""One client per app, region and patience, made once per process.

``configure`` is called at start with the topology from the settings. Domain code asks for
``client("catalog")`` and never sees a URL, nor whether a page waits for it or a task.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from redismart.redis import recorder
from redismart.redis.guarded import GuardedPipeline, GuardedPool, GuardedRedis
from redismart.redis.topology import Topology

SOCKET_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 2.0
PAGE_TIMEOUT_SECONDS = 1.0
"""A page holds one of few threads while it waits, and nobody looks at an empty window for longer."""

REPLICA = "(replica)"
POOL_SIZE = 64
RESP2 = 2

_patience: ContextVar[float] = ContextVar("redis_patience", default=SOCKET_TIMEOUT_SECONDS)
_topology: Topology | None = None
_times = 1
_clients: dict[tuple[str, str, float], "ShopRedis"] = {}
_lock = threading.Lock()


class RedisNotConfiguredError(RuntimeError):
    """``configure`` has not run in this process: set up Django first."""


class ShopPipeline(GuardedPipeline):
    """A pipeline that tells the current recorder what it sent."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        active = recorder.current()
        if active is None or not self.command_stack:
            return super().execute(raise_on_error)
        commands = [tuple(queued[0]) for queued in self.command_stack]
        with recorder.timed(active, node=node_name(self.connection_pool), commands=commands) as trip:
            replies = super().execute(raise_on_error)
            trip.reply_bytes = recorder.reply_size(replies)
        return replies


class ShopRedis(GuardedRedis):
    """A client that tells the current recorder what it sent."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        active = recorder.current()
        if active is None:
            return super().execute_command(*args, **options)
        with recorder.timed(active, node=node_name(self.connection_pool), commands=[args]) as trip:
            reply = super().execute_command(*args, **options)
            trip.reply_bytes = recorder.reply_size(reply)
        return reply

    def pipeline(self, transaction: bool = False, shard_hint: str | None = None) -> ShopPipeline:
        """A pipeline; unlike redis-py's, not a MULTI unless asked for."""
        return ShopPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def configure(topology: Topology) -> None:
    """Use this topology from now on, in this process."""
    global _topology  # noqa: PLW0603
    close()
    _topology = topology


def be_patient(times: int) -> None:
    """Wait for every node so many times as long as usual from now on, in this process."""
    global _times  # noqa: PLW0603
    close()
    _times = times


def patient(seconds: float) -> float:
    """For how long to wait for a node here, for which one usually waits ``seconds``."""
    return seconds * _times


def topology() -> Topology:
    """The topology in use."""
    if _topology is None:
        raise RedisNotConfiguredError("Redis is not configured in this process: call django.setup() first.")
    return _topology


def client(app: str, *, region: str | None = None) -> ShopRedis:
    """The client of an app's node, in this process's region unless another is named."""
    here = region or topology().region
    patience = _patience.get()
    found = _clients.get((app, here, patience))
    return found or _create(app, here, patience)


def replica(app: str) -> ShopRedis | None:
    """The client of the replica from which this region reads an app's node; None when it has none."""
    url = topology().replica_url(app)
    if not url:
        return None
    patience = _patience.get()
    found = _clients.get((app, REPLICA, patience))
    return found or _remembered((app, REPLICA, patience), url)


@contextmanager
def hurried(seconds: float = PAGE_TIMEOUT_SECONDS) -> Iterator[None]:
    """Inside the block, clients give a node a page's time to answer instead of a task's, or less."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def close() -> None:
    """Drop every connection, for instance after a fork."""
    with _lock:
        for existing in _clients.values():
            existing.close()
        _clients.clear()


def node_name(pool: Any) -> str:
    """A node as people name it: ``catalog @ 127.0.0.1:6401``."""
    options = pool.connection_kwargs
    user = options.get("username") or "default"
    return f"{user} @ {options.get('host', 'unix')}:{options.get('port', '')}"


def _create(app: str, region: str, patience: float) -> ShopRedis:
    return _remembered((app, region, patience), topology().url(app, region=region))


def _remembered(key: tuple[str, str, float], url: str) -> ShopRedis:
    with _lock:
        if key not in _clients:
            _clients[key] = connect(url, timeout=patient(key[2]))
        return _clients[key]


def connect(url: str, *, timeout: float = SOCKET_TIMEOUT_SECONDS) -> ShopRedis:
    """A new client for a URL. Replies are text, in RESP2: see ``redismart.redis.replies``."""
    pool = GuardedPool.from_url(
        url,
        decode_responses=True,
        protocol=RESP2,
        socket_timeout=timeout,
        socket_connect_timeout=min(timeout, patient(CONNECT_TIMEOUT_SECONDS)),
        # Each try would wait for the whole time-out once more.
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
        max_connections=POOL_SIZE,
    )
    return ShopRedis.from_pool(pool)  # type: ignore[no-any-return]
