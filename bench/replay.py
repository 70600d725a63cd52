"""What a page asks of Redis, recorded once and replayed without the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import redis
from django.test import Client

from bench.browser import PageError
from redismart.redis import connections, recorder
from redismart.redis.topology import LOOPBACK

HTTP_OK = 200
# The first visit may renew what a process keeps, such as the category tree; later ones do not.
VISITS = 2


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Commands that travel together to the node of an app."""

    app: str
    commands: tuple[tuple[Any, ...], ...]


Recording = tuple[RoundTrip, ...]


def record(addresses: Iterable[str], *, client: Client | None = None) -> dict[str, Recording]:
    """The round trips of each address's page, made by the shop's own code in this process.

    Every visitor is new, unless a ``client`` is given, who may be signed in.
    """
    return {address: _recorded(address, client) for address in addresses}


class BareRedis:
    """One visitor's connections by redis-py as it is, in the shop's protocol and decoding. A context manager."""

    def __init__(self, apps: Iterable[str]) -> None:
        self._clients = {app: _client(app) for app in apps}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for client in self._clients.values():
            client.close()

    def replay(self, recording: Recording) -> None:
        """Send what was recorded, one pipeline a round trip. Raises what Redis answers when that is an error."""
        for trip in recording:
            pipeline = self._clients[trip.app].pipeline(transaction=False)
            for command in trip.commands:
                pipeline.execute_command(*command)
            pipeline.execute()


def _recorded(address: str, client: Client | None) -> Recording:
    for _visit in range(VISITS):
        visitor = client or Client(raise_request_exception=False, SERVER_NAME=LOOPBACK)
        with recorder.recording() as recorded:
            response = visitor.get(address)
        if response.status_code != HTTP_OK:
            raise PageError(f"{address} was answered with {response.status_code}.")
    return tuple(RoundTrip(trip.node.partition(" @ ")[0], tuple(trip.commands)) for trip in recorded.trips)


def _client(app: str) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        connections.topology().url(app),
        decode_responses=True,
        protocol=connections.RESP2,
        socket_timeout=connections.SOCKET_TIMEOUT_SECONDS,
    )
    return client
