"""Runs the inventory's scripts on a region's node, and keeps a node that lost writes from selling.

Redis forgets loaded scripts when it restarts, and a replica that takes over never had them. So a script that the node
does not know means: this node may have come back with older data. Before anything else runs there, the region asks
its peers what it had told them (``inventory.replication.recovery``), and only then loads the scripts. The script cache
is the fence, and it falls together with the memory it guards.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis.exceptions import NoScriptError, RedisError, WatchError

from inventory import keyspace, lua
from inventory.calls import Call
from redismart.redis import connections
from redismart.redis.connections import ShopRedis

Opener = Callable[[str], object]


class StockUnavailableError(RuntimeError):
    """The stock of a region cannot be read or changed now. Try again later.

    Nothing was changed when the node refused. When it did not answer in time nobody can know: the same operation sent
    again, with the same id, takes effect once in either case.
    """

    def __init__(self, region: str, reason: str) -> None:
        super().__init__(
            f"The stock of region {region} cannot be reached or changed now: {reason.rstrip('.')}. Try again shortly."
        )
        self.region = region


class FencedError(StockUnavailableError):
    """The region's node was restarted and has not yet learned from its peers what it had sold."""


def here() -> str:
    """The region of this process."""
    return connections.topology().region


def regions() -> tuple[str, ...]:
    """All regions."""
    return connections.topology().regions


def node(region: str) -> ShopRedis:
    """A region's inventory node."""
    return connections.client("inventory", region=region)


@contextmanager
def reaching(region: str) -> Iterator[None]:
    """Whatever keeps a region's node from answering is a ``StockUnavailableError``."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StockUnavailableError(region, str(error)) from error


def run(call: Call, *, region: str, opener: Opener | None) -> Any:
    """Run a script on a region's node. Raises ``StockUnavailableError``, and ``FencedError`` without an ``opener``."""
    try:
        # Straight, since a pipeline for one command costs a third more; all else is the rare case's business.
        return node(region).execute_command(*_command(call))
    except (RedisError, OSError) as error:
        if not isinstance(error, NoScriptError):
            raise StockUnavailableError(region, str(error)) from error
    return run_all([call], region=region, opener=opener)[0]


def run_all(calls: Sequence[Call], *, region: str, opener: Opener | None) -> list[Any]:
    """Run scripts in one round trip, in order; each is atomic on its own.

    Scripts may run twice when the node opens in between: each is idempotent.
    """
    replies = _sent(calls, region)
    if any(isinstance(reply, NoScriptError) for reply in replies):
        if opener is None:
            raise FencedError(region, "it was restarted and is learning what it had sold")
        opener(region)
        replies = _sent(calls, region)
    for reply in replies:
        if isinstance(reply, RedisError):
            raise StockUnavailableError(region, str(reply)) from reply
    return replies


@contextmanager
def opening(region: str) -> Iterator[None]:
    """Load the scripts after what is done inside: from then on the node may sell.

    All scripts or none; only into the very process that was there at the start, since a node that is restarted
    meanwhile has forgotten again; and only together with a write, since a replica would keep the scripts until it
    takes over, and then sell.
    """
    with node(region).pipeline(transaction=True) as pipeline:
        pipeline.watch(keyspace.OPENED)
        yield
        pipeline.multi()
        pipeline.hincrby(keyspace.OPENED, region, 1)
        for script in lua.all_scripts().values():
            pipeline.script_load(script.source)
        try:
            pipeline.execute()
        except WatchError as error:
            # Somebody else who learned the same was faster, or the connection broke.
            if not is_open(region):
                raise FencedError(region, "it was restarted while it learned what it had sold") from error


def is_open(region: str) -> bool:
    digests = [script.digest for script in lua.all_scripts().values()]
    return all(node(region).script_exists(*digests))


def _sent(calls: Sequence[Call], region: str) -> list[Any]:
    try:
        pipeline = node(region).pipeline()
        for call in calls:
            pipeline.execute_command(*_command(call))
        replies: list[Any] = pipeline.execute(raise_on_error=False)
    except (RedisError, OSError) as error:
        raise StockUnavailableError(region, str(error)) from error
    return replies


def _command(call: Call) -> list[Any]:
    return ["EVALSHA", lua.digest(call.script), len(call.keys), *call.keys, *call.arguments]
