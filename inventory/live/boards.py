"""The open boards, and what each has still to be told.

A board that reads slowly is told less, not later: a newer row of an item takes the place of an older one, so that what
waits is never more than its page.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from inventory.board import EVENTS_SHOWN
from inventory.live import messages
from inventory.replication.reading import Item


class Board:
    """One open board."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(dict.fromkeys(items))
        self._rows: dict[Item, bytes] = {}
        self._events: deque[bytes] = deque(maxlen=EVENTS_SHOWN)
        self._links = b""
        self._away = False
        self._whole = False
        self._number = 0
        self._news = asyncio.Event()
        self.closed = False

    def tell_row(self, item: Item, row: bytes) -> None:
        self._rows[item] = row
        self._news.set()

    def tell_events(self, events: Iterable[bytes]) -> None:
        self._events.extend(events)
        self._news.set()

    def tell_links(self, links: bytes) -> None:
        self._links = links
        self._news.set()

    def tell_away(self, away: bool) -> None:
        if self._away != away:
            self._away = away
            self._news.set()

    def tell_all(self, *, rows: dict[Item, bytes], events: Iterable[bytes], links: bytes) -> None:
        """Everything it shows, in the place of what was waiting."""
        self._rows = dict(rows)
        self._events = deque(events, maxlen=EVENTS_SHOWN)
        self._links = links or self._links
        self._whole = True
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def next(self, *, heartbeat: float) -> bytes:
        """The next message; a heartbeat when there was nothing to say for so many seconds."""
        try:
            await asyncio.wait_for(self._news.wait(), heartbeat)
        except TimeoutError:
            return messages.HEARTBEAT
        return self._taken()

    def _taken(self) -> bytes:
        self._number += 1
        told = messages.message(
            self._number,
            rows=self._rows.values(),
            events=list(self._events),
            links=self._links,
            whole=self._whole,
            away=self._away,
        )
        self._rows, self._links, self._whole = {}, b"", False
        self._events.clear()
        self._news.clear()
        return told


class Boards:
    """All open boards, who follows which item, and the last that is known of each followed item."""

    def __init__(self) -> None:
        self.open: set[Board] = set()
        self.known: dict[Item, bytes] = {}
        self.events: deque[bytes] = deque(maxlen=EVENTS_SHOWN)
        self.links = b""
        self.someone = asyncio.Event()
        self._followers: dict[Item, set[Board]] = {}

    def add(self, board: Board) -> None:
        self.open.add(board)
        for item in board.items:
            self._followers.setdefault(item, set()).add(board)
        self.someone.set()

    def remove(self, board: Board) -> None:
        self.open.discard(board)
        for item in board.items:
            followers = self._followers.get(item, set())
            followers.discard(board)
            if not followers:
                self._followers.pop(item, None)
                self.known.pop(item, None)
        if not self.open:
            self.someone.clear()

    @property
    def followed(self) -> list[Item]:
        return list(self._followers)

    def follows(self, item: Item) -> bool:
        return item in self._followers

    def put_row(self, item: Item, row: bytes) -> None:
        """Tell everyone who follows the item, if it says anything new."""
        followers = self._followers.get(item)
        if not followers or self.known.get(item) == row:
            return
        self.known[item] = row
        for board in followers:
            board.tell_row(item, row)

    def put_events(self, events: list[bytes]) -> None:
        self.events.extend(events)
        for board in self.open:
            board.tell_events(events)

    def put_links(self, links: bytes) -> None:
        self.links = links
        for board in self.open:
            board.tell_links(links)

    def put_away(self, away: bool) -> None:
        for board in self.open:
            board.tell_away(away)

    def put_all(self, board: Board) -> None:
        rows = {item: self.known[item] for item in board.items if item in self.known}
        board.tell_all(rows=rows, events=self.events, links=self.links)

    def close(self) -> None:
        for board in self.open:
            board.close()
