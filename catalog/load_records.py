"""What became of the latest loads, kept in Redis: staff need no shell to see which rows were rejected and why."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import orjson
from pydantic import Field
from redis_om import Field as KeyField

from catalog import keyspace
from redismart.redis.documents import Document

MOST_LOADS = 100
MOST_PROBLEMS = 1_000
LONGEST_VALUE = 300
FACTS = ("kind", "line", "sku", "field", "value", "reason", "file")


class LoadRecord(Document, index=True):
    """One load: of what, by which command, when, and how it ended. ``outcome`` is empty until then, or if killed."""

    app: ClassVar[str] = "catalog"

    load_id: str = KeyField(primary_key=True, pattern=r"^[0-9a-f-]{1,60}$")
    command: str = ""
    files: tuple[str, ...] = ()
    began: datetime = Field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    outcome: str = ""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    notes: int = 0
    report: str = ""

    class Meta:
        global_key_prefix = keyspace.PREFIX
        model_key_prefix = keyspace.LOAD


def begin(*, command: str, files: Iterable[Path]) -> LoadRecord:
    """Note that a load begins; the oldest notes beyond ``MOST_LOADS`` go."""
    load_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:8]}"
    record = LoadRecord(load_id=load_id, command=command, files=tuple(file.name[:200] for file in list(files)[:20]))
    client = LoadRecord.db()
    record.save()
    client.zadd(keyspace.LOADS, {load_id: time.time()})
    _drop(client.zrange(keyspace.LOADS, 0, -MOST_LOADS - 1))
    return record


def end(record: LoadRecord, *, outcome: str, counts: dict[str, int], report: Path | None) -> None:
    """Note how a load ended, with the first ``MOST_PROBLEMS`` of its report."""
    told = {"outcome": outcome[:500], "ended": datetime.now(UTC), "report": str(report or "")}
    newer: LoadRecord = record.model_copy(update=told | counts)
    pipeline = LoadRecord.db().pipeline(transaction=True)
    key = keyspace.load_problems(record.load_id)
    pipeline.delete(key)
    if problems := list(_problems(report)):
        pipeline.rpush(key, *problems)
    newer.save(pipeline=pipeline)
    pipeline.execute()


def latest() -> list[LoadRecord]:
    """The latest loads, the last one first."""
    return LoadRecord.find_readable(LoadRecord.db().zrevrange(keyspace.LOADS, 0, MOST_LOADS - 1))


def problems(*, load_id: str) -> list[dict[str, Any]]:
    """The first problems of a load, by ``FACTS``."""
    stored = LoadRecord.db().lrange(keyspace.load_problems(load_id), 0, MOST_PROBLEMS - 1)
    return [{name: told.get(name, "") for name in FACTS} for told in map(orjson.loads, stored)]


def _problems(report: Path | None) -> Iterable[bytes]:
    if report is None or not report.exists():
        return
    with report.open("rb") as lines:
        for _number, line in zip(range(MOST_PROBLEMS), lines, strict=False):
            told = {name: _short(value) for name, value in orjson.loads(line).items()}
            yield orjson.dumps(told | {"file": Path(str(told.get("file", ""))).name})


def _short(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def _drop(load_ids: Sequence[str]) -> None:
    if load_ids:
        pipeline = LoadRecord.db().pipeline()
        pipeline.delete(*map(LoadRecord.key_of, load_ids), *map(keyspace.load_problems, load_ids))
        pipeline.zrem(keyspace.LOADS, *load_ids)
        pipeline.execute()
