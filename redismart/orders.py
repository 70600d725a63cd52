"""Orders work from the workers on behalf of a page, which must not wait for a broker that is away or silent."""

import math
import time
from typing import Any

import structlog
from kombu import pools
from kombu.exceptions import ChannelError, KombuError

from redismart.redis import connections

PUBLISH_SECONDS = 0.3
REST_SECONDS = 5.0

log = structlog.get_logger(__name__)


class _Broker:
    """Until when no order of this process is even tried."""

    resting_until = -math.inf


def order(task: Any, *, payload: dict[str, Any], expires: float) -> bool:
    """Have a worker run ``task`` with ``payload`` within ``expires`` seconds; whether the broker took the order.

    An order that fails is only logged, and all others are left out for some seconds: every page would wait.
    """
    if time.monotonic() < _Broker.resting_until:
        return False
    try:
        _publish(task, payload=payload, expires=expires)
    except (KombuError, ChannelError) as error:
        _Broker.resting_until = time.monotonic() + REST_SECONDS
        log.warning("order_left_out", task=task.name, error=str(error))
        return False
    return True


def try_again() -> None:
    """Forget that an order failed."""
    _Broker.resting_until = -math.inf


def _publish(task: Any, *, payload: dict[str, Any], expires: float) -> None:
    usual, patience = task.app.conf.broker_transport_options, connections.patient(PUBLISH_SECONDS)
    # One try: by default, a refused connection is tried again after two and after four seconds.
    hurried = {"socket_timeout": patience, "socket_connect_timeout": patience, "max_retries": 0}
    connection = task.app.connection_for_write(transport_options=usual | hurried)
    # kombu keeps one pool for all equal connections.
    with pools.producers[connection].acquire(block=True, timeout=patience) as producer:
        task.apply_async(kwargs=payload, expires=expires, producer=producer)
