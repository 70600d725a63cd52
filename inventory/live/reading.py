"""Reads a region's logs and levels once for all open boards; nothing while none is open.

A change is told at once, and what follows within a tenth of a second together. Merges that make up for lost log entries
leave no entry: so every followed item is looked at again in turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import redis.asyncio as redis
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from inventory import board, places, queries
from inventory.live import messages
from inventory.live.boards import Board, Boards
from inventory.replication import links, reading
from inventory.replication.reading import Item
from inventory.results import Entry
from redismart.redis import connections

TOGETHER_SECONDS = 0.1
BLOCK_MS = 1_000
ENTRIES_PER_LOG = 500
ITEMS_PER_TRIP = 500
LINKS_SECONDS = 1.0
LINKS_SHARE = 20
"""Looking at the links may take this part of the time: a link that was cut for long has much to count."""

AGAIN_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
CONNECTIONS = 4

log = structlog.get_logger(__name__)


class Reader:
    """Keeps the boards of one region up to date."""

    def __init__(self, boards: Boards, *, url: str, region: str, regions: tuple[str, ...]) -> None:
        self._boards = boards
        self._region = region
        self._regions = regions
        self._client = _connected(url)
        self._logs = reading.log_keys(region)
        self._positions: dict[str, str] = {}
        # One reading of levels at a time: an older answer must not overtake a newer one.
        self._levels = asyncio.Lock()
        self._again = 0

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._kept_up(self._follow_logs))
                tasks.create_task(self._kept_up(self._watch_over))
        finally:
            await self._client.aclose()

    async def welcome(self, newcomer: Board) -> None:
        """Tell a board that has just been opened all that it shows."""
        unknown = [item for item in newcomer.items if item not in self._boards.known]
        try:
            await self._look_at(unknown)
        except (RedisError, OSError):
            self._boards.put_away(True)
        self._boards.put_all(newcomer)

    async def _kept_up(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._boards.someone.wait()
            try:
                await work()
            except (RedisError, OSError) as error:
                log.warning("stock_away", region=self._region, error=str(error))
                self._boards.put_away(True)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow_logs(self) -> None:
        await self._start()
        while self._boards.open:
            found = await self._client.xread(self._positions, count=ENTRIES_PER_LOG, block=BLOCK_MS)
            if found:
                await self._tell(found)
                await asyncio.sleep(TOGETHER_SECONDS)

    async def _start(self) -> None:
        """Whatever happened before this moment is read as a whole, and everything after it from the logs."""
        pipeline = self._client.pipeline(transaction=False)
        for key in self._logs:
            pipeline.xrevrange(key, count=1)
        lasts = await pipeline.execute()
        self._positions = {key: last[0][0] if last else "0-0" for key, last in zip(self._logs, lasts, strict=True)}
        entries = await asyncio.to_thread(board.events, region=self._region)
        events = await _told(reversed(entries))
        self._boards.events.clear()
        self._boards.events.extend(events)
        await self._look_at(self._boards.followed)
        for each in list(self._boards.open):
            self._boards.put_all(each)

    async def _tell(self, found: Any) -> None:
        entries: list[Entry] = []
        for key, added in found:
            self._positions[key] = added[-1][0]
            entries += (queries.entry(self._logs[key], entry_id, fields) for entry_id, fields in added)
        changed = {(entry.location, entry.sku): None for entry in entries}
        await self._look_at([item for item in changed if self._boards.follows(item)])
        latest = sorted(entries, key=lambda entry: entry.at)[-board.EVENTS_SHOWN :]
        self._boards.put_events(await _told(latest))

    async def _look_at(self, items: list[Item]) -> None:
        async with self._levels:
            for start in range(0, len(items), ITEMS_PER_TRIP):
                some = items[start : start + ITEMS_PER_TRIP]
                pipeline = self._client.pipeline(transaction=False)
                for command in board.row_commands(some, self._regions):
                    pipeline.execute_command(*command)
                for row in board.rows_of(some, self._regions, await pipeline.execute()):
                    self._boards.put_row((row.location, row.sku), messages.of_row(row))

    async def _watch_over(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._boards.open:
            started = clock()
            known = await asyncio.to_thread(links.links_of, self._region)
            self._boards.put_links(messages.of_links(known))
            self._boards.put_away(False)
            took = clock() - started
            await self._look_again()
            await asyncio.sleep(max(LINKS_SECONDS - took, LINKS_SHARE * took))

    async def _look_again(self) -> None:
        followed = self._boards.followed
        self._again = self._again if self._again < len(followed) else 0
        await self._look_at(followed[self._again : self._again + ITEMS_PER_TRIP])
        self._again += ITEMS_PER_TRIP


async def _told(entries: Iterable[Entry]) -> list[bytes]:
    names = await asyncio.to_thread(places.names)
    return [messages.of_event(entry, place=names[entry.location]) for entry in entries]


def _connected(url: str) -> "redis.Redis":
    pool = redis.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        protocol=2,
        socket_timeout=connections.patient(TIMEOUT_SECONDS),
        socket_connect_timeout=connections.patient(TIMEOUT_SECONDS),
        max_connections=CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis(connection_pool=pool)
