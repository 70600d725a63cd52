"""A board is told what is new of what it shows, the newest only, and never more than its page."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from inventory.board import EVENTS_SHOWN
from inventory.live import messages
from inventory.live.boards import Board, Boards

LAMP, RUG = ("s1", "lamp"), ("s1", "rug")


def next_of(board: Board) -> bytes:
    # Playwright may keep an event loop in the thread of the tests.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, board.next(heartbeat=0.01)).result()


def told(board: Board) -> dict[str, Any]:
    text = next_of(board)
    assert text.startswith(b"id: ")
    assert text.endswith(b"\n\n")
    return json.loads(text.partition(b"data: ")[2])  # type: ignore[no-any-return]


def opened(*items: tuple[str, str]) -> tuple[Boards, Board]:
    boards, board = Boards(), Board(items)
    boards.add(board)
    return boards, board


def test_a_newer_row_takes_the_place_of_an_older_one() -> None:
    boards, board = opened(LAMP)
    for units in range(1_000):
        boards.put_row(LAMP, b"%d" % units)
    assert told(board)["rows"] == [999]


def test_what_it_knows_already_is_not_told_again() -> None:
    boards, board = opened(LAMP)
    boards.put_row(LAMP, b"1")
    told(board)
    boards.put_row(LAMP, b"1")
    assert next_of(board) == messages.HEARTBEAT


def test_it_is_told_of_its_own_items_and_of_every_event() -> None:
    boards, board = opened(LAMP)
    boards.put_row(RUG, b"1")
    boards.put_events([b"%d" % number for number in range(EVENTS_SHOWN + 10)])
    heard = told(board)
    assert heard["rows"] == []
    assert heard["events"] == list(range(10, EVENTS_SHOWN + 10))


def test_a_newcomer_is_told_everything() -> None:
    boards, _first = opened(LAMP)
    boards.put_row(LAMP, b"7")
    boards.put_events([b"1"])
    boards.put_links(b"[]")
    newcomer = Board([LAMP, RUG])
    boards.add(newcomer)
    boards.put_all(newcomer)
    assert told(newcomer) == {"whole": True, "away": False, "rows": [7], "events": [1], "links": []}


def test_a_node_that_is_away_and_back_is_said_once_each() -> None:
    boards, board = opened(LAMP)
    boards.put_away(True)
    boards.put_away(True)
    assert told(board)["away"]
    boards.put_away(False)
    assert not told(board)["away"]


def test_nothing_is_kept_of_what_nobody_follows() -> None:
    boards, board = opened(LAMP)
    boards.put_row(LAMP, b"1")
    boards.remove(board)
    assert (boards.known, boards.followed, boards.someone.is_set()) == ({}, [], False)
