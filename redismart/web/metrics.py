"""What Prometheus is told: how every request ended and how long it took, and whatever apps tell of themselves."""

from pathlib import Path

import psutil
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
UNKNOWN = "none"

requests_total = Counter("redismart_requests", "Requests answered, by view and status.", ["view", "status"])
request_seconds = Histogram("redismart_request_seconds", "Seconds to answer, by view.", ["view"], buckets=SECONDS)


_told: list[Collector] = []


def tell(collector: Collector) -> None:
    """Have a collector asked too, each time: for what does not belong to a web process."""
    _told.append(collector)


def registry() -> CollectorRegistry:
    """Of all web processes of this machine together, and of the apps."""
    found = CollectorRegistry()
    MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    for collector in _told:
        found.register(collector)
    return found


def observe(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Count one answered request. Views, not addresses, name it: there are few of them, whatever visitors type."""
    match = request.resolver_match
    view = (match.view_name if match else "") or UNKNOWN
    requests_total.labels(view, str(response.status_code)).inc()
    request_seconds.labels(view).observe(seconds)


def forget_dead(folder: Path) -> None:
    """Delete the counters of web processes that are gone: Prometheus copes with a restart from nought.

    For the start of a web process. Others of the same server, and of another on the same folder, keep theirs.
    """
    for counters in folder.glob("*.db"):
        # Named by kind and process: counter_4711.db.
        process = counters.stem.rpartition("_")[2]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            counters.unlink(missing_ok=True)
