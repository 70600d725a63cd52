"""Whether a region's replica of an app's node can be read: it follows its primary, and its indexes are whole.

After a start or a new copy of everything, a replica answers while it still indexes: its searches would find too little.
"""

import time
from collections.abc import Callable

from redis.exceptions import RedisError

from redismart.redis import connections, replies
from redismart.redis.connections import ShopRedis

AGAIN_SECONDS = 1.0
WHOLE = 0.99
"""Of the primary's documents, a replica that keeps up has at least so many: writes go on meanwhile."""

_serving: set[str] = set()
_looked: dict[str, float] = {}


def serving(app: str) -> ShopRedis | None:
    """The client of the region's replica of an app's node, None while that cannot be read or there is none."""
    client = connections.replica(app)
    if client is None or app in _serving:
        return client
    now = time.monotonic()
    if now - _looked.get(app, float("-inf")) < AGAIN_SECONDS:
        return None
    _looked[app] = now
    if _is_whole(client, lambda: connections.client(app)):
        _serving.add(app)
        return client
    return None


def lost(app: str) -> None:
    """The replica did not serve: before it is read again, it is looked at anew."""
    _serving.discard(app)


def forget() -> None:
    """Know nothing of any replica, as a new process does."""
    _serving.clear()
    _looked.clear()


def _is_whole(replica: ShopRedis, primary: Callable[[], ShopRedis]) -> bool:
    try:
        if replica.info("replication").get("master_link_status", "up") != "up":
            return False
        found = _documents(replica)
    except (RedisError, OSError):
        return False
    try:
        wanted = _documents(primary())
    except (RedisError, OSError):
        # Then the replica is all there is.
        return bool(found)
    return all(found.get(name, -1) >= count * WHOLE for name, count in wanted.items())


def _documents(client: ShopRedis) -> dict[str, int]:
    """How many documents each complete index holds; one that is still being built counts as empty."""
    names = client.execute_command("FT._LIST")
    facts = {str(name): replies.info(client.execute_command("FT.INFO", name)) for name in names}
    return {name: -1 if int(found["indexing"]) else int(found["num_docs"]) for name, found in facts.items()}
