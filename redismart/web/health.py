"""What a load balancer and a monitor ask."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from redismart.redis import connections
from redismart.redis.topology import APPS
from redismart.web import metrics as shop_metrics
from redismart.web.methods import read_only

NEEDED = ("catalog",)
"""Without the others there are still pages, which show less: no balancer should keep visitors from them."""


@read_only
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process can answer at all."""
    return JsonResponse({"status": "ok", "region": settings.REGION})


@read_only
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when the nodes without which there are no pages answer, else 503; which, and the state of every node."""
    states = {app: _state(app) for app in APPS}
    ready = all(states[app] == "ok" for app in NEEDED)
    return JsonResponse({"ready": ready, "needed": NEEDED, "redis": states}, status=200 if ready else 503)


@read_only
@never_cache
def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of all web processes of this machine, and of the apps."""
    return HttpResponse(generate_latest(shop_metrics.registry()), content_type=CONTENT_TYPE_LATEST)


def _state(app: str) -> str:
    """``ok``, or what went wrong. A node that is too slow for pages is not ready; one that rests costs no wait."""
    try:
        connections.client(app).ping()
    except (RedisError, OSError) as error:
        return type(error).__name__
    return "ok"
