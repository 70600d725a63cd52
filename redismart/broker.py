"""The cache node's URL in the words of Celery's transport, which reads fewer URLs than the Redis client does."""

import ssl
from typing import Any
from urllib.parse import quote

from redis.connection import parse_url

DEFAULT_HOST, DEFAULT_PORT = "localhost", 6379
TLS_SCHEME = "rediss"
TLS_PREFIX = "ssl_"


def broker_url(url: str) -> str:
    """The same node, database and user. Options for the Redis client, which Celery would stumble over, are left out."""
    told = parse_url(url)
    database = told.get("db", 0)
    if "path" in told:
        return f"redis+socket://{_user(told)}{quote(told['path'])}?virtual_host={database}"
    host = told.get("host", DEFAULT_HOST)
    address = f"[{host}]" if ":" in host else host
    return f"{_scheme(url)}://{_user(told)}{address}:{told.get('port', DEFAULT_PORT)}/{database}"


def broker_tls(url: str) -> dict[str, Any] | None:
    """What Celery needs to verify the node's certificate, as the Redis client does by itself; None without TLS."""
    if _scheme(url) != TLS_SCHEME:
        return None
    told = {name: value for name, value in parse_url(url).items() if name.startswith(TLS_PREFIX)}
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED} | told


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _user(told: dict[str, Any]) -> str:
    user, password = told.get("username") or "", told.get("password") or ""
    return f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
