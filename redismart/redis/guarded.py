"""redis-py's client and pipeline behind a breaker, which their pool of connections holds."""

from typing import Any

import redis
from redis.client import Pipeline

from redismart.redis.breaker import TRIPS_AFTER, Breaker


class GuardedPool(redis.ConnectionPool):
    """Connections to one node, and the breaker of all who use them."""

    def __init__(self, *args: Any, trips_after: int = TRIPS_AFTER, **options: Any) -> None:
        super().__init__(*args, **options)
        self.breaker = Breaker(node=f"The node at {_address(self.connection_kwargs)}", trips_after=trips_after)


def _address(options: dict[str, Any]) -> str:
    return str(options.get("path") or f"{options.get('host')}:{options.get('port')}")


class GuardedPipeline(Pipeline):
    """A pipeline that a silent node keeps waiting only as long as its breaker allows."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        if not (self.command_stack or self.watching):
            return []
        with self.connection_pool.breaker.guarding():
            return list(super().execute(raise_on_error))


class GuardedRedis(redis.Redis):
    """A client that a silent node keeps waiting only as long as its breaker allows. Wants a ``GuardedPool``."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with self.connection_pool.breaker.guarding():
            return super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> GuardedPipeline:
        return GuardedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
