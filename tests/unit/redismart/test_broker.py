"""Celery finds the same node as the Redis client, by the same URL, and verifies its certificate as well."""

import logging
import ssl
from typing import Any

import pytest
from celery import Celery
from redis.connection import parse_url

from redismart.broker import broker_tls, broker_url

PLAIN = [
    "redis://redis.example:6380/0",
    "redis://redis.example",
    "redis://us%40er:p%2Fw%3B@redis.example:6380/3",
    "redis://:only%20password@redis.example/1",
    "redis://[::1]:6380/2",
    "redis://redis.example:6380/0?health_check_interval=10",
    "unix:///run/redis.sock",
    "unix:///run/with%20space/redis.sock?db=2",
    "unix://us%40er:p%2Fw%3B@/run/redis.sock?db=4",
]
SECURE = ["rediss://user:secret@redis.example:6380/1", "rediss://redis.example?ssl_ca_certs=/etc/ca.pem"]
FACTS = ("host", "port", "db", "username", "password", "path")
DEFAULTS = {"host": "localhost", "port": 6379}


def connection_facts(url: str) -> dict[str, Any]:
    """What Celery's transport would connect with."""
    app = Celery(broker=broker_url(url), broker_use_ssl=broker_tls(url), set_as_current=False)
    with app.connection_for_write() as connection:
        channel = object.__new__(connection.transport.Channel)
        channel.connection = connection.transport
        facts: dict[str, Any] = channel._connparams()
    return facts


@pytest.mark.parametrize("url", [*PLAIN, *SECURE])
def test_celery_connects_where_the_client_does(url: str) -> None:
    told = parse_url(url)
    expected = {"db": 0} | ({} if "path" in told else DEFAULTS) | told
    found = connection_facts(url)
    assert [found.get(name) for name in FACTS] == [expected.get(name) for name in FACTS]
    assert found["connection_class"].__name__ == told.get("connection_class", _Tcp).__name__


@pytest.mark.parametrize("url", SECURE)
def test_certificates_are_verified(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kombu"):
        found = connection_facts(url)
    assert found["ssl_cert_reqs"] == ssl.CERT_REQUIRED
    assert found.get("ssl_ca_certs") == parse_url(url).get("ssl_ca_certs")
    assert not caplog.records


def test_who_wants_no_verification_must_say_so() -> None:
    assert connection_facts("rediss://redis.example?ssl_cert_reqs=none")["ssl_cert_reqs"] == "none"


def test_without_tls_nothing_is_said_of_it() -> None:
    assert broker_tls("redis://redis.example") is None
    assert broker_tls("unix:///run/redis.sock") is None


class _Tcp:
    """redis-py names no class for plain TCP."""


_Tcp.__name__ = "Connection"
