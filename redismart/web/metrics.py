"""What Prometheus is told of every request: how many, with which outcome, and how long they took."""

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
UNKNOWN = "none"

requests_total = Counter("redismart_requests", "Requests answered, by view and status.", ["view", "status"])
request_seconds = Histogram("redismart_request_seconds", "Seconds to answer, by view.", ["view"], buckets=SECONDS)


def observe(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Count one answered request. Views, not addresses, name it: there are few of them, whatever visitors type."""
    match = request.resolver_match
    view = (match.view_name if match else "") or UNKNOWN
    requests_total.labels(view, str(response.status_code)).inc()
    request_seconds.labels(view).observe(seconds)
