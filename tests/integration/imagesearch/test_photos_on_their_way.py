"""A photo on its way to the worker lies nowhere for longer than its visitor waits, whether or not a worker is there."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from imagesearch import answering, asking, keyspace, pipeline, tasks, vectors
from imagesearch.asking import EncoderAwayError
from redismart import orders
from tests.pictured import Colours, drawn, made_by, offered
from tests.redis_nodes import RedisNodes

PICTURE = drawn("red")
TEXT = base64.b64encode(PICTURE).decode()
QUEUE = "cache:celery:photos"
GONE = -2
"""What Redis says of a key that is no longer there."""

pytestmark = pytest.mark.usefixtures("search_indexes")


@pytest.fixture(autouse=True)
def _no_earlier_failure() -> Iterator[None]:
    orders.try_again()
    yield
    orders.try_again()


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> Colours:
    """What the worker has loaded."""
    found = Colours()
    monkeypatch.setattr(tasks, "load", lambda _name: found)
    return found


def test_without_a_worker_it_is_gone_when_nobody_waits_any_more(redis_nodes: RedisNodes) -> None:
    with pytest.raises(EncoderAwayError):
        asking.vector_of(picture=PICTURE, deadline=0.6)
    node = next(node for node in redis_nodes.topology.nodes() if node.app == "cache")
    with redis_nodes.operator(node) as operator:
        (order,) = operator.lrange(QUEUE, 0, -1)
        assert TEXT not in order
        assert TEXT not in base64.b64decode(orders_body(order)).decode()
        holding = [key for key in operator.scan_iter() if TEXT in held(operator, key)]
        assert all(left == GONE or 0 <= left <= 1_000 for left in map(operator.pttl, holding))


def orders_body(order: str) -> str:
    return order.partition('"body": "')[2].partition('"')[0]


def held(operator: Any, key: str) -> str:
    return str(operator.get(key)) if operator.type(key) == "string" else ""


def test_the_worker_takes_it_away_and_answers(colours: Colours) -> None:
    offered("red", "red")
    pipeline.run(made_by(colours))
    assert tasks.order_encoding("question", TEXT, 5.0)
    assert cache.get(keyspace.waiting("question")) == TEXT
    tasks.encode_photo(question="question")
    assert cache.get(keyspace.waiting("question")) is None
    assert vectors.client().llen(keyspace.reply("question")) == 1
    # Told again, as a broker may.
    tasks.encode_photo(question="question")
    assert vectors.client().llen(keyspace.reply("question")) == 1


def test_a_photo_that_the_model_fails_at_is_answered_at_once(colours: Colours) -> None:
    offered("red", "red")
    pipeline.run(made_by(colours))

    def fails(_name: str) -> Colours:
        raise RuntimeError("out of memory")

    answering.answer(question="question", picture=TEXT, load=fails)
    reply = vectors.client().lpop(keyspace.reply("question"))
    assert answering.FAILED in str(reply)


def test_a_photo_that_cannot_be_ordered_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")
    assert not tasks.order_encoding("question", TEXT, 5.0)
    assert cache.get(keyspace.waiting("question")) is None
