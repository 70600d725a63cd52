"""The inventory's scripts: one atomic operation each."""

from functools import cache
from pathlib import Path

from redismart.redis import scripts
from redismart.redis.scripts import Script

FOLDER = Path(__file__).parent / "scripts"
ITEM, MERGE = ("_item",), ("_item", "_merge")
SHARED = {
    "receive": ITEM,
    "count": ITEM,
    "move": ITEM,
    "hold": ITEM,
    "finish": ITEM,
    "give": ITEM,
    "request": ITEM,
    "trim": (),
    "heartbeat": (),
    "tell": (),
    "retire": MERGE,
    "apply": MERGE,
    "recover": MERGE,
    "repair": MERGE,
}


def script(name: str) -> Script:
    return all_scripts()[name]


@cache
def digest(name: str) -> str:
    """The digest by which a script is called."""
    return script(name).digest


@cache
def all_scripts() -> dict[str, Script]:
    return scripts.read(FOLDER, shared=SHARED)
