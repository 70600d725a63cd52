"""Measures how soon a price that was changed here can be read from another region's replica of the catalogue."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import orjson
from django.conf import settings

from bench.measuring import paced
from bench.regions import THERE, wait_until
from bench.results import CatalogueLag
from bench.timings import Summary, summary
from catalog import commands, keyspace, operations, queries, search
from catalog.facets import Facet
from catalog.models import Product
from catalog.search import Text
from redismart.redis import connections, replicas, replies
from redismart.redis.connections import ShopRedis
from redismart.redis.server import Stack
from redismart.stack import embedded_stack

SKU, NAME = "bench-marker", "Benchmark marker"
CHANGES_A_SECOND = 50
LOWEST = 10**8
"""Prices begin beyond those of all products, so that a search for them finds the marker only."""

POLL_SECONDS = 0.0005

Seen = list[float]
"""When each change was first read, in order; a later change tells of those before it as well."""

Last = Callable[[int], int]
"""Given the change that is waited for, the last that can be read."""


def measure(*, seconds: float) -> CatalogueLag:
    """Change one price again and again, and look for it where a shopper of the other region would."""
    with _replica() as client:
        products = queries.total()
        try:
            document, found = _lags(client, max(1, int(seconds * CHANGES_A_SECOND)))
        finally:
            operations.delete_products(skus=[SKU])
    return CatalogueLag(products, CHANGES_A_SECOND, document, found)


def _lags(client: ShopRedis, changes: int) -> tuple[Summary, Summary]:
    document: Seen = []
    found: Seen = []
    answered: list[float] = []
    _change(0)
    wait_until(lambda: _by_document(client, 0) == 0)
    with (
        _watching(document, lambda wanted: _by_document(client, wanted)),
        _watching(found, lambda wanted: _by_search(client, wanted)),
    ):
        for number in paced(changes, per_second=CHANGES_A_SECOND):
            _change(number + 1)
            answered.append(time.perf_counter())
        wait_until(lambda: min(len(document), len(found)) >= changes)
    return _summed_up(answered, document), _summed_up(answered, found)


def _change(number: int) -> None:
    price = Decimal(LOWEST + number)
    product = Product(sku=SKU, name=NAME, price=price, currency=settings.CURRENCY)
    operations.save_products(products=[product])


def _by_document(client: ShopRedis, _wanted: int) -> int:
    stored = client.execute_command("JSON.GET", keyspace.product(SKU), "$.price")
    return int(orjson.loads(stored)[0]) - LOWEST if stored else -1


def _by_search(client: ShopRedis, wanted: int) -> int:
    text = search.all_words(Text.parse(NAME))
    reply = client.execute_command(*commands.hits(text, {Facet.PRICE: (f"{LOWEST + wanted}-",)}, order=None))
    return wanted if replies.total(reply) else wanted - 1


def _summed_up(answered: list[float], seen: Seen) -> Summary:
    # A replica may be told before the answer is read here.
    lags = [max(0.0, there - here) * 1000 for here, there in zip(answered, seen, strict=True)]
    return summary(lags, seconds=len(lags) / CHANGES_A_SECOND)


@contextmanager
def _watching(seen: Seen, last: Last) -> Iterator[None]:
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            wanted = len(seen) + 1
            known, now = last(wanted), time.perf_counter()
            seen.extend([now] * (known - wanted + 1))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _replica() -> Iterator[ShopRedis]:
    """The other region's replica, whole; this process reads as that region does until the block ends."""
    topology = replace(settings.TOPOLOGY, region=THERE, replicas=True)
    plain = embedded_stack(report=print)
    stack = Stack(topology=topology, folder=plain.folder, binaries=plain.binaries)
    connections.configure(topology)
    replicas.forget()
    try:
        (node,) = (node for node in topology.nodes() if node.primary_port is not None)
        stack.start_node(node)
        stack.wait_for(node)
        yield wait_until(lambda: replicas.serving("catalog"))
    finally:
        stack.stop()
        replicas.forget()
        connections.configure(settings.TOPOLOGY)
