"""Search indexes come to be, change and survive interruptions without a moment of missing results."""

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from redismart.redis import connections, indexes, replies
from redismart.redis.connections import ShopRedis
from redismart.redis.indexes import Index, full_text, number, tag
from tests.redis_nodes import ROOT, RedisNodes

DOCUMENTS = 4_000
PATIENCE_SECONDS = 150.0
ENSURE = """
import sys
import django
django.setup()
from redismart.redis import connections, indexes
from redismart.redis.indexes import Index, number, tag
index = Index("catalog:probes", "catalog:probe:", (tag("$.kind", "kind"), number("$.size", "size")))
sys.stdin.readline()
print(indexes.ensure(connections.client("catalog"), index))
"""


def probes(*more: indexes.Field) -> Index:
    return Index("catalog:probes", "catalog:probe:", (tag("$.kind", "kind"), *more))


OLD, NEW = probes(), probes(number("$.size", "size"))


@pytest.fixture
def client(redis_nodes: RedisNodes) -> ShopRedis:
    """The catalogue's node with documents, but no index."""
    client = connections.client("catalog")
    pipeline = client.pipeline()
    for position in range(DOCUMENTS):
        pipeline.execute_command("JSON.SET", f"catalog:probe:{position}", "$", f'{{"kind": "x", "size": {position}}}')
    pipeline.execute()
    return client


def matches(client: ShopRedis, query: str = "@kind:{x}") -> int:
    return replies.total(client.execute_command("FT.SEARCH", "catalog:probes", query, "LIMIT", 0, 0, "DIALECT", 2))


def names(client: ShopRedis) -> list[str]:
    return [name for name in client.execute_command("FT._LIST") if name.startswith("catalog:probes:")]


def test_a_new_index_is_complete_when_it_is_said_to_be(client: ShopRedis) -> None:
    assert indexes.ensure(client, OLD)
    assert matches(client) == DOCUMENTS


def test_ensuring_again_builds_nothing(client: ShopRedis) -> None:
    indexes.ensure(client, OLD)
    before = names(client)
    assert not indexes.ensure(client, OLD)
    assert names(client) == before == [OLD.versioned_name()]


def test_progress_ends_at_the_whole(client: ShopRedis) -> None:
    seen: list[float] = []
    indexes.ensure(client, OLD, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_changed_definition_takes_over_without_a_moment_of_missing_results(client: ShopRedis) -> None:
    indexes.ensure(client, OLD)
    begun, looked = threading.Event(), threading.Event()

    def progress(_share: float) -> None:
        begun.set()
        looked.wait(PATIENCE_SECONDS)

    change = threading.Thread(target=indexes.ensure, args=(client, NEW), kwargs={"progress": progress})
    change.start()
    assert begun.wait(PATIENCE_SECONDS)
    while change.is_alive():
        assert matches(client) == DOCUMENTS
        looked.set()
    change.join()
    assert matches(client, "@size:[10 19]") == 10
    assert names(client) == [NEW.versioned_name()]


def test_what_is_written_while_an_index_is_built_is_in_it(client: ShopRedis) -> None:
    indexes.ensure(client, OLD)

    def write(_share: float) -> None:
        client.execute_command("JSON.SET", "catalog:probe:late", "$", '{"kind": "x", "size": 123456}')

    indexes.ensure(client, NEW, progress=write)
    assert matches(client, "@size:[123456 123456]") == 1


def test_an_interrupted_build_is_finished_by_the_next(client: ShopRedis) -> None:
    indexes.ensure(client, OLD)

    def interrupt(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexes.ensure(client, NEW, progress=interrupt)
    assert matches(client) == DOCUMENTS
    indexes.ensure(client, NEW)
    assert matches(client, "@size:[10 19]") == 10
    assert names(client) == [NEW.versioned_name()]


def test_what_lives_in_indexes_only_is_given_to_one_whose_build_was_interrupted(client: ShopRedis) -> None:
    given: list[str] = []

    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexes.ensure(client, OLD, created=interrupt)
    indexes.ensure(client, OLD, created=given.append)
    assert given == [OLD.versioned_name()]


def test_an_index_that_is_in_use_is_given_nothing_again(client: ShopRedis) -> None:
    given: list[str] = []
    indexes.ensure(client, OLD, created=given.append)
    indexes.ensure(client, OLD, created=given.append)
    assert given == [OLD.versioned_name()]


def test_going_back_to_an_earlier_definition_works(client: ShopRedis) -> None:
    for index in (OLD, NEW, OLD):
        assert indexes.ensure(client, index)
    assert names(client) == [OLD.versioned_name()]
    assert matches(client) == DOCUMENTS


@pytest.mark.parametrize("round_", range(3))
def test_threads_that_ensure_at_once_all_succeed(client: ShopRedis, round_: int) -> None:
    indexes.ensure(client, OLD)
    problems: list[BaseException] = []
    start = threading.Barrier(4)
    threads = [threading.Thread(target=_caught(_ensure_together, problems), args=(start, client)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert names(client) == [NEW.versioned_name()]
    assert matches(client, "@size:[10 19]") == 10


def _ensure_together(start: threading.Barrier, client: ShopRedis) -> None:
    start.wait()
    indexes.ensure(client, NEW)


def _caught(run: Callable[..., None], problems: list[BaseException]) -> Callable[..., None]:
    def caught(*arguments: object) -> None:
        try:
            run(*arguments)
        except BaseException as problem:
            problems.append(problem)

    return caught


def test_processes_that_ensure_at_once_all_succeed(client: ShopRedis) -> None:
    indexes.ensure(client, OLD)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ENSURE],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outcomes = [process.communicate("\n", timeout=PATIENCE_SECONDS) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outcomes
    assert names(client) == [NEW.versioned_name()]
    assert matches(client, "@size:[10 19]") == 10


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"DJANGO_SETTINGS_MODULE": "redismart.settings"}


def test_the_name_changes_with_everything_that_matters() -> None:
    changed = [
        OLD,
        NEW,
        probes(full_text("$.name", "name", weight=1)),
        probes(full_text("$.name", "name", weight=2)),
        Index("catalog:probes", "catalog:other:", OLD.fields),
        Index("catalog:probes", "catalog:probe:", OLD.fields, score_field="$.x"),
        Index("catalog:probes", "catalog:probe:", OLD.fields, stopwords=("the",)),
    ]
    assert len({index.versioned_name() for index in changed}) == len(changed)
    assert probes().versioned_name() == OLD.versioned_name()
